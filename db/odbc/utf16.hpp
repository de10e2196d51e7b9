#pragma once

#include <string>
#include <string_view>

namespace mgc::db::odbc {

/// Well-formed UTF-8 as UTF-16; what is above U+FFFF becomes two units. NUL is a character like
/// any other. Bytes that are not UTF-8 become U+FFFD: callers have validated the text.
void append_utf16(std::string_view utf8, std::u16string& out);
[[nodiscard]] std::u16string to_utf16(std::string_view utf8);

/// The way back. Half of a pair becomes U+FFFD.
void append_utf8(std::u16string_view utf16, std::string& out);

/// Number of units that append_utf16() would append.
[[nodiscard]] std::size_t utf16_size(std::string_view utf8) noexcept;

}  // namespace mgc::db::odbc
