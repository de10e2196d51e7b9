#include "spool/outbox.hpp"

#include <atomic>
#include <set>
#include <thread>

#include "schema/limits.hpp"
#include "spool/sqlite.hpp"
#include "tests/unit/spool/faulty_disk.hpp"
#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(OutboxTest, GivesConsecutiveSequencesOverAppendsAndRestarts) {
  std::uint64_t epoch = 0;
  {
    auto outbox = open();
    EXPECT_EQ(outbox->last().sequence, 0U);
    const auto first = append(*outbox, {"a", "b"});
    EXPECT_EQ(first->first_sequence, 1U);
    EXPECT_EQ(first->last_sequence, 2U);
    epoch = first->epoch;
    EXPECT_EQ(append(*outbox, {"c"})->first_sequence, 3U);
  }
  auto outbox = open();
  EXPECT_EQ(outbox->last(), (Position{epoch, 3}));
  const auto next = append(*outbox, {"d", "e"});
  EXPECT_EQ(next->epoch, epoch);
  EXPECT_EQ(next->first_sequence, 4U);
  EXPECT_EQ(next->last_sequence, 5U);
  EXPECT_THAT(checked_events(*outbox), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(OutboxTest, ANewFileGetsALaterEpoch) {
  const auto millis = static_cast<std::uint64_t>(to_micros(clock_.utc_now()) / 1000);
  const auto first = open()->last().epoch;
  EXPECT_EQ(first >> 21U, millis);
  clock_.advance(std::chrono::milliseconds{1});
  std::filesystem::remove(options_.file);
  EXPECT_GT(open()->last().epoch, first);
}

TEST_F(OutboxTest, FilesMadeAtTheSameInstantDiffer) {
  std::set<std::uint64_t> epochs;
  for (int i = 0; i < 4; ++i) {
    epochs.insert(open()->last().epoch);
    std::filesystem::remove(options_.file);
  }
  EXPECT_GT(epochs.size(), 1U);
}

TEST_F(OutboxTest, AFullPackIsClosedAndAnOversizeEventGoesAlone) {
  options_.pack_events_max = 3;
  options_.pack_bytes_max = 10;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"1", "2", "3", "4", std::string(50, 'x'), "5", "6"}));
  std::vector<std::uint64_t> ends;
  for (const auto& pack : packs(*outbox)) ends.push_back(pack.last_sequence);
  EXPECT_THAT(ends, ElementsAre(3, 4, 5, 7));
  EXPECT_EQ(checked_events(*outbox).size(), 7U);
}

TEST_F(OutboxTest, ThreadsShareTransactionsAndEverySequenceIsGivenOnce) {
  constexpr int kThreads = 8;
  constexpr int kEach = 60;
  auto outbox = open();
  std::vector<std::vector<std::pair<std::uint64_t, std::string>>> got(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string name = std::to_string(t) + "/" + std::to_string(i);
          const auto done = append(*outbox, {name, name + "+"});
          got[static_cast<std::size_t>(t)].emplace_back(done->first_sequence, name);
        }
      });
    }
  }
  const auto events = checked_events(*outbox);
  ASSERT_EQ(events.size(), 2U * kThreads * kEach);
  std::set<std::uint64_t> sequences;
  for (const auto& mine : got) {
    for (const auto& [first, name] : mine) {
      EXPECT_EQ(events.at(first - 1), name);
      EXPECT_EQ(events.at(first), name + "+");
      sequences.insert(first);
    }
  }
  EXPECT_EQ(sequences.size(), std::size_t{kThreads} * kEach);
  EXPECT_EQ(outbox->last().sequence, events.size());
}

TEST_F(OutboxTest, WhoComesWhileAnotherCommitsIsWrittenTogetherWithOthers) {
  test::FaultyDisk disk;
  auto outbox = open();
  const int before = disk.syncs();
  disk.set_sync_held(true);
  std::atomic<int> begun = 0;
  {
    std::vector<std::jthread> threads;
    const auto append_one = [&] {
      ++begun;
      EXPECT_TRUE(append(*outbox, {"x"}));
    };
    threads.emplace_back(append_one);
    while (disk.syncs() == before) std::this_thread::yield();
    for (int t = 1; t < 16; ++t) threads.emplace_back(append_one);
    while (begun < 16) std::this_thread::yield();
    disk.set_sync_held(false);
  }
  EXPECT_LT(disk.syncs() - before, 16) << "each append was written by itself";
  EXPECT_LT(packs(*outbox).size(), 16U);
  EXPECT_EQ(checked_events(*outbox).size(), 16U);
}

