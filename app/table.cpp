#include "app/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.hpp"

namespace mgc::app {

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [name, value] : rows) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, value] : rows) {
    if (!out.empty()) out += '\n';
    out += fmt::format("{:<{}}  {}", name, width, value);
  }
  return out;
}

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  widths.reserve(header.size());
  for (const std::string& cell : header) widths.push_back(cell.size());
  for (const auto& row : rows) {
    MGC_ASSERT(row.size() == header.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto line = [&widths](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += fmt::format("{:<{}}", cells[i], i + 1 < cells.size() ? widths[i] + 2 : 0);
    }
    return out;
  };
  std::string out = line(header);
  for (const auto& row : rows) out += '\n' + line(row);
  return out;
}

std::string clipped(const std::string& text, std::size_t letters) {
  const auto begins_letter = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  };
  std::size_t kept = 0;  // bytes of all letters but the last one
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins_letter(text[at])) continue;
    if (count++ == letters) return text.substr(0, kept) + "\u2026";
    if (count == letters) kept = at;
  }
  return text;
}

std::string with_commas(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

}  // namespace mgc::app
