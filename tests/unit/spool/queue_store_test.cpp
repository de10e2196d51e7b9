#include "spool/queue_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "core/failpoint.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/spool/child.hpp"
#include "tests/unit/spool/faulty_disk.hpp"

namespace mgc::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kNoLimit = 1U << 30U;

class QueueStoreTest : public ::testing::Test {
 protected:
  void TearDown() override { arm_failpoints(""); }

  std::unique_ptr<QueueStore> open(std::uint64_t disk_reserve_bytes = 1) {
    auto store = QueueStore::open(file_, clock_, disk_reserve_bytes);
    if (!store) {
      ADD_FAILURE() << store.error().message;
      return nullptr;
    }
    return std::move(*store);
  }
  static QueueChange appends(std::vector<QueueChange::Append> list) {
    QueueChange change;
    change.appends = std::move(list);
    return change;
  }
  static std::vector<std::string> bodies(QueueStore& store, const std::string& address,
                                         std::int64_t after = 0) {
    std::vector<std::string> all;
    const auto messages = store.read(address, after, 1000, kNoLimit);
    for (const auto& message : *messages) all.push_back(message.encoded);
    return all;
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::filesystem::path file_ = dir_ / "queue.db";
};

TEST_F(QueueStoreTest, GivesPositionsInOrderOfArrivalOverAllAddresses) {
  auto store = open();
  EXPECT_THAT(*store->apply(appends({{"a", "1"}, {"b", "2"}, {"a", "3"}})), ElementsAre(1, 2, 3));
  EXPECT_THAT(*store->apply(appends({{"b", "4"}})), ElementsAre(4));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre("1", "3"));
  EXPECT_THAT(bodies(*store, "b"), ElementsAre("2", "4"));
  EXPECT_THAT(bodies(*store, "b", 2), ElementsAre("4"));
  EXPECT_THAT(bodies(*store, "no such address"), IsEmpty());
}

TEST_F(QueueStoreTest, KeepsBytesOfAnyKind) {
  auto store = open();
  const Bytes any("\0\xff' -- \n\0", 9);
  ASSERT_TRUE(store->apply(appends({{"a", any}, {"a", ""}})));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre(any, ""));
}

TEST_F(QueueStoreTest, ReadsAtMostTheGivenMessagesAndBytesButAlwaysOne) {
  auto store = open();
  ASSERT_TRUE(store->apply(appends({{"a", "12345"}, {"a", "12345"}, {"a", "12345"}})));
  EXPECT_EQ(store->read("a", 0, 2, kNoLimit)->size(), 2U);
  EXPECT_EQ(store->read("a", 0, 10, 10)->size(), 2U);
  EXPECT_EQ(store->read("a", 0, 10, 1)->size(), 1U);
}

TEST_F(QueueStoreTest, CountsReturnsAndForgetsThemWhenAMessageMoves) {
  auto store = open();
  ASSERT_TRUE(store->apply(appends({{"a", "1"}, {"a", "2"}})));
  QueueChange change;
  change.returned = {1, 1, 2};
  ASSERT_TRUE(store->apply(change));
  auto messages = store->read("a", 0, 10, kNoLimit);
  EXPECT_EQ((*messages)[0].deliveries, 2U);
  EXPECT_EQ((*messages)[1].deliveries, 1U);

  change = {};
  change.moves = {{1, "dead"}};
  ASSERT_TRUE(store->apply(change));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre("2"));
  auto dead = store->read("dead", 0, 10, kNoLimit);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ((*dead)[0].encoded, "1");
  EXPECT_EQ((*dead)[0].position, 3);
  EXPECT_EQ((*dead)[0].deliveries, 0U);
}

TEST_F(QueueStoreTest, PassesOverPositionsThatAreGone) {
  auto store = open();
  ASSERT_TRUE(store->apply(appends({{"a", "1"}})));
  QueueChange change;
  change.returned = {7};
  change.moves = {{8, "b"}};
  change.removals = {1, 1, 9};
  ASSERT_TRUE(store->apply(change));
  ASSERT_TRUE(store->apply(change));
  EXPECT_THAT(store->stats(), IsEmpty());
}

TEST_F(QueueStoreTest, KeepsEverythingAcrossARestart) {
  {
    auto store = open();
    ASSERT_TRUE(store->apply(appends({{"a", "one"}, {"a", "two"}, {"b", "three"}})));
    QueueChange change;
    change.returned = {2};
    change.removals = {1};
    ASSERT_TRUE(store->apply(change));
  }
  auto store = open();
  auto messages = store->read("a", 0, 10, kNoLimit);
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ((*messages)[0].position, 2);
  EXPECT_EQ((*messages)[0].encoded, "two");
  EXPECT_EQ((*messages)[0].deliveries, 1U);
  EXPECT_EQ(store->stats("a").messages, 1U);
  EXPECT_EQ(store->stats("a").bytes, 3U);
  EXPECT_EQ(store->stats("b").bytes, 5U);
}

TEST_F(QueueStoreTest, NeverUsesAPositionAgain) {
  {
    auto store = open();
    ASSERT_TRUE(store->apply(appends({{"a", "1"}, {"a", "2"}})));
    QueueChange change;
    change.removals = {1, 2};
    ASSERT_TRUE(store->apply(change));
  }
  EXPECT_THAT(*open()->apply(appends({{"a", "3"}})), ElementsAre(3));
}

