#include "producer/replay/replay.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "core/failpoint.hpp"
#include "core/guarded.hpp"
#include "producer/replay/log_time.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/producer/gzip_file.hpp"
#include "tests/unit/producer/memory_outbox.hpp"

namespace mgc::producer {
namespace {

using test::MemoryOutbox;
using test::TempDir;
using test::write_file;

const std::string kData = MGC_TEST_DATA "/logs/";

std::string posts(int first, int last) {
  std::string out;
  for (int at = first; at <= last; ++at) {
    out += "[10:00] <anna> post " + std::to_string(at) + "\n";
  }
  return out;
}

std::vector<std::string> contents(const MemoryOutbox& outbox) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < outbox.events.size(); ++at) {
    out.emplace_back(outbox.view(at).content);
  }
  return out;
}

void append_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

TEST(Replay, RecordsEveryLineOfEachSampleAsOneEventOrReject) {
  struct Expected {
    std::string file;
    std::uint64_t lines, rejects;
  };
  for (const Expected& each :
       {Expected{"2006-03-05.log", 17, 0}, Expected{"#mgc.20170207.log", 18, 0},
        Expected{"irssi.log", 15, 0}, Expected{"irc.libera.#mgc.weechatlog", 9, 0},
        Expected{"chat.jsonl", 6, 1}}) {
    MemoryOutbox outbox;
    const auto result = replay_file(kData + each.file, {}, outbox);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->lines, each.lines) << each.file;
    EXPECT_EQ(result->rejects, each.rejects) << each.file;
    EXPECT_EQ(result->events + result->rejects, result->lines) << each.file;
    EXPECT_EQ(outbox.events.size(), result->events);
    EXPECT_EQ(outbox.rejects.size(), result->rejects);
    EXPECT_EQ(result->added, each.lines);
  }
}

TEST(Replay, AddsNothingTheSecondTime) {
  MemoryOutbox outbox;
  const auto first = replay_file(kData + "irssi.log", {}, outbox);
  const auto second = replay_file(kData + "irssi.log", {}, outbox);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->lines, first->lines);
  EXPECT_EQ(second->events, first->events);
  EXPECT_EQ(second->skipped_lines, first->lines);
  EXPECT_EQ(second->added, 0U);
  EXPECT_EQ(outbox.events.size(), first->events);
}

TEST(Replay, GoesOnWhereItWasKilledWithTheSameEvents) {
  for (const char* file : {"2006-03-05.log", "#mgc.20170207.log", "irssi.log"}) {
    MemoryOutbox whole;
    const auto expected = replay_file(kData + file, {}, whole);
    ASSERT_TRUE(expected);
    MemoryOutbox outbox;
    ReplayOptions options;
    options.batch_lines = 1;
    std::uint64_t runs = 0;
    for (bool killed = true; killed; ++runs) {
      // Dies after one recorded line.
      std::size_t recorded = 0;
      outbox.on_append = [&]() -> std::optional<Error> {
        if (recorded++ == 0) return std::nullopt;
        return Error{Action::stop, "killed"};
      };
      const auto result = replay_file(kData + file, options, outbox);
      killed = !result;
      if (result) {
        EXPECT_EQ(result->lines, expected->lines);
      }
    }
    EXPECT_EQ(runs, expected->lines);
    EXPECT_EQ(outbox.events, whole.events) << file;
  }
}

TEST(Replay, AddsTheNewLinesOfAFileThatHasGrown) {
  const TempDir dir;
  write_file(dir / "2006-03-05.log", posts(1, 3));
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log", {}, outbox));
  append_file(dir / "2006-03-05.log", posts(4, 5));
  const auto grown = replay_file(dir / "2006-03-05.log", {}, outbox);
  ASSERT_TRUE(grown);
  EXPECT_EQ(grown->lines, 5U);
  EXPECT_EQ(grown->added, 2U);
  EXPECT_EQ(contents(outbox),
            (std::vector<std::string>{"post 1", "post 2", "post 3", "post 4", "post 5"}));
  EXPECT_EQ(outbox.view(4).chat_id, 5);
  EXPECT_EQ(outbox.view(4).source->line, 5U);
}

TEST(Replay, NamesTheRestOfALineThatWasRecordedTooEarly) {
  const TempDir dir;
  write_file(dir / "2006-03-05.log", "[10:00] <anna> hel");
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log", {}, outbox));
  append_file(dir / "2006-03-05.log", "lo\n[10:01] <bob> hi\n");
  const auto result = replay_file(dir / "2006-03-05.log", {}, outbox);
  ASSERT_TRUE(result);
  EXPECT_EQ(contents(outbox), (std::vector<std::string>{"hel", "hi"}));
  ASSERT_EQ(outbox.rejects.size(), 1U);
  EXPECT_EQ(outbox.rejects[0].raw, "lo");
  EXPECT_EQ(outbox.rejects[0].line, 1U);
  EXPECT_EQ(result->lines, result->events + result->rejects);
}

