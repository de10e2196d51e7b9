#include "audit/file_name.hpp"

#include <algorithm>

#include "audit/formats/fields.hpp"

namespace mgc::audit {
namespace {

constexpr std::size_t kLettersMax = 80;

}  // namespace

bool is_name_character(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-';
}

std::string file_name_of(std::string_view text) {
  std::string name;
  for (const char letter : text) {
    if (name.size() == kLettersMax) break;
    if (is_name_character(letter) && letter != '.') {
      name += letter;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (!name.empty() && name.back() != '-') name += '-';
  return name += short_hash(text);
}

std::string plain_file_name_of(std::string_view text) {
  const bool plain = !text.empty() && text.size() <= kLettersMax && text.front() != '.' &&
                     std::ranges::all_of(text, is_name_character);
  return plain ? std::string(text) : file_name_of(text);
}

}  // namespace mgc::audit
