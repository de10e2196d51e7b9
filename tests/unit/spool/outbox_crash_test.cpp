#include <signal.h>

#include <thread>

#include "tests/unit/spool/child.hpp"
#include "tests/unit/spool/faulty_disk.hpp"
#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutboxCrashTest : public OutboxTest {};

TEST_F(OutboxCrashTest, WhatWasRecordedIsThereAfterAKill) {
  int promised[2];
  ASSERT_EQ(::pipe(promised), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto outbox = open();
    for (;;) {
      const auto done = append(*outbox, numbered(3));
      if (!done || ::write(promised[1], &done->last_sequence, sizeof done->last_sequence) < 0) {
        ::_exit(1);
      }
    }
  }
  ::close(promised[1]);
  std::uint64_t last = 0;
  while (last < 60) {
    ASSERT_EQ(::read(promised[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  std::uint64_t later = 0;
  while (::read(promised[0], &later, sizeof later) > 0) last = later;
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(promised[0]);

  auto outbox = open();
  const std::uint64_t recorded = outbox->last().sequence;
  EXPECT_GE(recorded, last);
  EXPECT_EQ(checked_events(*outbox).size(), recorded);
  EXPECT_EQ(append(*outbox, {"x"})->first_sequence, recorded + 1);
}

TEST_F(OutboxCrashTest, ACrashAtAnyPointOfAnAppendLosesNothingThatWasPromised) {
  for (const std::string point : {"outbox.before_commit", "outbox.after_commit"}) {
    std::filesystem::remove(options_.file);
    EXPECT_EQ(test::run_in_child([&] {
                auto outbox = open();
                if (!append(*outbox, {"promised"})) ::_exit(1);
                arm_failpoints(point + "=crash@1");
                const SourceProgress progress{.path = "log", .bytes = 1};
                static_cast<void>(outbox->append(
                    {.events = std::vector<Bytes>{"in doubt"}, .progress = &progress}));
              }),
              "signal 9");
    auto outbox = open();
    const auto events = checked_events(*outbox);
    ASSERT_FALSE(events.empty()) << point;
    EXPECT_EQ(events[0], "promised");
    EXPECT_EQ(events.size(), point == "outbox.after_commit" ? 2U : 1U);
    EXPECT_EQ((*outbox->progress("log")).has_value(), events.size() == 2U)
        << "the progress of a file and its events are one";
  }
}

TEST_F(OutboxCrashTest, ACrashWhileABacklogIsPurgedKeepsTheRest) {
  options_.pack_events_max = 1;
  open().reset();
  const std::uint64_t epoch = open()->last().epoch;
  // The second part of the purge is never committed.
  EXPECT_EQ(test::run_in_child([&] {
              auto outbox = open();
              if (!append(*outbox, numbered(4500))) ::_exit(1);
              arm_failpoints("outbox.before_purge=crash@2");
              static_cast<void>(outbox->take_receipt({epoch, 4499}));
            }),
            "signal 9");
  auto outbox = open();
  const auto receipted = outbox->receipted_through().sequence;
  EXPECT_EQ(receipted, 4499U);
  const std::uint64_t first = packs(*outbox).front().first.sequence;
  EXPECT_GT(first, 1U) << "the first part was purged";
  EXPECT_LT(first, 4499U);
  EXPECT_EQ(outbox->status()->waiting_packs, 1U);
  EXPECT_EQ(outbox->status()->kept_packs, 4500 - first);
  EXPECT_EQ(take_receipt(*outbox, {epoch, 4499}), 4500 - first);
  EXPECT_THAT(packs(*outbox).size(), 1U);
}

TEST_F(OutboxCrashTest, AnErrorBeforeTheCommitLeavesNeitherEventsNorProgressNorRejects) {
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"a"}));
  arm_failpoints("outbox.before_commit=error@1");
  const SourceProgress progress{.path = "log", .bytes = 1};
  const std::vector<RejectedLine> rejects = {{"log", 1, "why", "raw"}};
  const std::vector<Bytes> events = {"b"};
  const Append request{.events = events, .progress = &progress, .rejects = rejects};
  EXPECT_EQ(outbox->append(request).error().action, Action::retry);
  EXPECT_EQ(outbox->last().sequence, 1U);
  EXPECT_FALSE(*outbox->progress("log"));
  EXPECT_THAT(*outbox->rejected_lines(10), IsEmpty());
  EXPECT_EQ(outbox->status()->rejected_lines, 0U);

  EXPECT_EQ(outbox->append(request)->first_sequence, 2U) << "no sequence was used up";
  EXPECT_THAT(checked_events(*outbox), ElementsAre("a", "b"));
}

TEST_F(OutboxCrashTest, APackIsHandedOutOnlyWhenItCountsAsRecorded) {
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"a"}));
  arm_failpoints("outbox.after_commit=error@1");
  EXPECT_EQ(append(*outbox, {"b"}).error().action, Action::stop);
  // It is in the file by now. A receipt for it would be beyond last(): the mark of a wrong outbox.
  EXPECT_EQ(outbox->last().sequence, 1U);
  EXPECT_THAT(checked_events(*outbox), ElementsAre("a"));
  arm_failpoints("");
  outbox.reset();
  outbox = open();
  EXPECT_EQ(outbox->last().sequence, 2U);
  EXPECT_THAT(checked_events(*outbox), ElementsAre("a", "b"));
}

