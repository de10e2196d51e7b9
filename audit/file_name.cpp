#include "audit/file_name.hpp"

#include <algorithm>

#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

constexpr std::size_t kLettersMax = 80;

bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
}

}  // namespace

std::string file_name_of(std::string_view text) {
  std::string name;
  for (const char letter : text) {
    if (name.size() == kLettersMax) break;
    if (is_plain(letter)) {
      name += letter;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (!name.empty() && name.back() != '-') name += '-';
  schema::Hasher hasher;
  return name += schema::to_hex(schema::bytes_of(hasher.sha256(text))).substr(0, 16);
}

std::string plain_file_name_of(std::string_view text) {
  const bool plain =
      !text.empty() && text.size() <= kLettersMax && text.front() != '.' &&
      std::ranges::all_of(text, [](char letter) { return is_plain(letter) || letter == '.'; });
  return plain ? std::string(text) : file_name_of(text);
}

}  // namespace mgc::audit
