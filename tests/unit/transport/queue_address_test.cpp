#include "transport/queue_address.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::transport {
namespace {

class QueueAddressTest : public testing::Test {
 protected:
  /// Appends `count` messages to the store, and tells `address` of it when `told`.
  void append(int count, bool keep, bool told = true) {
    spool::QueueChange change;
    for (int i = 0; i < count; ++i) change.appends.push_back({"a", "body"});
    const auto positions = store_->apply(change);
    ASSERT_TRUE(positions);
    for (const auto position : *positions)
      if (told) address_.appended(position, "body", keep);
  }
  /// Positions that are handed out next, until there is none.
  std::vector<std::int64_t> take_all() {
    std::vector<std::int64_t> positions;
    while (true) {
      auto next = address_.take(*store_);
      if (!next || !*next) return positions;
      positions.push_back((*next)->position);
    }
  }
  void give_back(const std::vector<std::int64_t>& positions) {
    spool::QueueChange change;
    change.returned = positions;
    ASSERT_TRUE(store_->apply(change));
    for (const auto position : positions) address_.returned(position);
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::unique_ptr<spool::QueueStore> store_ = *spool::QueueStore::open(dir_ / "queue.db", clock_);
  QueueAddress address_{"a", AddressQuota{10, 1'000}};
};

using Positions = std::vector<std::int64_t>;

TEST_F(QueueAddressTest, HandsOutInOrderWhetherKeptOrReadBack) {
  append(2, true);
  append(2, false);
  append(2, true);
  EXPECT_EQ(take_all(), (Positions{1, 2, 3, 4, 5, 6}));
  append(1, true);
  EXPECT_EQ(take_all(), (Positions{7}));
}

TEST_F(QueueAddressTest, HandsOutWhatAReadFoundBeforeItWasToldOnlyOnce) {
  append(1, false);
  append(1, true, false);
  EXPECT_EQ(take_all(), (Positions{1, 2}));
  address_.appended(2, "body", true);
  EXPECT_EQ(take_all(), (Positions{}));
}

TEST_F(QueueAddressTest, HandsOutWhatCameBackFirstAndInItsOldOrder) {
  append(6, true);
  EXPECT_EQ(take_all().size(), 6U);
  append(1, true);
  give_back({4, 2});
  EXPECT_EQ(take_all(), (Positions{2, 4, 7}));
}

TEST_F(QueueAddressTest, CountsTheReturnsOfAMessage) {
  append(1, true);
  EXPECT_EQ((*address_.take(*store_))->deliveries, 0U);
  give_back({1});
  EXPECT_EQ((*address_.take(*store_))->deliveries, 1U);
}

TEST_F(QueueAddressTest, RestoresWhatTheStoreHeld) {
  append(3, false, false);
  QueueAddress again("a", AddressQuota{10, 1'000});
  again.restore(3, 12);
  EXPECT_EQ(again.messages(), 3U);
  EXPECT_EQ((*again.take(*store_))->position, 1);
}

TEST_F(QueueAddressTest, HasRoomUpToItsQuota) {
  EXPECT_EQ(address_.room(0), 10U);
  append(4, true);
  EXPECT_EQ(address_.room(0), 6U);
  EXPECT_EQ(address_.room(5), 1U);
  EXPECT_EQ(address_.room(7), 0U);
  take_all();
  EXPECT_EQ(address_.removed(1), 4U);
  EXPECT_EQ(address_.removed(1), 0U);
  EXPECT_EQ(address_.room(0), 7U);
}

TEST_F(QueueAddressTest, HasNoRoomAtItsQuotaOfBytes) {
  address_.restore(1, 1'000);
  EXPECT_EQ(address_.room(0), 0U);
}

TEST_F(QueueAddressTest, FindsWhatWasMovedHere) {
  spool::QueueChange change;
  change.appends.push_back({"b", "body"});
  ASSERT_TRUE(store_->apply(change));
  change = {};
  change.moves.push_back({1, "a"});
  ASSERT_TRUE(store_->apply(change));
  address_.moved_in(4);
  EXPECT_EQ(address_.messages(), 1U);
  EXPECT_EQ(take_all(), (Positions{2}));
}

TEST_F(QueueAddressTest, HasRoomAgainWhenADamagedStoreCountedTooFew) {
  append(2, true, false);
  address_.restore(1, 4);
  const auto taken = take_all();
  ASSERT_EQ(taken, (Positions{1, 2}));
  for (const auto position : taken) address_.removed(position);
  EXPECT_EQ(address_.messages(), 0U);
  EXPECT_EQ(address_.room(0), 10U);
}

}  // namespace
}  // namespace mgc::transport
