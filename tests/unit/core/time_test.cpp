#include "core/time.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

std::string reformatted(std::string_view text) {
  const auto time = parse_utc(text);
  return time ? format_utc(*time) : "not a time";
}

TEST(Time, FormatsMicrosecondsInUtc) {
  EXPECT_EQ(format_utc(utc_from_micros(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_utc(utc_from_micros(1'141'525'320'000'001)), "2006-03-05T02:22:00.000001Z");
  EXPECT_EQ(format_utc(utc_from_micros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, FormatsTheFirstAndTheLastInstant) {
  EXPECT_EQ(format_utc(utc_from_micros(kUtcMicrosMin)), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_utc(utc_from_micros(kUtcMicrosMax)), "9999-12-31T23:59:59.999999Z");
}

TEST(Time, ReadsEveryFormThatItPromises) {
  EXPECT_EQ(reformatted("2006-03-05"), "2006-03-05T00:00:00.000000Z");
  EXPECT_EQ(reformatted("2006-03-05 02:22"), "2006-03-05T02:22:00.000000Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22:33"), "2006-03-05T02:22:33.000000Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22:33.5Z"), "2006-03-05T02:22:33.500000Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22:33.123456789Z"), "2006-03-05T02:22:33.123456Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22Z"), "2006-03-05T02:22:00.000000Z");
}

TEST(Time, AppliesOffsets) {
  EXPECT_EQ(reformatted("2006-03-05T02:22:00+02:00"), "2006-03-05T00:22:00.000000Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22:00-05:30"), "2006-03-05T07:52:00.000000Z");
  EXPECT_EQ(reformatted("2006-03-05T02:22:00-0530"), "2006-03-05T07:52:00.000000Z");
}

TEST(Time, KnowsLeapYears) {
  EXPECT_EQ(reformatted("2024-02-29"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(reformatted("2023-02-29"), "not a time");
  EXPECT_EQ(reformatted("2000-02-29"), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(reformatted("1900-02-29"), "not a time");
}

TEST(Time, RefusesWhatIsNotATime) {
  for (const char* text : {"",
                           "x",
                           "2006",
                           "2006-03",
                           "2006-3-5",
                           "2006-13-01",
                           "2006-00-01",
                           "2006-04-31",
                           "0000-01-01",
                           "2006-03-05T",
                           "2006-03-05T2:22",
                           "2006-03-05T24:00",
                           "2006-03-05T00:60",
                           "2006-03-05T00:00:61",
                           "2006-03-05T00:00:00.",
                           "2006-03-05T00:00:00.1234567890",
                           "2006-03-05T00:00+25:00",
                           "2006-03-05T00:00+",
                           "2006-03-05 02:22 ",
                           " 2006-03-05",
                           "2006-03-05x",
                           "-006-03-05",
                           "+006-03-05",
                           "2006-03-05T-1:00"}) {
    EXPECT_EQ(reformatted(text), "not a time") << text;
  }
}

TEST(Time, WhatWasFormattedIsReadBack) {
  for (const std::int64_t micros : {kUtcMicrosMin, std::int64_t{-1}, std::int64_t{0},
                                    std::int64_t{1'767'225'600'123'456}, kUtcMicrosMax}) {
    const auto again = parse_utc(format_utc(utc_from_micros(micros)));
    ASSERT_TRUE(again) << micros;
    EXPECT_EQ(to_micros(*again), micros);
  }
}

TEST(Time, AnOffsetDoesNotLeaveTheYearsThatTheWireCarries) {
  EXPECT_EQ(reformatted("0001-01-01T00:00+00:01"), "not a time");
  EXPECT_EQ(reformatted("9999-12-31T23:59-00:01"), "not a time");
}

}  // namespace
}  // namespace mgc