TEST_F(OutboxTest, ReadingAndAskingDoNotWaitForTheDisk) {
  test::FaultyDisk disk;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"a"}));
  const int before = disk.syncs();
  disk.set_sync_held(true);
  std::jthread writer([&] { EXPECT_TRUE(append(*outbox, {"b"})); });
  while (disk.syncs() == before) std::this_thread::yield();
  // Would never come back here if one of them waited for the append that stands still.
  EXPECT_EQ(packs(*outbox).size(), 1U);
  EXPECT_EQ(outbox->last().sequence, 1U);
  EXPECT_TRUE(outbox->mark_accepted(outbox->last()));
  EXPECT_EQ(outbox->status()->recorded, 1U);
  EXPECT_FALSE(*outbox->progress("file"));
  disk.set_sync_held(false);
}

TEST_F(OutboxTest, AnAppendIsOnTheDiskBeforeItReturns) {
  test::FaultyDisk disk;
  auto outbox = open();
  for (int i = 0; i < 3; ++i) {
    const int before = disk.syncs();
    ASSERT_TRUE(append(*outbox, numbered(500)));
    EXPECT_GE(disk.syncs(), before + 1);
  }
}

TEST_F(OutboxTest, AnEventThatIsTooLargeFailsItsAppendAlone) {
  auto outbox = open();
  std::jthread other([&] {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(append(*outbox, {"good"}));
  });
  for (int i = 0; i < 20; ++i) {
    const auto refused = append(*outbox, {"x", Bytes(schema::kEventBytesMax + 1, 'x')});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().action, Action::reject);
  }
  other.join();
  EXPECT_EQ(outbox->last().sequence, 20U);
}

TEST_F(OutboxTest, ReadsInOrderAndWithinItsLimits) {
  options_.pack_events_max = 1;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, numbered(5)));
  const auto epoch = outbox->last().epoch;
  const auto all = packs(*outbox);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(outbox->read({epoch, 2}, 2, kNoLimit)->front().first, (Position{epoch, 3}));
  EXPECT_EQ(outbox->read({epoch, 2}, 2, kNoLimit)->size(), 2U);
  EXPECT_EQ(outbox->read({}, 10, 1)->size(), 1U) << "the first comes whatever its size";
  EXPECT_EQ(outbox->read({}, 10, all[0].body.size() + all[1].body.size())->size(), 2U);
  EXPECT_EQ(outbox->read({epoch - 1, 4}, 10, kNoLimit)->size(), 5U);
  EXPECT_THAT(*outbox->read({epoch, 5}, 10, kNoLimit), IsEmpty());
  EXPECT_THAT(*outbox->read({epoch + 1, 0}, 10, kNoLimit), IsEmpty());
}

TEST_F(OutboxTest, KeepsProgressAndRejectedLinesWithTheEvents) {
  const SourceProgress progress{"/logs/a.txt", 100, 3, 4, 2, 1, Bytes(32, '\x01'), Bytes("\0s", 2)};
  const std::vector<RejectedLine> rejects = {{"/logs/a.txt", 2, "no time", Bytes("\xff\0", 2)}};
  {
    auto outbox = open();
    EXPECT_FALSE(*outbox->progress("/logs/a.txt"));
    ASSERT_TRUE(outbox->append({.events = numbered(2), .progress = &progress, .rejects = rejects}));
  }
  auto outbox = open();
  const auto found = *outbox->progress("/logs/a.txt");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, 100U);
  EXPECT_EQ(found->lines, 3U);
  EXPECT_EQ(found->line_number, 4U);
  EXPECT_EQ(found->events, 2U);
  EXPECT_EQ(found->rejects, 1U);
  EXPECT_EQ(found->sha256, progress.sha256);
  EXPECT_EQ(found->state, progress.state);
  EXPECT_FALSE(*outbox->progress("/logs/b.txt"));
  const auto lines = *outbox->rejected_lines(10);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].line, 2U);
  EXPECT_EQ(lines[0].reason, "no time");
  EXPECT_EQ(lines[0].raw, rejects[0].raw);
  EXPECT_THAT(*outbox->rejected_lines(0), IsEmpty());
  EXPECT_EQ(outbox->status()->rejected_lines, 1U);
}