TEST_F(QueueStoreTest, CountsAddressesAndTheirOldestMessage) {
  auto store = open();
  EXPECT_EQ(store->stats("a").messages, 0U);
  EXPECT_FALSE(store->stats("a").oldest_at);
  const auto start = clock_.utc_now();
  ASSERT_TRUE(store->apply(appends({{"a", "12"}, {"a", "345"}})));
  clock_.advance(std::chrono::seconds{5});
  ASSERT_TRUE(store->apply(appends({{"a", "6"}, {"b", "7"}})));
  EXPECT_EQ(store->stats("a").messages, 3U);
  EXPECT_EQ(store->stats("a").bytes, 6U);
  EXPECT_EQ(store->stats("a").oldest_at, start);

  QueueChange change;
  change.removals = {1, 2, 4};
  ASSERT_TRUE(store->apply(change));
  const auto all = store->stats();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].address, "a");
  EXPECT_EQ(all[0].messages, 1U);
  EXPECT_EQ(all[0].oldest_at, start + std::chrono::seconds{5});
}

TEST_F(QueueStoreTest, WaitsForTheDiskOncePerChange) {
  test::FaultyDisk disk;
  auto store = open();
  ASSERT_TRUE(store->apply(appends({{"a", "1"}})));
  const int before = disk.syncs();
  ASSERT_TRUE(store->apply(appends({{"a", "1"}, {"a", "2"}, {"b", "3"}})));
  EXPECT_EQ(disk.syncs(), before + 1);
}

TEST_F(QueueStoreTest, AFullDiskChangesNothingAndIsOverWhenThereIsRoom) {
  test::FaultyDisk disk;
  auto store = open();
  ASSERT_TRUE(store->apply(appends({{"a", "1"}})));
  disk.set_full(true);
  const auto refused = store->apply(appends({{"a", "2"}, {"new", "3"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry);
  EXPECT_THAT(refused.error().message, HasSubstr("free space"));
  disk.set_full(false);
  EXPECT_EQ(store->stats("a").messages, 1U);
  EXPECT_THAT(*store->apply(appends({{"new", "3"}, {"a", "2"}})), ElementsAre(2, 3));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre("1", "2"));
  EXPECT_THAT(bodies(*store, "new"), ElementsAre("3"));
}

TEST_F(QueueStoreTest, CanBeEmptiedWhenTheDiskIsFullUpToItsReserve) {
  ASSERT_TRUE(open()->apply(appends({{"a", "1"}, {"a", "2"}, {"a", "3"}})));
  auto store = open(~std::uint64_t{0});
  QueueChange change = appends({{"a", "4"}});
  change.removals = {1};
  const auto refused = store->apply(change);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry);
  EXPECT_THAT(refused.error().message, HasSubstr("free space on it"));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre("1", "2", "3"));

  change = {};
  change.returned = {2};
  change.moves = {{3, "dead"}};
  change.removals = {1};
  ASSERT_TRUE(store->apply(change));
  EXPECT_THAT(bodies(*store, "a"), ElementsAre("2"));
  EXPECT_THAT(bodies(*store, "dead"), ElementsAre("3"));
}

TEST_F(QueueStoreTest, NothingIsWrittenAnyMoreAfterAFailedFsync) {
  test::FaultyDisk disk;
  auto store = open();
  disk.set_sync_fails(true);
  EXPECT_EQ(store->apply(appends({{"a", "1"}})).error().action, Action::stop);
  disk.set_sync_fails(false);
  EXPECT_EQ(store->apply(appends({{"a", "1"}})).error().action, Action::stop);
}

TEST_F(QueueStoreTest, AnErrorBeforeTheCommitLeavesNothing) {
  auto store = open();
  arm_failpoints("queue.before_commit=error@1");
  EXPECT_EQ(store->apply(appends({{"a", "1"}})).error().action, Action::retry);
  EXPECT_THAT(store->stats(), IsEmpty());
  EXPECT_THAT(*store->apply(appends({{"a", "1"}})), ElementsAre(1));
}

TEST_F(QueueStoreTest, ACrashLosesNothingThatWasPromised) {
  for (const auto* const point : {"queue.before_commit", "queue.after_commit"}) {
    std::filesystem::remove(file_);
    EXPECT_EQ(test::run_in_child([&] {
                auto store = open();
                if (!store->apply(appends({{"a", "promised"}}))) ::_exit(1);
                arm_failpoints(std::string(point) + "=crash@1");
                static_cast<void>(store->apply(appends({{"a", "in doubt"}})));
              }),
              "signal 9");
    const auto found = bodies(*open(), "a");
    ASSERT_FALSE(found.empty()) << point;
    EXPECT_EQ(found[0], "promised");
    EXPECT_EQ(found.size(), std::string(point) == "queue.after_commit" ? 2U : 1U);
  }
}

TEST_F(QueueStoreTest, ManyThreadsAppendWithoutALostOrDoublePosition) {
  auto store = open();
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  std::vector<std::vector<std::int64_t>> got(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : got) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) mine.push_back(store->apply(appends({{"a", "x"}}))->at(0));
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& mine : got) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 100U);
  EXPECT_EQ(all.front(), 1);
  EXPECT_EQ(all.back(), 100);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(store->stats("a").messages, 100U);
}

TEST_F(QueueStoreTest, RefusesASecondOwner) {
  auto store = open();
  const auto second = QueueStore::open(file_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().action, Action::stop);
  EXPECT_THAT(second.error().message, HasSubstr("in use by process "));
}

}  // namespace
}  // namespace mgc::spool
