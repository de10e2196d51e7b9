#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mgc::db {

/// What an index over runs of ASCII letters and digits is asked for `words` (core/words.hpp): their
/// runs, each with `prefix` in front and `separator` between. Empty when the index does not help.
/// Runs above 64 characters are left out, since no engine's index has words of any length.
[[nodiscard]] std::string joined_runs(std::span<const std::string> words, std::string_view prefix,
                                      std::string_view separator);

}  // namespace mgc::db
