#include <gtest/gtest.h>

#include <limits>

#include "db/postgresql/network_order.hpp"
#include "db/postgresql/result_row.hpp"
#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {
namespace {

constexpr std::string_view kE000 = "\xEE\x80\x80";
constexpr std::string_view kE001 = "\xEE\x80\x81";
constexpr std::string_view kE002 = "\xEE\x80\x82";

std::string encoded(std::string_view text) {
  std::string out;
  append_encoded(text, out);
  return out;
}

TEST(PostgresqlText, NulIsEscapedAndComesBack) {
  const std::string nul(1, '\0');
  const std::string e000(kE000);
  const std::string e001(kE001);
  const std::string e002(kE002);
  EXPECT_EQ(encoded("a" + nul + "b"), "a" + e000 + e001 + "b");
  EXPECT_EQ(encoded(e000), e000 + e002);
  const std::string texts[] = {"",
                               "plain",
                               nul,
                               nul + nul,
                               e000,
                               e000 + nul,
                               nul + e000,
                               e000 + e001,
                               e000 + e002,
                               e001,
                               "\xEE\x80",
                               e000 + e000 + e001 + nul,
                               "a" + e000 + "b" + nul + "c"};
  for (const std::string& text : texts) {
    std::string buffer;
    EXPECT_EQ(decode(encoded(text), buffer), text);
    EXPECT_EQ(encoded(text).find('\0'), std::string::npos);
    EXPECT_EQ(is_plain(text), encoded(text) == text);
  }
}

TEST(PostgresqlText, AnEscapeThatNobodyWroteIsKept) {
  std::string buffer;
  EXPECT_EQ(decode("a" + std::string(kE000), buffer), "a" + std::string(kE000));
  EXPECT_EQ(decode(std::string(kE000) + "x", buffer), std::string(kE000) + "x");
}

TEST(PostgresqlNumbers, NetworkOrderGoesBothWays) {
  char bytes[8];
  store_be<std::uint64_t>(0x0102030405060708U, bytes);
  EXPECT_EQ(std::string_view(bytes, 8), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(load_be<std::uint64_t>(bytes), 0x0102030405060708U);
  EXPECT_EQ(load_be<std::uint16_t>(bytes), 0x0102U);
}

TEST(PostgresqlNumbers, NumericIsReadWithoutItsFraction) {
  struct Case {
    std::string_view bytes;
    std::int64_t value;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"\0\0\0\0\0\0\0\0"sv, 0},
      {"\0\1\0\0\0\0\0\0\0\1"sv, 1},
      {"\0\1\0\1\0\0\0\0\0\1"sv, 10000},  // trailing zero digits are not sent
      {"\0\2\0\1\0\0\0\0\0\1\x04\xD2"sv, 11234},
      {"\0\2\0\1\x40\0\0\0\0\1\x04\xD2"sv, -11234},
      {"\0\2\0\0\0\0\0\2\0\7\x13\x88"sv, 7},  // 7.5
      {"\0\1\xFF\xFF\0\0\0\1\x13\x88"sv, 0},  // 0.5
      {"\0\5\0\4\0\0\0\0\x03\x9A\x0D\x2C\x01\x70\x15\x65\x16\xAF"sv,
       std::numeric_limits<std::int64_t>::max()},
  };
  for (const Case& c : cases) EXPECT_EQ(integer_of_numeric(c.bytes), c.value);
}

}  // namespace
}  // namespace mgc::db::postgresql
