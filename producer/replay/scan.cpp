#include "producer/replay/scan.hpp"

#include <algorithm>

namespace mgc::producer {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int> take_number(std::string_view& rest, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  int value = 0;
  while (count < most && count < rest.size() && is_digit(rest[count])) {
    value = value * 10 + (rest[count++] - '0');
  }
  if (count < least) return std::nullopt;
  rest.remove_prefix(count);
  return value;
}

std::optional<int> take_digits(std::string_view& rest, std::size_t count) {
  return take_number(rest, count, count);
}

std::optional<std::string_view> take_until(std::string_view& rest, std::string_view separator) {
  const std::size_t at = rest.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = rest.substr(0, at);
  rest.remove_prefix(at + separator.size());
  return before;
}

std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return word;
}

std::string_view unwrap(std::string_view text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) return text;
  return text.substr(1, text.size() - 2);
}

std::string_view unwrap_reason(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const std::string_view bare =
      trimmed.starts_with('(') ? unwrap(trimmed, '(', ')') : unwrap(trimmed, '[', ']');
  return unwrap(bare, '"', '"');
}

bool skip_colour(std::string_view& rest) {
  std::string_view in = rest;
  if (!take(in, "\x03")) return false;
  if (take_number(in, 1, 2)) {
    std::string_view background = in;
    if (take(background, ",") && take_number(background, 1, 2)) in = background;
  }
  rest = in;
  return true;
}

std::string without_colours(std::string_view text) {
  constexpr std::string_view kStyles = "\x02\x0f\x11\x16\x1d\x1e\x1f";
  std::string out;
  while (!text.empty()) {
    if (skip_colour(text)) continue;
    if (kStyles.find(text.front()) == std::string_view::npos) out.push_back(text.front());
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace mgc::producer