TEST_F(OutboxTest, AnAppendWithoutEventsTakesNoSequence) {
  auto outbox = open();
  SourceProgress progress{.path = "/logs/a.txt", .bytes = 1};
  const auto done = outbox->append({.events = {}, .progress = &progress});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->first_sequence, 0U);
  progress.bytes = 2;
  ASSERT_TRUE(outbox->append({.events = {}, .progress = &progress}));
  EXPECT_EQ((*outbox->progress("/logs/a.txt"))->bytes, 2U);
  EXPECT_EQ(append(*outbox, {"x"})->first_sequence, 1U);
}

TEST_F(OutboxTest, ItsStatusCanBeReadWhileItIsOpen) {
  auto outbox = open();
  const auto appended_at = clock_.utc_now();
  ASSERT_TRUE(append(*outbox, numbered(3)));
  clock_.advance(std::chrono::seconds{9});
  ASSERT_TRUE(append(*outbox, numbered(2)));
  for (const auto& status : {*read_outbox_status(options_.file), *outbox->status()}) {
    EXPECT_EQ(status.node, "node-1");
    EXPECT_EQ(status.epoch, outbox->last().epoch);
    EXPECT_EQ(status.recorded, 5U);
    EXPECT_EQ(status.waiting_packs, 2U);
    EXPECT_EQ(status.waiting_bytes, packs(*outbox)[0].body.size() + packs(*outbox)[1].body.size());
    EXPECT_EQ(status.oldest_waiting_at, appended_at);
  }
  ASSERT_TRUE(append(*outbox, {"still mine"}));
}

TEST_F(OutboxTest, StatusNeedsAnOutbox) {
  const auto missing = read_outbox_status(dir_ / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().action, Action::stop);
  EXPECT_THAT(missing.error().message, HasSubstr("name a file that exists"));
  open().reset();
  EXPECT_TRUE(read_outbox_status(options_.file));
}

TEST_F(OutboxTest, RefusesASecondOwner) {
  auto outbox = open();
  EXPECT_THAT(open_error().message, AllOf(HasSubstr("node-1.outbox"), HasSubstr("process ")));
  ASSERT_TRUE(append(*outbox, {"still mine"}));
}

TEST_F(OutboxTest, RefusesTheOutboxOfAnotherNode) {
  open().reset();
  options_.node = "node-2";
  EXPECT_THAT(open_error().message, HasSubstr("outbox of node node-1, not of node-2"));
}

TEST_F(OutboxTest, RefusesAnotherKindOfFileAndAMissingDirectory) {
  options_.file = dir_ / "queue.db";
  ASSERT_TRUE(
      Database::open(options_.file, {"x", 1, 1})->create_tables("CREATE TABLE t(x)", {"x", 1, 1}));
  EXPECT_THAT(open_error().message, HasSubstr("not an outbox"));
  options_.file = dir_ / "missing" / "n.outbox";
  EXPECT_THAT(open_error().message, HasSubstr("does not exist; make it"));
}

TEST_F(OutboxTest, RefusesOptionsThatCannotWork) {
  const OutboxOptions good = options_;
  options_.node = "no spaces";
  EXPECT_THAT(open_error().message, HasSubstr("not a node id"));
  options_.node = "mgc-import.lync-xml";
  EXPECT_THAT(open_error().message, HasSubstr("for what mgc audit import records"));
  options_ = good;
  options_.pack_events_max = schema::kPackEventsMax + 1;
  EXPECT_THAT(open_error().message, HasSubstr("choose 1 to"));
  options_ = good;
  options_.pack_bytes_max = schema::kPackBytesMax;
  EXPECT_THAT(open_error().message, HasSubstr("choose 1 to"));
  options_ = good;
  options_.quota_bytes = 0;
  EXPECT_THAT(open_error().message, HasSubstr("quota of 0"));
}

}  // namespace
}  // namespace mgc::spool
