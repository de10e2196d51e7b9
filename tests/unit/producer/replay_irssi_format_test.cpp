#include <gtest/gtest.h>

#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

using test::LineCase;

std::string read_one(const std::string& line) {
  LogParser parser(LogFormat::irssi, test::log_of_march());
  return test::without_time(test::describe(parser.parse(line, 1)));
}

TEST(IrssiFormat, ReadsEachShapeOfLine) {
  const std::vector<LineCase> cases = {
      {"00:35 < anna> hey", "CHAT anna>- #mgc | hey"},
      {"00:35 <@anna> op", "CHAT anna>- #mgc | op"},
      {"00:35:59 <&Rainbow Dash> spaces", "CHAT Rainbow Dash>- #mgc | spaces"},
      {"[00:35] <+anna> bracketed", "CHAT anna>- #mgc | bracketed"},
      {"2006-03-05 00:35:59 <anna> dated", "CHAT anna>- #mgc | dated"},
      {"00:35 <anna:#other> elsewhere", "CHAT anna>- #other | elsewhere"},
      {"00:35 < anna>", "CHAT anna>- #mgc | "},
      {"00:35  * anna waves", "CHAT/me anna>- #mgc | waves"},
      {"00:35 -!- anna [~a@h] has joined #mgc", "JOIN anna>- #mgc | ~a@h"},
      {"00:35 -!- anna [~a@h] has left #mgc [bye]", "PART anna>- #mgc | bye"},
      {"00:35 -!- anna [~a@h] has left #mgc []", "PART anna>- #mgc | "},
      {"00:35 -!- anna [~a@h] has quit [Quit: Bye]", "PART anna>- #mgc | Quit: Bye"},
      {"00:35 -!- anna was kicked from #mgc by bob [out]", "PART anna>bob #mgc | out"},
      {"00:35 -!- anna is now known as bert", "PERSON anna>bert #mgc | "},
      {"00:35 -!- You're now known as bert", "NOTICE ->- #mgc | You're now known as bert"},
      {"00:35 -!- anna changed the topic of #mgc to: hello", "ROOM anna>- #mgc | hello"},
      {"00:35 -!- Topic unset by anna on #mgc", "ROOM anna>- #mgc | "},
      {"00:35 -!- Topic for #mgc: old", "NOTICE ->- #mgc | Topic for #mgc: old"},
      {"00:35 -!- mode/#mgc [+o anna] by bob", "MEMBERSHIP bob>anna #mgc | +o anna"},
      {"00:35 -!- mode/#mgc [-o+b anna *!*@h] by bob", "MEMBERSHIP bob>- #mgc | -o+b anna *!*@h"},
      {"00:35 -!- ServerMode/#mgc [+o anna] by irc.example.net",
       "MEMBERSHIP ->anna #mgc | +o anna by irc.example.net"},
      {"00:35 -!- bob has been invited to #mgc by anna", "INVITE anna>bob #mgc | "},
      {"00:35 -!- Netsplit a.b <-> c.d quits: x, y",
       "NOTICE ->- #mgc | Netsplit a.b <-> c.d quits: x, y"},
      {"00:35 -!- Irssi: #mgc: Total of 3 nicks",
       "NOTICE ->- #mgc | Irssi: #mgc: Total of 3 nicks"},
      {"00:35 -anna:#mgc- note", "NOTICE anna>- #mgc | note"},
      {"00:35 -NickServ(NickServ@services.)- hi", "NOTICE NickServ>- #mgc | hi"},
      {"00:35 !irc.example.net *** Restarting",
       "NOTICE ->- #mgc | !irc.example.net *** Restarting"},
      {"00:35 [anna(a@h)] in private", "CHAT anna>- #mgc | in private"},
      {"00:35 >>> anna [a@h] requested PING from #mgc",
       "NOTICE ->- #mgc | >>> anna [a@h] requested PING from #mgc"},
      {"--- Log opened Sun Mar 05 00:00:01 2006",
       "NOTICE ->- #mgc | --- Log opened Sun Mar 05 00:00:01 2006"},
      {"00:35", "REJECT nothing behind the time"},
      {"hello", "REJECT neither a time nor ---"},
  };
  for (const LineCase& each : cases) EXPECT_EQ(read_one(each.line), each.expected) << each.line;
}

TEST(IrssiFormat, TakesDatesFromTheLogsOwnLines) {
  LogParser parser(LogFormat::irssi, test::log_of_march());
  const std::vector<std::string> read = test::describe_all(
      parser,
      {"--- Log opened Tue Dec 24 23:26:23 2013", "23:35 < a> x", "--- Day changed Wed Dec 25 2013",
       "00:01 < a> y", "--- Day changed to joulu 26 2013", "--- Day changed tors dec. 26 2013",
       "08:00 < a> z", "--- Log closed Thu Dec 26 09:00:00 2013"});
  EXPECT_EQ(read[1].substr(0, 19), "2013-12-24T23:35:00");
  EXPECT_EQ(read[2].substr(0, 19), "2013-12-25T00:00:00");
  EXPECT_EQ(read[3].substr(0, 19), "2013-12-25T00:01:00");
  EXPECT_EQ(read[4].substr(0, 19), "2013-12-26T00:00:00") << "a day change in another language";
  EXPECT_EQ(read[6].substr(0, 19), "2013-12-26T08:00:00");
  EXPECT_EQ(read[7].substr(0, 26), "2013-12-26T09:00:00 NOTICE");
}

}  // namespace
}  // namespace mgc::producer