TEST(Replay, RecordsAnotherFileOfTheSameNameFromItsStart) {
  const TempDir dir;
  std::vector<std::string> sources;
  ReplayOptions options;
  options.assign_chat_ids = [&](std::string_view source, std::span<ReplayedEvent>) {
    sources.emplace_back(source);
    return Result<void>();
  };
  MemoryOutbox outbox;
  write_file(dir / "2006-03-05.log", posts(1, 3));
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log", options, outbox));
  write_file(dir / "2006-03-05.log", posts(2, 3));
  const auto result = replay_file(dir / "2006-03-05.log", options, outbox);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->lines, 2U);
  EXPECT_EQ(result->skipped_lines, 0U);
  EXPECT_EQ(outbox.events.size(), 5U);
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[1], sources[0] + ".2") << "chat ids of the first file are not taken again";
}

TEST(Replay, LetsTheCallerAssignChatIds) {
  const TempDir dir;
  write_file(dir / "2006-03-05.log", posts(1, 3) + "=== x [x@y]  has joined #mgc\n");
  ReplayOptions options;
  options.batch_lines = 2;
  options.assign_chat_ids = [](std::string_view, std::span<ReplayedEvent> events) {
    for (ReplayedEvent& each : events) {
      if (each.event.kind == schema::EventKind::chat) {
        each.event.chat_id = 100 + static_cast<std::int64_t>(each.line);
      }
    }
    return Result<void>();
  };
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log", options, outbox));
  EXPECT_EQ(outbox.view(0).chat_id, 101);
  EXPECT_EQ(outbox.view(2).chat_id, 103);
  EXPECT_EQ(outbox.view(3).chat_id, 0);
  EXPECT_EQ(outbox.appends, 2U);
}

TEST(Replay, ReadsGzipAndRecordsWhatLiesBeforeADamage) {
  const TempDir dir;
  write_file(dir / "2006-03-05.log.gz", test::gzip(posts(1, 3)));
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log.gz", {}, outbox));
  EXPECT_EQ(outbox.events.size(), 3U);

  const std::string text = posts(1, 30'000);
  const std::string whole = test::gzip(text);
  write_file(dir / "2006-03-06.log.gz", whole.substr(0, whole.size() / 2));
  MemoryOutbox partial;
  const auto broken = replay_file(dir / "2006-03-06.log.gz", {}, partial);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("lines before it are recorded)"), std::string::npos);
  EXPECT_GT(partial.events.size(), 2'000U);
  write_file(dir / "2006-03-06.log.gz", whole);
  const auto repaired = replay_file(dir / "2006-03-06.log.gz", {}, partial);
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(partial.events.size(), 30'000U);
  EXPECT_GT(repaired->skipped_lines, 2'000U);
}

TEST(Replay, RejectsLinesThatAreTooLongOrHoldTooMuch) {
  const TempDir dir;
  const std::string latin(600'000, '\xe9');  // 1.2 MB in UTF-8: more than content may hold
  write_file(dir / "2006-03-05.log", posts(1, 1) + std::string(7'000'000, 'x') +
                                         "\n[10:00] <anna> " + latin + "\n" + posts(2, 2));
  MemoryOutbox outbox;
  ReplayOptions options;
  options.format = LogFormat::ubuntu;
  const auto result = replay_file(dir / "2006-03-05.log", options, outbox);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->events, 2U);
  ASSERT_EQ(outbox.rejects.size(), 2U);
  EXPECT_EQ(outbox.rejects[0].raw.size(), 65'536U);
  EXPECT_NE(outbox.rejects[0].reason.find("7000000"), std::string::npos);
  EXPECT_NE(outbox.rejects[1].reason.find("content has"), std::string::npos)
      << outbox.rejects[1].reason;
  EXPECT_EQ(outbox.view(1).chat_id, 2) << "a reject takes no number";
}

TEST(Replay, WaitsWhileTheOutboxIsFull) {
  MemoryOutbox outbox;
  outbox.on_append = [&]() -> std::optional<Error> {
    if (outbox.appends < 4) return Error{Action::retry, "the outbox is full"};
    return std::nullopt;
  };
  ReplayOptions options;
  options.recorder = {std::chrono::milliseconds{1}, std::chrono::milliseconds{2}};
  const auto result = replay_file(kData + "irssi.log", options, outbox);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->added, 15U);
  EXPECT_EQ(outbox.appends, 4U);
}

TEST(Replay, StopsWhileTheOutboxIsFullAndRecordsNothingOfTheBatch) {
  std::stop_source stop;
  Guarded<bool> refused(false);
  MemoryOutbox outbox;
  outbox.on_append = [&]() -> std::optional<Error> {
    auto flag = refused.lock();
    *flag = true;
    flag.notify_all();
    return Error{Action::retry, "the outbox is full"};
  };
  ReplayOptions options;
  options.recorder = {std::chrono::hours{1}, std::chrono::hours{1}};
  const std::jthread stopper([&] {
    refused.lock().wait([](bool is) { return is; });
    stop.request_stop();
  });
  const auto result = replay_file(kData + "irssi.log", options, outbox, stop.get_token());
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->stopped);
  EXPECT_EQ(result->lines, 0U);
  EXPECT_TRUE(outbox.sources.empty());
}

TEST(Replay, SaysWhatToDoWhenNoDateIsKnown) {
  const TempDir dir;
  write_file(dir / "chat.log", "[10:00] <anna> x\n");
  MemoryOutbox outbox;
  const auto refused = replay_file(dir / "chat.log", {}, outbox);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("pass --date YYYY-MM-DD"), std::string::npos);
  ReplayOptions options;
  options.date = parse_date("2006-03-05");
  options.utc_offset = std::chrono::hours{-5};
  ASSERT_TRUE(replay_file(dir / "chat.log", options, outbox));
  EXPECT_EQ(format_utc(outbox.view(0).occurred_at), "2006-03-05T15:00:00.000000Z");
  EXPECT_EQ(outbox.view(0).room->name, "chat");
}

TEST(Replay, TakesAnEmptyFileAsNoLines) {
  const TempDir dir;
  write_file(dir / "empty.log", "\n\r\n");
  MemoryOutbox outbox;
  const auto result = replay_file(dir / "empty.log", {}, outbox);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->lines, 0U);
  EXPECT_EQ(outbox.appends, 0U);
}

