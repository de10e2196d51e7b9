#include "producer/replay/log_parser.hpp"

#include <gtest/gtest.h>

#include <random>

#include "schema/event_view.hpp"
#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

/// A log of each format that uses all that a parser remembers.
std::vector<std::string> log_in(LogFormat format) {
  switch (format) {
    case LogFormat::ubuntu:
      return {"=== anna [a@h]  has joined #mgc",
              "[10:00] <bob> hi",
              "=== anna waves",
              "=== bob is now known as cleo",
              "=== cleo nods",
              "=== dora frowns",
              "[23:59] <x> y"};
    case LogFormat::mirc:
      return {"[23:58] <a> x",       "[00:01] <a> y", "Session Start: Tue Feb 07 22:10:15 2017",
              "Session Ident: #new", "* a waves",     "[23:00] <a> z",
              "[01:00] <a> z"};
    case LogFormat::irssi:
      return {"--- Log opened Sun Mar 05 22:00:01 2006",
              "23:00 -!- a [a@h] has joined #new",
              "00:10 < a> x",
              "--- Day changed luni mar 07",
              "08:00 < a> y",
              "--- Day changed x",
              "09:00 < a> z"};
    case LogFormat::weechat:
      return {"2022-02-19 16:32:20\ta\tx", "broken",
              "2022-02-19 16:32:21\t-->\ta (b@c) has joined #n", "2022-02-19 16:32:22.5Z\ta\ty"};
    default:
      return {R"({"time":0,"nick":"a","text":"x"})", R"({"time":1})",
              R"({"time":2,"nick":"a","text":"y","room":"R"})"};
  }
}

TEST(LogParser, GoesOnBehindEveryLineAsIfItHadNeverStopped) {
  for (const LogFormat format : kLogFormats) {
    const std::vector<std::string> lines = log_in(format);
    LogParser whole(format, test::log_of_march());
    const std::vector<std::string> expected = test::describe_all(whole, lines);
    for (std::size_t cut = 0; cut <= lines.size(); ++cut) {
      LogParser first(format, test::log_of_march());
      for (std::size_t at = 0; at < cut; ++at) (void)first.parse(lines[at], at + 1);
      LogContext later = test::log_of_march();
      later.date = parse_date("1999-01-01");  // must come from the state
      later.first_room = "#wrong";
      LogParser second(format, later);
      ASSERT_TRUE(second.restore(first.state()));
      for (std::size_t at = cut; at < lines.size(); ++at) {
        EXPECT_EQ(test::describe(second.parse(lines[at], at + 1)), expected[at])
            << to_string(format) << " cut at " << cut;
      }
      EXPECT_EQ(second.state(), whole.state());
    }
  }
}

TEST(LogParser, RefusesAStateThatItDidNotWrite) {
  LogParser parser(LogFormat::irssi, test::log_of_march());
  for (const char* state : {"", "{}", "[]", "nonsense", R"({"version":2})",
                            R"({"version":1,"micros":"x","room":1,"room_learned":0})"}) {
    EXPECT_FALSE(parser.restore(state)) << state;
  }
}

TEST(LogParser, ReadsBytesThatAreNotUtf8AsWindows1252AndSaysSo) {
  LogParser parser(LogFormat::mirc, test::log_of_march());
  const auto event =
      std::get<schema::Event>(parser.parse("[10:00] <J\xfcrg> na\xefve \x80 \xe2\x82\xac", 7));
  EXPECT_EQ(event.actor->name, "J\xc3\xbcrg");
  EXPECT_EQ(event.content, "na\xc3\xafve \xe2\x82\xac \xe2\x82\xac");
  EXPECT_EQ(event.source->encoding, "windows-1252");
  EXPECT_EQ(event.source->line, 7U);
  EXPECT_EQ(event.source->file, "test.log");
  const auto plain = std::get<schema::Event>(parser.parse("[10:00] <a> \xe2\x82\xac", 8));
  EXPECT_EQ(plain.source->encoding, "");
}

