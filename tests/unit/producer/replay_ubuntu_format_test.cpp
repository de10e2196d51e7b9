#include <gtest/gtest.h>

#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

using test::LineCase;

std::string read_one(const std::string& line) {
  LogParser parser(LogFormat::ubuntu, test::log_of_march());
  return test::without_time(test::describe(parser.parse(line, 1)));
}

TEST(UbuntuFormat, ReadsEachShapeOfLine) {
  const std::vector<LineCase> cases = {
      {"[02:22] <anna> hello there", "CHAT anna>- #mgc | hello there"},
      {"[02:22] <anna>  two spaces", "CHAT anna>- #mgc |  two spaces"},
      {"[02:22] <anna>", "CHAT anna>- #mgc | "},
      {"[02:22] <anna> ", "CHAT anna>- #mgc | "},
      {"[02:22:31] <anna> with seconds", "CHAT anna>- #mgc | with seconds"},
      {"[02:22] <bur[n] er> a nick with ]", "CHAT bur[n]er>- #mgc | a nick with ]"},
      {"[02:22] <[optik] > at its end", "CHAT [optik]>- #mgc | at its end"},
      {"[02:22] <anna> <bob> quoted", "CHAT anna>- #mgc | <bob> quoted"},
      {"[02:22]  * anna shrugs", "CHAT/me anna>- #mgc | shrugs"},
      {"[02:22]  * anna", "CHAT/me anna>- #mgc | "},
      {"[01:09] (anna/#mgc) from elsewhere", "CHAT anna>- #mgc | from elsewhere"},
      {"[01:09] -ChanServ- be nice", "NOTICE ChanServ>- #mgc | be nice"},
      {"=== anna [~a@host.example]  has joined #mgc", "JOIN anna>- #mgc | ~a@host.example"},
      {"=== anna [n=a@h/x]  has joined #Other", "JOIN anna>- #other | n=a@h/x"},
      {"=== [optik]  [~o@h]  has joined #mgc", "JOIN [optik]>- #mgc | ~o@h"},
      {"=== Al[x] y [~o@h]  has joined #mgc", "JOIN Al[x]y>- #mgc | ~o@h"},
      {"=== anna [~a@h]  has left #mgc []", "PART anna>- #mgc | "},
      {"=== anna [~a@h]  has left #mgc [\"Bye (now)\"]", "PART anna>- #mgc | Bye (now)"},
      {"=== anna [~a@h]  has left #mgc [\"Cut", "PART anna>- #mgc | [\"Cut"},
      {"=== anna [~a@h]  has quit [\"Leaving\"]", "PART anna>- #mgc | Leaving"},
      {"=== anna is now known as bert", "PERSON anna>bert #mgc | "},
      {"=== anna is now known as [M] b", "PERSON anna>[M]b #mgc | "},
      {"=== anna is now known as the king", "NOTICE ->- #mgc | anna is now known as the king"},
      {"=== anna was kicked off #mgc by bob (flood)", "PART anna>bob #mgc | flood"},
      {"=== mode/#mgc [+o anna]  by ChanServ", "MEMBERSHIP ChanServ>anna #mgc | +o anna"},
      {"=== mode/#mgc [+b *!*@h]  by bob", "MEMBERSHIP bob>- #mgc | +b *!*@h"},
      {"=== mode/#mgc [-r]  by bob", "MEMBERSHIP bob>- #mgc | -r"},
      {"=== bob changed the topic of #mgc to: new: topic", "ROOM bob>- #mgc | new: topic"},
      {"=== Topic for #mgc: old", "NOTICE ->- #mgc | Topic for #mgc: old"},
      {"=== stranger waves", "NOTICE ->- #mgc | stranger waves"},
      {"[25:00] <anna> no such hour", "REJECT neither a time in brackets nor ==="},
      {"[02:22 <anna> broken", "REJECT neither a time in brackets nor ==="},
      {"02:22 <anna> no brackets", "REJECT neither a time in brackets nor ==="},
      {"[02:22] <> nobody", "REJECT a post without a nick"},
      {"[02:22] ", "REJECT nothing behind the time"},
      {"===", "REJECT nothing behind the mark of a channel line"},
      {"   ", "REJECT only white space"},
      {"continued text of a line above", "REJECT neither a time in brackets nor ==="},
  };
  for (const LineCase& each : cases) EXPECT_EQ(read_one(each.line), each.expected) << each.line;
}

TEST(UbuntuFormat, TakesAnActionOnlyFromANickThatTheLogHasShown) {
  LogParser parser(LogFormat::ubuntu, test::log_of_march());
  const std::vector<std::string> read =
      test::describe_all(parser, {"=== anna waves", "[10:00] <anna> hello", "=== anna waves",
                                  "=== anna is now known as bert", "=== bert nods",
                                  "=== Al[x] y [~a@h]  has joined #mgc", "=== Al[x] y sits down"});
  EXPECT_EQ(read[0], "2006-03-05T00:00:00 NOTICE ->- #mgc | anna waves");
  EXPECT_EQ(read[2], "2006-03-05T10:00:00 CHAT/me anna>- #mgc | waves");
  EXPECT_EQ(read[4], "2006-03-05T10:00:00 CHAT/me bert>- #mgc | nods");
  EXPECT_EQ(read[6], "2006-03-05T10:00:00 CHAT/me Al[x]y>- #mgc | sits down");
}

TEST(UbuntuFormat, NeverLeavesItsDayAndGivesLinesWithoutTimeThatOfTheLineAbove) {
  LogParser parser(LogFormat::ubuntu, test::log_of_march());
  const std::vector<std::string> read = test::describe_all(
      parser, {"=== a [a@h]  has joined #mgc", "[23:59] <a> late", "=== b [b@h]  has joined #mgc",
               "[00:01] <a> twelve hour clocks and wrong days go back"});
  EXPECT_EQ(read[0].substr(0, 19), "2006-03-05T00:00:00");
  EXPECT_EQ(read[2].substr(0, 19), "2006-03-05T23:59:00");
  EXPECT_EQ(read[3].substr(0, 19), "2006-03-05T00:01:00");
}

}  // namespace
}  // namespace mgc::producer
