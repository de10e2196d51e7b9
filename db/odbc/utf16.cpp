#include "db/odbc/utf16.hpp"

#include <cstdint>

namespace mgc::db::odbc {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// The character at `at`, which moves behind it.
char32_t take_character(std::string_view text, std::size_t& at) {
  const unsigned lead = byte_at(text, at);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const bool is_lead = lead < 0x80 || (lead >= 0xC2 && lead < 0xF5);
  if (!is_lead || at + size > text.size()) {
    ++at;
    return kReplacement;
  }
  char32_t character = size == 1 ? lead : lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    character = (character << 6U) | (byte_at(text, at + i) & 0x3FU);
  }
  at += size;
  return character;
}

void append_character(char32_t character, std::string& out) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6U));
    put(0x80 | (character & 0x3FU));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12U));
    put(0x80 | ((character >> 6U) & 0x3FU));
    put(0x80 | (character & 0x3FU));
  } else {
    put(0xF0 | (character >> 18U));
    put(0x80 | ((character >> 12U) & 0x3FU));
    put(0x80 | ((character >> 6U) & 0x3FU));
    put(0x80 | (character & 0x3FU));
  }
}

bool is_high(char16_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(char16_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

void append_utf16(std::string_view utf8, std::u16string& out) {
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t character = take_character(utf8, at);
    if (character < 0x10000) {
      out += static_cast<char16_t>(character);
    } else {
      out += static_cast<char16_t>(0xD7C0 + (character >> 10U));
      out += static_cast<char16_t>(0xDC00 + (character & 0x3FFU));
    }
  }
}

std::u16string to_utf16(std::string_view utf8) {
  std::u16string text;
  text.reserve(utf8.size());
  append_utf16(utf8, text);
  return text;
}

void append_utf8(std::u16string_view utf16, std::string& out) {
  for (std::size_t at = 0; at < utf16.size(); ++at) {
    const char16_t unit = utf16[at];
    if (is_high(unit) && at + 1 < utf16.size() && is_low(utf16[at + 1])) {
      ++at;
      append_character(0x10000 + ((unit - 0xD800U) << 10U) + (utf16[at] - 0xDC00U), out);
    } else {
      append_character(is_high(unit) || is_low(unit) ? kReplacement : unit, out);
    }
  }
}

std::size_t utf16_size(std::string_view utf8) noexcept {
  std::size_t units = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    units += take_character(utf8, at) < 0x10000 ? 1 : 2;
  }
  return units;
}

}  // namespace mgc::db::odbc