TEST(Replay, RefusesADirectoryAndAMissingFileWithOneLine) {
  const TempDir dir;
  MemoryOutbox outbox;
  const auto folder = replay_file(dir.path(), {}, outbox);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("is a directory"), std::string::npos);
  const auto none = replay_file(dir / "none", {}, outbox);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("cannot be opened"), std::string::npos);
}

TEST(Replay, RefusesProgressThatItCannotRead) {
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(kData + "irssi.log", {}, outbox));
  outbox.sources.begin()->second.state = "of another version";
  const auto result = replay_file(kData + "irssi.log", {}, outbox);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("another version"), std::string::npos);
}

TEST(Replay, NamesRoomsByContentThenPath) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "#znc");
  write_file(dir / "#znc" / "2012-01-01.log", "[10:00:00] <a> x\n[10:00:01] *** Joins: b (b@c)\n");
  write_file(dir / "2006-03-05.log", "[10:00] <a> x\n=== a waves\n");
  write_file(dir / "#file.20060305.log", "[10:00] <a> x\n[10:01] * b (b@c) has joined #Content\n");
  for (const auto& [file, room] : {std::pair{dir / "#znc" / "2012-01-01.log", "#znc"},
                                   std::pair{dir / "2006-03-05.log", "#ubuntu"},
                                   std::pair{dir / "#file.20060305.log", "#content"}}) {
    MemoryOutbox outbox;
    ASSERT_TRUE(replay_file(file, {}, outbox));
    EXPECT_EQ(outbox.view(0).room->name, room);
  }
}

TEST(Replay, TellsItsProgress) {
  const TempDir dir;
  write_file(dir / "2006-03-05.log", posts(1, 10));
  std::vector<ReplayProgress> seen;
  ReplayOptions options;
  options.batch_lines = 4;
  options.on_progress = [&](const ReplayProgress& progress) { seen.push_back(progress); };
  MemoryOutbox outbox;
  ASSERT_TRUE(replay_file(dir / "2006-03-05.log", options, outbox));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].lines, 4U);
  EXPECT_EQ(seen[2].lines, 10U);
  EXPECT_EQ(seen[2].bytes, seen[2].bytes_total);
}

#ifdef MGC_FAILPOINTS
TEST(Replay, RecordsNothingTwiceWhenItDiesRightAfterAnAppend) {
  MemoryOutbox outbox;
  ReplayOptions options;
  options.batch_lines = 4;
  arm_failpoints("replay.after_append=error@2");
  EXPECT_FALSE(replay_file(kData + "irssi.log", options, outbox));
  arm_failpoints("");
  const auto result = replay_file(kData + "irssi.log", options, outbox);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->skipped_lines, 8U);
  EXPECT_EQ(outbox.events.size(), 15U);
}
#endif

}  // namespace
}  // namespace mgc::producer
