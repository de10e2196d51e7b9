#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mgc::producer {

/// Small readers of text for the log formats. Those named take_... cut what they read off the
/// front of `rest` and leave it as it was when they fail.

[[nodiscard]] inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
/// ASCII letters only, as IRC compares channel names.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trim(std::string_view text);

/// May be called only to skip `prefix`, if it is there.
inline bool take(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}
/// Exactly `count` digits.
[[nodiscard]] std::optional<int> take_digits(std::string_view& rest, std::size_t count);
/// `least` to `most` digits, as many as there are.
[[nodiscard]] std::optional<int> take_number(std::string_view& rest, std::size_t least,
                                             std::size_t most);
/// What is before `separator`; the separator is cut off too.
[[nodiscard]] std::optional<std::string_view> take_until(std::string_view& rest,
                                                         std::string_view separator);
/// What is before the next space, or all; spaces behind it are cut off too.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

/// `text` without one pair of `open` and `close` around it, if it has one.
[[nodiscard]] std::string_view unwrap(std::string_view text, char open, char close);
/// As unwrap, for (), [] and "" in this order, each once at most.
[[nodiscard]] std::string_view unwrap_reason(std::string_view text);

/// Skips one colour code of mIRC (\x03, then up to two numbers), if `rest` begins with one.
bool skip_colour(std::string_view& rest);
/// `text` without mIRC's colour and style codes. For names only: content keeps them.
[[nodiscard]] std::string without_colours(std::string_view text);

}  // namespace mgc::producer