TEST(LogParser, KeepsNulsAndColoursInContent) {
  LogParser parser(LogFormat::mirc, test::log_of_march());
  const std::string text(
      "[10:00] <a> \x03"
      "4red\x0f \0 end",
      23);
  const auto event = std::get<schema::Event>(parser.parse(text, 1));
  EXPECT_EQ(event.content, text.substr(12));
  EXPECT_TRUE(schema::encode_event(event));
}

TEST(LogParser, PutsEveryEventIntoTheRoomThatTheOperatorNamed) {
  LogContext context = test::log_of_march();
  context.room = "#Given";
  LogParser parser(LogFormat::irssi, context);
  const auto event = std::get<schema::Event>(parser.parse("10:00 -!- a [b@c] has joined #x", 1));
  EXPECT_EQ(event.room->name, "#Given");
  EXPECT_EQ(event.room->uri, "ma-chan://example.org/given");
}

TEST(LogParser, SaysWhenNoDateIsKnown) {
  LogContext context = test::log_of_march();
  context.date.reset();
  LogParser parser(LogFormat::mirc, context);
  EXPECT_EQ(test::describe(parser.parse("[10:00] <a> x", 1)), "REJECT a time without a date");
}

TEST(LogParser, RemembersABoundedNumberOfNicks) {
  NickMemory nicks;
  for (int at = 0; at < 5'000; ++at) nicks.add("nick" + std::to_string(at));
  EXPECT_FALSE(nicks.has("nick0"));
  EXPECT_TRUE(nicks.has("nick4999"));
  NickMemory again;
  again.restore(nicks.to_text());
  EXPECT_EQ(again.to_text(), nicks.to_text());
}

/// Pieces that lead deep into the readers.
const std::vector<std::string>& pieces() {
  // clang-format off
  static const std::vector<std::string> all = {
      "[10:00] ", "10:00 ", "<", ">", "> ", "=== ", "-!- ", "* ", "*** ", " [", "] ", "(", ")",
      " has joined ", " has left ", " has quit ", " was kicked from ", " by ", "#mgc",
      "mode/#mgc [", "+o ", " is now known as ", "Session Start: ", "Session Ident: ",
      "--- Day changed ", "Sun Mar 05 2006", "2022-02-19 16:32:20\t", "-->\t", "\t",
      "{\"time\":", "\"text\":", "\"", "{", "}", "[", "0", "9999999999999999", "-1", "\\u0000",
      "\x03" "4,", "\xff", "\xe2\x82", " changed the topic of ", " to: ", "Notice(", ") -> ",
      "Joins: ", "Parts: ", "Quits: ", "-"};
  // clang-format on
  return all;
}

/// Those pieces, mixed with bytes that do not belong there.
std::string random_line(std::mt19937_64& random) {
  std::string out;
  const std::size_t count = random() % 12;
  for (std::size_t at = 0; at < count; ++at) {
    if (random() % 4 == 0) {
      out.push_back(static_cast<char>(random() % 256));
    } else {
      out += pieces()[random() % pieces().size()];
    }
  }
  std::erase(out, '\n');
  return out;
}

TEST(LogParser, MakesAnEncodableEventOrARejectOfAnyBytes) {
  std::mt19937_64 random(20'060'305);
  for (const LogFormat format : kLogFormats) {
    LogParser parser(format, test::log_of_march());
    for (int round = 0; round < 20'000; ++round) {
      const std::string line = random_line(random);
      if (line.empty()) continue;
      const auto parsed = parser.parse(line, 1);
      if (const auto* event = std::get_if<schema::Event>(&parsed)) {
        const auto encoded = schema::encode_event(*event);
        ASSERT_TRUE(encoded) << to_string(format) << ": " << encoded.error().message;
      } else {
        ASSERT_FALSE(std::get<Reject>(parsed).reason.empty());
      }
      if (round % 500 == 0) {
        ASSERT_TRUE(parser.restore(parser.state()));
      }
    }
  }
}

}  // namespace
}  // namespace mgc::producer
