#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

using std::string_literals::operator""s;

TEST(Utf8, AcceptsWellFormedText) {
  for (const auto& text :
       {""s, "ascii only, longer than eight bytes"s, "\xC3\xA9t\xC3\xA9"s, "\xE2\x82\xAC"s,
        "\xF0\x9F\x98\x80"s, "\xEF\xBF\xBF"s, "\xF4\x8F\xBF\xBF"s, "\0"s, "1234567\xC3\xA9"s}) {
    EXPECT_TRUE(is_utf8(text)) << printable(text);
  }
}

TEST(Utf8, RefusesEveryMalformedForm) {
  for (const auto& text : {
           "\x80"s,              // a continuation alone
           "\xC3"s,              // truncated
           "\xE2\x82"s,          // truncated
           "\xF0\x9F\x98"s,      // truncated
           "\xC0\x80"s,          // overlong NUL
           "\xC1\xBF"s,          // overlong
           "\xE0\x80\xAF"s,      // overlong
           "\xF0\x80\x80\xAF"s,  // overlong
           "\xED\xA0\x80"s,      // a surrogate
           "\xED\xBF\xBF"s,      // a surrogate
           "\xF4\x90\x80\x80"s,  // above U+10FFFF
           "\xF5\x80\x80\x80"s,  // above U+10FFFF
           "\xFF"s, "\xC3\x28"s,
           "12345678\x80"s,  // behind a word of ASCII
           "1234567\x80"s,   // in it
       }) {
    EXPECT_FALSE(is_utf8(text)) << printable(text);
  }
}

TEST(Utf8, KeepsWhatIsValidWhenItReadsMixedText) {
  EXPECT_EQ(utf8_from_mixed("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(utf8_from_mixed("\xF0\x9F\x98\x80 ok"), "\xF0\x9F\x98\x80 ok");
}

TEST(Utf8, ReadsInvalidBytesAsWindows1252) {
  EXPECT_EQ(utf8_from_mixed("caf\xE9"), "caf\xC3\xA9");
  EXPECT_EQ(utf8_from_mixed("\x80"), "\xE2\x82\xAC") << "the euro sign";
  EXPECT_EQ(utf8_from_mixed("\x93quoted\x94"), "\xE2\x80\x9Cquoted\xE2\x80\x9D");
  EXPECT_EQ(utf8_from_mixed("\xE9 \xC3\xA9"), "\xC3\xA9 \xC3\xA9") << "both in one line";
}

TEST(Utf8, EveryByteBecomesValidText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    EXPECT_TRUE(is_utf8(utf8_from_mixed(one))) << byte;
    EXPECT_FALSE(utf8_from_mixed(one).empty());
    all += one;
  }
  EXPECT_TRUE(is_utf8(utf8_from_mixed(all)));
}

TEST(Utf8, PrintableTextHasNothingThatATerminalObeys) {
  EXPECT_EQ(printable("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(printable("a\nb\tc\x1b[31m\x7f"), "a\\x0ab\\x09c\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\0"s), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\u009b31m")
      << "a control of one byte in Latin-1";
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "txt.exe"),
            "\\u202etxt.exe")
      << "right to left";
  EXPECT_EQ(printable("\xE2\x81\xA6"), "\\u2066");
  EXPECT_EQ(printable("\xFF\xC3"), "\\xff\\xc3");
}

TEST(Utf8, PrintableLinesStayLines) {
  EXPECT_EQ(printable_lines("a,\x1b[2J\r\n\nb"), "a,\\x1b[2J\n\nb\n");
  EXPECT_EQ(printable_lines(""), "");
}

}  // namespace
}  // namespace mgc
