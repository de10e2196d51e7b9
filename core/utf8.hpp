#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mgc {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< that it takes; 0 when they are not UTF-8
};
/// The code point that `text`, which is not empty, begins with.
[[nodiscard]] CodePoint first_code_point(std::string_view text);
void append_utf8(std::string& out, char32_t point);

/// True when `text` is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text`, of any bytes, as UTF-8: what is already valid is kept, and each invalid byte is read as
/// Windows-1252, which is what chat programs of the 2000s sent.
[[nodiscard]] std::string utf8_from_mixed(std::string_view text);

/// Whether a terminal takes it for more than a letter: control characters of ASCII and C1, and
/// bidirectional overrides.
[[nodiscard]] bool is_control(char32_t point);

/// `text` made harmless for a terminal or a log: control characters, ANSI escapes, bidirectional
/// overrides and invalid bytes become visible escapes such as \x1b or \u202e.
[[nodiscard]] std::string printable(std::string_view text);

/// As printable(), but lines stay lines.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace mgc
