#include "producer/replay/log_time.hpp"

#include <gtest/gtest.h>

namespace mgc::producer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::optional<minutes> time_in(std::string_view text) {
  const auto time = take_time_of_day(text);
  if (!time || !text.empty()) return std::nullopt;
  return std::chrono::duration_cast<minutes>(*time);
}

TEST(LogTime, ReadsTimesOfDay) {
  EXPECT_EQ(time_in("00:00"), minutes{0});
  EXPECT_EQ(time_in("9:05"), minutes{9 * 60 + 5});
  EXPECT_EQ(time_in("23:59:60"), minutes{24 * 60}) << "a leap second";
  EXPECT_EQ(time_in("12:10am"), minutes{10});
  EXPECT_EQ(time_in("12:10 PM"), minutes{12 * 60 + 10});
  EXPECT_EQ(time_in("1:10:30pm"), minutes{13 * 60 + 10});
  EXPECT_EQ(time_in("10:00:00.123456"), minutes{600});
  for (const char* wrong : {"24:00", "10:60", "10:5", "13:00pm", "0:10am", "10", "10:00:", "a"}) {
    EXPECT_EQ(time_in(wrong), std::nullopt) << wrong;
  }
}

TEST(LogTime, FindsDatesThatAreWrittenInWords) {
  const auto march = parse_date("2006-03-05");
  for (const char* text : {"Sun Mar 05 00:00:01 2006", "Sun Mar  5 2006", "05 Mar 2006",
                           "March 5, 2006", "2006-03-05 10:00", "Day changed Sun Mar 05 2006"}) {
    const auto found = find_written_date(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->date, march) << text;
  }
  for (const char* text : {"", "Sun Mar 2006", "32 Mar 2006", "Foo 05 2006", "2006-02-30"}) {
    EXPECT_FALSE(find_written_date(text)) << text;
  }
}

TEST(LogTime, FindsDatesInNames) {
  const auto march = parse_date("2006-03-05");
  for (const char* name : {"2006-03-05.log", "#chan.20060305.log", "x_2006_03_05_y.txt",
                           "2006.03.05.txt", "id12345-2006-03-05"}) {
    const auto found = find_date_in_name(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->date, march) << name;
  }
  for (const char* name :
       {"log", "12345678.log", "120060305.log", "2006-13-05", "20060305123.log"}) {
    EXPECT_FALSE(find_date_in_name(name)) << name;
  }
}

TEST(LogTime, ReadsUtcOffsets) {
  EXPECT_EQ(parse_utc_offset("+02:00"), hours{2});
  EXPECT_EQ(parse_utc_offset("-0530"), -(hours{5} + minutes{30}));
  EXPECT_EQ(parse_utc_offset("+2"), hours{2});
  EXPECT_EQ(parse_utc_offset("Z"), hours{0});
  for (const char* wrong : {"", "2", "+15:00", "+2:3", "+02:60", "+02:00x"}) {
    EXPECT_FALSE(parse_utc_offset(wrong)) << wrong;
  }
}

TEST(LogTime, CalendarNeedsADate) {
  Calendar calendar(std::nullopt, {});
  EXPECT_FALSE(calendar.place({}));
  LogTime time;
  time.time_of_day = hours{10};
  EXPECT_FALSE(calendar.place(time));
}

TEST(LogTime, CalendarTakesTheOffsetAway) {
  Calendar calendar(parse_date("2006-03-05"), {hours{2}, false});
  LogTime time;
  time.time_of_day = hours{1};
  EXPECT_EQ(format_utc(*calendar.place(time)), "2006-03-04T23:00:00.000000Z");
}

}  // namespace
}  // namespace mgc::producer
