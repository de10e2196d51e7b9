#include <gtest/gtest.h>

#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

using test::LineCase;

std::string read_one(const std::string& line) {
  LogParser parser(LogFormat::mirc, test::log_of_march());
  return test::without_time(test::describe(parser.parse(line, 1)));
}

TEST(MircFormat, ReadsEachShapeOfLine) {
  const std::vector<LineCase> cases = {
      {"[10:15] <anna> hello", "CHAT anna>- #mgc | hello"},
      {"[10:15:09] <@anna> op", "CHAT anna>- #mgc | op"},
      {"(10:15) <+anna> voice", "CHAT anna>- #mgc | voice"},
      {"[10:15pm] <~&anna> evening", "CHAT anna>- #mgc | evening"},
      {"[1:05 AM] <%anna> night", "CHAT anna>- #mgc | night"},
      {"10:15 <anna> bare", "CHAT anna>- #mgc | bare"},
      {"<anna> no time at all", "CHAT anna>- #mgc | no time at all"},
      {"[10:15] <Rainbow Dash> spaces of a bridge",
       "CHAT Rainbow Dash>- #mgc | spaces of a bridge"},
      {"[10:15] <\x03"
       "4anna\x03> \x03"
       "12,1blue\x03 text",
       "CHAT anna>- #mgc | \x03"
       "12,1blue\x03 text"},
      {"[10:15] <anna>", "CHAT anna>- #mgc | "},
      {"[10:15] * anna waves at *all*", "CHAT/me anna>- #mgc | waves at *all*"},
      {"[10:15] * @anna waves", "CHAT/me anna>- #mgc | waves"},
      {"[10:15] * anna has quit smoking", "CHAT/me anna>- #mgc | has quit smoking"},
      {"[10:15] * anna is now known as the king", "CHAT/me anna>- #mgc | is now known as the king"},
      {"\x03"
       "03[10:15] * anna (a@h) has joined #mgc",
       "JOIN anna>- #mgc | a@h"},
      {"03[10:15] * anna (a@h) has joined #mgc", "JOIN anna>- #mgc | a@h"},
      {"[10:15] *** Joins: anna (~a@h)", "JOIN anna>- #mgc | ~a@h"},
      {"[10:15] * Joins: @anna (~a@h)", "JOIN anna>- #mgc | ~a@h"},
      {"[10:15] *** anna has joined #mgc", "JOIN anna>- #mgc | "},
      {"[10:15] *** Parts: anna (~a@h) (bye)", "PART anna>- #mgc | bye"},
      {"[10:15] *** Parts: anna (~a@h) ()", "PART anna>- #mgc | "},
      {"[10:15] *** Quits: anna (~a@h) (Ping timeout: 121 seconds)",
       "PART anna>- #mgc | Ping timeout: 121 seconds"},
      {"[10:15] * anna (a@h) has left #mgc", "PART anna>- #mgc | "},
      {"[10:15] * anna (a@h) has left #mgc (so long)", "PART anna>- #mgc | so long"},
      {"[10:15] * anna (a@h) Quit (Read error (reset))", "PART anna>- #mgc | Read error (reset)"},
      {"[10:15] *** anna has quit IRC (Leaving)", "PART anna>- #mgc | Leaving"},
      {"[10:15] * anna was kicked by bob (no)", "PART anna>bob #mgc | no"},
      {"[10:15] * anna sets mode: +o bob", "MEMBERSHIP anna>bob #mgc | +o bob"},
      {"[10:15] * anna sets mode: +oo bob cleo", "MEMBERSHIP anna>- #mgc | +oo bob cleo"},
      {"[10:15] * irc.example.net sets mode: +nt", "MEMBERSHIP ->- #mgc | +nt by irc.example.net"},
      {"[10:15] * anna changes topic to 'it's new'", "ROOM anna>- #mgc | it's new"},
      {"[10:15] * anna is now known as bert", "PERSON anna>bert #mgc | "},
      {"[10:15] -NickServ- identify", "NOTICE NickServ>- #mgc | identify"},
      {"[10:15] -anna:@#mgc- ops only", "NOTICE anna>- #mgc | ops only"},
      {"[10:15] -irc.example.net- *** hello", "NOTICE ->- #mgc | -irc.example.net- *** hello"},
      {"[10:15] * Now talking in #mgc", "NOTICE ->- #mgc | Now talking in #mgc"},
      {"[10:15] * Topic is 'x'", "NOTICE ->- #mgc | Topic is 'x'"},
      {"[10:15] * Disconnected", "NOTICE ->- #mgc | Disconnected"},
      {"[10:15] #mgc created on Fri Jan 03 22:56:14 2020",
       "NOTICE ->- #mgc | #mgc created on Fri Jan 03 22:56:14 2020"},
      {"Session Ident: #other", "NOTICE ->- #other | Session Ident: #other"},
      {"[10:15]", "REJECT nothing behind the time"},
      {"<p class=\"x\"> html", "REJECT neither a time, a nick in <>, nor a line with *"},
      {"plain words", "REJECT neither a time, a nick in <>, nor a line with *"},
      {"[10:61] <anna> hi", "REJECT neither a time, a nick in <>, nor a line with *"},
  };
  for (const LineCase& each : cases) EXPECT_EQ(read_one(each.line), each.expected) << each.line;
}

TEST(MircFormat, TakesDatesAndTheRoomFromSessions) {
  LogParser parser(LogFormat::mirc, test::log_of_march());
  const std::vector<std::string> read = test::describe_all(
      parser, {"Session Start: Tue Feb 07 22:10:15 2017", "Session Ident: #Chat",
               "[22:10] <anna> hi", "Session Time: Wed Feb 08 00:00:00 2017", "[01:55] <anna> late",
               "Session Close: Wed Feb 08 01:59:11 2017", "* anna waves"});
  EXPECT_EQ(read[0].substr(0, 26), "2017-02-07T22:10:15 NOTICE");
  EXPECT_EQ(read[2], "2017-02-07T22:10:00 CHAT anna>- #chat | hi");
  EXPECT_EQ(read[4], "2017-02-08T01:55:00 CHAT anna>- #chat | late");
  EXPECT_EQ(read[6], "2017-02-08T01:59:11 CHAT/me anna>- #chat | waves");
}

TEST(MircFormat, CrossesMidnightWithoutASessionLine) {
  LogParser parser(LogFormat::mirc, test::log_of_march());
  const std::vector<std::string> read =
      test::describe_all(parser, {"[23:59] <a> x", "[00:00] <a> y", "[13:00] <a> z",
                                  "[12:59] <a> a clock that was put back", "[00:58] <a> next day"});
  EXPECT_EQ(read[1].substr(0, 16), "2006-03-06T00:00");
  EXPECT_EQ(read[3].substr(0, 16), "2006-03-06T12:59");
  EXPECT_EQ(read[4].substr(0, 16), "2006-03-07T00:58");
}

}  // namespace
}  // namespace mgc::producer
