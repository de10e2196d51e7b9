#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mgc::app {

/// "name: value" lines with the values in one column.
[[nodiscard]] std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows);

/// A table with a header line; every row has as many cells as `header`.
[[nodiscard]] std::string table(const std::vector<std::string>& header,
                                const std::vector<std::vector<std::string>>& rows);

/// As much of `text`, which is UTF-8, as `letters` of it, the last of which says that more was
/// there.
[[nodiscard]] std::string clipped(const std::string& text, std::size_t letters);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t number);

}  // namespace mgc::app
