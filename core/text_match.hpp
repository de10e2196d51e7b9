#pragma once

#include <string_view>
#include <vector>

#include "core/text_query.hpp"

namespace mgc {

/// Whether `query` holds for `text`, of any bytes. The one place where this is decided: indexes
/// only leave out what needed_words() lets them.
[[nodiscard]] bool matches(std::string_view text, const TextQuery& query);

/// Words of which a text has one at least of each list.
using NeededWords = std::vector<std::vector<SoughtWord>>;

/// What every text has for which `query` holds, at most 16 lists; none where it holds for texts
/// that have nothing in common. Other texts may have it too.
[[nodiscard]] NeededWords needed_words(const TextQuery& query);

}  // namespace mgc
