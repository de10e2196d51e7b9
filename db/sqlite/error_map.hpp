#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace mgc::db::sqlite {

/// Where in a transaction a call failed: the same code means something else at COMMIT.
enum class Step : std::uint8_t { opening, statement, committing };

/// What the caller has to do about an extended result code of SQLite. SOCI calls each of them
/// `unknown`, so the codes are read here.
[[nodiscard]] Action action_for(int extended_code, Step step);

/// The operator's line for a failed call on `file`. `detail` is SQLite's own message.
[[nodiscard]] Error make_error(int extended_code, Step step, std::string_view file,
                               std::string_view detail);

}  // namespace mgc::db::sqlite