TEST_F(OutboxCrashTest, AnErrorBeforeAPurgeKeepsThePacks) {
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"a"}));
  arm_failpoints("outbox.before_purge=error@1");
  EXPECT_EQ(outbox->take_receipt(outbox->last()).error().action, Action::retry);
  EXPECT_EQ(packs(*outbox).size(), 1U);
  EXPECT_EQ(take_receipt(*outbox, outbox->last()), 1U);
}

TEST_F(OutboxCrashTest, AFullDiskRecordsNothingAndIsOverWhenThereIsRoom) {
  test::FaultyDisk disk;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, {"a"}));
  disk.set_full(true);
  const auto refused = append(*outbox, {"b"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry);
  EXPECT_THAT(refused.error().message, HasSubstr("free space"));
  EXPECT_EQ(outbox->last().sequence, 1U);
  EXPECT_EQ(outbox->take_receipt(outbox->last()).error().action, Action::retry);
  disk.set_full(false);
  EXPECT_EQ(append(*outbox, {"b"})->first_sequence, 2U);
  EXPECT_THAT(checked_events(*outbox), ElementsAre("a", "b"));
  EXPECT_EQ(take_receipt(*outbox, outbox->last()), 2U);
}

TEST_F(OutboxCrashTest, AFullDiskAtTheStartIsForTheOperator) {
  test::FaultyDisk disk;
  disk.set_full(true);
  EXPECT_THAT(open_error().message, HasSubstr("free space"));
  disk.set_full(false);
  EXPECT_EQ(append(*open(), {"a"})->first_sequence, 1U);
}

TEST_F(OutboxCrashTest, NothingIsRecordedAnyMoreAfterAFailedFsync) {
  test::FaultyDisk disk;
  {
    auto outbox = open();
    ASSERT_TRUE(append(*outbox, {"a"}));
    disk.set_sync_fails(true);
    const auto failed = append(*outbox, {"b"});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().action, Action::stop);
    disk.set_sync_fails(false);
    EXPECT_EQ(append(*outbox, {"b"}).error().action, Action::stop);
    EXPECT_EQ(outbox->take_receipt(outbox->last()).error().action, Action::stop);
    EXPECT_EQ(outbox->last().sequence, 1U);
    EXPECT_EQ(packs(*outbox).size(), 1U) << "what was recorded can still be sent";
  }
  auto outbox = open();
  EXPECT_GE(checked_events(*outbox).size(), 1U);
  EXPECT_TRUE(append(*outbox, {"c"}));
}

TEST_F(OutboxCrashTest, AFailedFsyncFailsTheWholeGroup) {
  test::FaultyDisk disk;
  auto outbox = open();
  disk.set_sync_fails(true);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] { EXPECT_EQ(append(*outbox, {"x"}).error().action, Action::stop); });
  }
  threads.clear();
  EXPECT_EQ(outbox->last().sequence, 0U);
}

}  // namespace
}  // namespace mgc::spool
