#include "core/utf8.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace mgc {
namespace {

struct Decoded {
  char32_t code_point = 0;
  std::size_t length = 0;  ///< bytes read; 0 when they are not UTF-8
};

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

Decoded decode_one(std::string_view text) {
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
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6U));
    put(0x80 | (point & 0x3FU));
  } else {
    put(0xE0 | (point >> 12U));
    put(0x80 | ((point >> 6U) & 0x3FU));
    put(0x80 | (point & 0x3FU));
  }
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

}  // namespace

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
    const Decoded one = decode_one(text);
    if (one.length == 0) return false;
    text.remove_prefix(one.length);
  }
  return true;
}

std::string utf8_from_mixed(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  while (!text.empty()) {
    const Decoded one = decode_one(text);
    if (one.length > 0) {
      out.append(text.substr(0, one.length));
      text.remove_prefix(one.length);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    append_utf8(out, byte < 0xA0 ? kWindows1252[byte - 0x80U] : char32_t{byte});
    text.remove_prefix(1);
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded one = decode_one(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (one.length == 0 || one.code_point < 0x20 || one.code_point == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else if (is_bidi_control(one.code_point) ||
               (one.code_point >= 0x80 && one.code_point < 0xA0)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(one.code_point));
    } else {
      out.append(text.substr(0, one.length));
    }
    text.remove_prefix(one.length == 0 ? 1 : one.length);
  }
  return out;
}

}  // namespace mgc
