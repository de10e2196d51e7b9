#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mgc {
namespace {

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

/// Code points of the bytes 0x80 to 0x9F in Windows-1252; the five undefined ones map to C1
/// controls, as in the WHATWG encoding standard, so that no byte is ever lost.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

bool is_bidi_control(char32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool is_ascii_control(char32_t point) { return point < 0x20 || point == 0x7F; }

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead > 0xF4) return {};
  char32_t point = lead & (0x7FU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if (!is_continuation(text, at)) return {};
    point = (point << 6U) | (byte(at) & 0x3FU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return {};
  return {point, length};
}

void append_utf8(std::string& out, char32_t point) {
  const auto put = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    put(point);
    return;
  }
  const unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;  // bytes behind the first
  put((more == 1 ? 0xC0U : more == 2 ? 0xE0U : 0xF0U) | (point >> (6 * more)));
  for (unsigned at = more; at-- > 0;) put(0x80U | ((point >> (6 * at)) & 0x3FU));
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    // Eight ASCII bytes at a time: most chat text is ASCII and this is on the hot path.
    if (text.size() >= 8) {
      std::uint64_t word = 0;
      text.copy(reinterpret_cast<char*>(&word), sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        text.remove_prefix(8);
        continue;
      }
    }
    const CodePoint one = first_code_point(text);
    if (one.bytes == 0) return false;
    text.remove_prefix(one.bytes);
  }
  return true;
}

std::string utf8_from_mixed(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  while (!text.empty()) {
    const CodePoint one = first_code_point(text);
    if (one.bytes > 0) {
      out.append(text.substr(0, one.bytes));
      text.remove_prefix(one.bytes);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    append_utf8(out, byte < 0xA0 ? kWindows1252[byte - 0x80U] : char32_t{byte});
    text.remove_prefix(1);
  }
  return out;
}

bool is_control(char32_t point) {
  return is_ascii_control(point) || is_bidi_control(point) || (point >= 0x80 && point < 0xA0);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint one = first_code_point(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (one.bytes == 0 || is_ascii_control(one.value)) {
      out += fmt::format("\\x{:02x}", byte);
    } else if (is_control(one.value)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(one.value));
    } else {
      out.append(text.substr(0, one.bytes));
    }
    text.remove_prefix(one.bytes == 0 ? 1 : one.bytes);
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += printable(line) + '\n';
  }
  return out;
}

}  // namespace mgc
