#include "db/odbc/utf16.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mgc::db::odbc {
namespace {

std::string back(const std::u16string& text) {
  std::string utf8;
  append_utf8(text, utf8);
  return utf8;
}

TEST(Utf16, EveryCharacterComesBack) {
  std::u16string all;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    if (c < 0x10000) {
      all += static_cast<char16_t>(c);
    } else {
      all += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10U));
      all += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FFU));
    }
  }
  const std::string utf8 = back(all);
  EXPECT_TRUE(to_utf16(utf8) == all);
  EXPECT_EQ(utf16_size(utf8), all.size());
}

TEST(Utf16, KnownTexts) {
  EXPECT_TRUE(to_utf16("a\u00e9\u20ac\U0001F600") == u"a\u00e9\u20ac\U0001F600");
  EXPECT_TRUE(to_utf16(std::string("a\0b", 3)) == std::u16string(u"a\0b", 3));
}

TEST(Utf16, WhatIsBrokenIsReplaced) {
  EXPECT_EQ(back(std::u16string(u"a") + char16_t{0xD83D}), "a\uFFFD");
  EXPECT_EQ(back(std::u16string(1, char16_t{0xDC00}) + u"b"), "\uFFFDb");
  EXPECT_TRUE(to_utf16("\xff\xf0\x9f") == u"\uFFFD\uFFFD\uFFFD");
}

}  // namespace
}  // namespace mgc::db::odbc
