#include "db/letter_parts.hpp"

#include <fmt/format.h>

#include <charconv>

namespace mgc::db {
namespace {

/// The number that `text` begins with, taken off it; nullopt for "007".
std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || text.starts_with('0')) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string part_message_id(const LetterPart& part) {
  return fmt::format("{} (part {} of {})", part.message_id, part.number, part.of);
}

std::optional<LetterPart> read_part(std::string_view message_id, std::size_t bytes) {
  const std::size_t at = message_id.rfind(" (part ");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = message_id.substr(at);
  if (!take(rest, " (part ")) return std::nullopt;
  const auto number = take_number(rest);
  if (!number || !take(rest, " of ")) return std::nullopt;
  const auto of = take_number(rest);
  if (!of || rest != ")" || *number > *of || *of < 2) return std::nullopt;
  const bool sized =
      *number < *of ? bytes == kLetterPartBytes : bytes > 0 && bytes <= kLetterPartBytes;
  if (!sized) return std::nullopt;
  return LetterPart{message_id.substr(0, at), *number, *of};
}

}  // namespace mgc::db
