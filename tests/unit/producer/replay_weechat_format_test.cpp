#include <gtest/gtest.h>

#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

using test::LineCase;

TEST(WeechatFormat, ReadsEachShapeOfLine) {
  const std::string at = "2022-02-19 16:32:20\t";
  const std::vector<LineCase> cases = {
      {at + "anna\thello\twith tab", "CHAT anna>- #mgc | hello\twith tab"},
      {at + "@anna\top", "CHAT anna>- #mgc | op"},
      {at + "anna\t", "CHAT anna>- #mgc | "},
      {at + " *\tanna waves", "CHAT/me anna>- #mgc | waves"},
      {at + "-->\tanna (~a@h) has joined #mgc", "JOIN anna>- #mgc | ~a@h"},
      {at + "-->\tanna [Acc] (Real Name) (~a@h) has joined #mgc", "JOIN anna>- #mgc | ~a@h"},
      {at + "<--\tanna (~a@h) has left #mgc (bye)", "PART anna>- #mgc | bye"},
      {at + "<--\tanna (~a@h) has left #mgc", "PART anna>- #mgc | "},
      {at + "<--\tanna (~a@h) has quit (Quit: x)", "PART anna>- #mgc | Quit: x"},
      {at + "<--\tanna has kicked bob (spam)", "PART bob>anna #mgc | spam"},
      {at + "<--\tanna has kicked bob", "PART bob>anna #mgc | "},
      {at + "--\tanna is now known as bert", "PERSON anna>bert #mgc | "},
      {at + "--\tYou are now known as bert", "NOTICE ->- #mgc | You are now known as bert"},
      {at + "--\tMode #mgc [+o anna] by bob", "MEMBERSHIP bob>anna #mgc | +o anna"},
      {at + "--\tMode #mgc [+nst]", "NOTICE ->- #mgc | Mode #mgc [+nst]"},
      {at + "--\tanna has changed topic for #mgc from \"a\" to \"b\"", "ROOM anna>- #mgc | b"},
      {at + "--\tanna has changed topic for #mgc to \"b \"", "ROOM anna>- #mgc | b "},
      {at + "--\tanna has unset topic for #mgc (old topic: \"x\")", "ROOM anna>- #mgc | "},
      {at + "--\tTopic for #mgc is \"x\"", "NOTICE ->- #mgc | Topic for #mgc is \"x\""},
      {at + "--\tanna has invited bob to #mgc", "INVITE anna>bob #mgc | "},
      {at + "--\tNotice(anna) -> @#mgc: ops", "NOTICE anna>- #mgc | ops"},
      {at + "=!=\tirc: error", "NOTICE ->- #mgc | irc: error"},
      {at + "\t****  Beginning of log  ****", "NOTICE ->- #mgc | ****  Beginning of log  ****"},
      {"2007 Sep 06 10:44:50\tanna\told", "CHAT anna>- #mgc | old"},
      {"second line of a post", "REJECT no date and time followed by a tab"},
      {"2022-02-19 16:32:20 anna hello", "REJECT no date and time followed by a tab"},
      {"16:32:20\tanna\thello", "REJECT no date and time followed by a tab"},
      {at + "anna", "REJECT no second tab"},
  };
  for (const LineCase& each : cases) {
    LogParser parser(LogFormat::weechat, test::log_of_march());
    EXPECT_EQ(test::without_time(test::describe(parser.parse(each.line, 1))), each.expected)
        << each.line;
  }
}

TEST(WeechatFormat, AppliesTheOffsetToLocalTimesAndNotToUtc) {
  LogContext context = test::log_of_march();
  context.utc_offset = std::chrono::hours{2};
  LogParser parser(LogFormat::weechat, context);
  const auto local = std::get<schema::Event>(parser.parse("2022-02-19 01:00:00\ta\tx", 1));
  EXPECT_EQ(format_utc(local.occurred_at), "2022-02-18T23:00:00.000000Z");
  const auto utc = std::get<schema::Event>(parser.parse("2022-02-19 01:00:00.123456Z\ta\tx", 2));
  EXPECT_EQ(format_utc(utc.occurred_at), "2022-02-19T01:00:00.123456Z");
}

}  // namespace
}  // namespace mgc::producer
