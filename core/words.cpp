#include "core/words.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/utf8.hpp"

namespace mgc {
namespace {

struct Range {
  char32_t first, last;
};

/// Beyond ASCII, what parts words: blocks of punctuation, spaces, symbols and private use.
constexpr Range kBetweenWords[] = {
    {0x80, 0xA9},       {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},       {0x37E, 0x37E},   {0x387, 0x387},   {0x55A, 0x55F},   {0x589, 0x58A},
    {0x5BE, 0x5BE},     {0x5C0, 0x5C0},   {0x5C3, 0x5C3},   {0x5F3, 0x5F4},   {0x60C, 0x60D},
    {0x61B, 0x61F},     {0x66A, 0x66D},   {0x6D4, 0x6D4},   {0x964, 0x965},   {0x1680, 0x1680},
    {0x2000, 0x2070},   {0x207A, 0x207E}, {0x208A, 0x208E}, {0x20A0, 0x20CF}, {0x2190, 0x2BFF},
    {0x2E00, 0x2E7F},   {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0x303D, 0x303F},
    {0x30FB, 0x30FB},   {0xE000, 0xF8FF}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F}, {0xFEFF, 0xFF0F},
    {0xFF1A, 0xFF20},   {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
    {0xE0000, 0x10FFFF}};

bool is_ascii_letter_or_digit(char32_t point) {
  return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') ||
         (point >= 'A' && point <= 'Z');
}

bool is_of_word(char32_t point) {
  if (point < 0x80) return is_ascii_letter_or_digit(point);
  const auto* range = std::ranges::lower_bound(kBetweenWords, point, {}, &Range::last);
  return range == std::end(kBetweenWords) || point < range->first;
}

/// Letters whose lower case is `distance` above them: each, or each second one of pairs.
struct Fold {
  char32_t first, last;
  std::int32_t distance;
  bool pairs = false;
};
constexpr Fold kFolds[] = {
    {0xC0, 0xD6, 32},          {0xD8, 0xDE, 32},        {0x100, 0x12E, 1, true},
    {0x132, 0x136, 1, true},   {0x139, 0x147, 1, true}, {0x14A, 0x176, 1, true},
    {0x178, 0x178, -121},      {0x179, 0x17D, 1, true}, {0x1CD, 0x1DB, 1, true},
    {0x1DE, 0x1EE, 1, true},   {0x200, 0x21E, 1, true}, {0x222, 0x232, 1, true},
    {0x386, 0x386, 38},        {0x388, 0x38A, 37},      {0x38C, 0x38C, 64},
    {0x38E, 0x38F, 63},        {0x391, 0x3A1, 32},      {0x3A3, 0x3AB, 32},
    {0x3C2, 0x3C2, 1},         {0x400, 0x40F, 80},      {0x410, 0x42F, 32},
    {0x460, 0x480, 1, true},   {0x48A, 0x4BE, 1, true}, {0x4C1, 0x4CD, 1, true},
    {0x4D0, 0x52E, 1, true},   {0x531, 0x556, 48},      {0x1E00, 0x1E94, 1, true},
    {0x1EA0, 0x1EFE, 1, true}, {0xFF21, 0xFF3A, 32}};

char32_t lower_case(char32_t point) {
  if (point < 0x80) return point >= 'A' && point <= 'Z' ? point + 32 : point;
  const auto* fold = std::ranges::lower_bound(kFolds, point, {}, &Fold::last);
  if (fold == std::end(kFolds) || point < fold->first) return point;
  if (fold->pairs && (point - fold->first) % 2 != 0) return point;
  return static_cast<char32_t>(static_cast<std::int32_t>(point) + fold->distance);
}

/// Takes the next word off `text`; empty when there is none.
std::string take_word(std::string_view& text) {
  std::string word;
  while (!text.empty()) {
    const CodePoint one = first_code_point(text);
    text.remove_prefix(std::max<std::size_t>(one.bytes, 1));
    if (one.bytes > 0 && is_of_word(one.value)) {
      append_utf8(word, lower_case(one.value));
    } else if (!word.empty()) {
      break;
    }
  }
  return word;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace mgc
