#include "db/lease.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using Lease = StoreTest;  // its store holds the lease as "first"

TEST_F(Lease, ASecondHolderWaitsUntilItExpires) {
  auto second = open_store("second");
  EXPECT_FALSE(must(second->take_lease()));
  EXPECT_EQ(second->holder_of_lease(), "first");
  clock_.advance(std::chrono::seconds(14));
  EXPECT_FALSE(must(second->take_lease()));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(must(second->take_lease()));
  EXPECT_EQ(second->holder_of_lease(), "second");
  EXPECT_TRUE(second->predecessor_died());
}

TEST_F(Lease, AHolderThatLeftDidNotDie) {
  EXPECT_FALSE(store_->predecessor_died()) << "there was none";
  must(store_->drop_lease());
  auto second = open_store("second");
  EXPECT_TRUE(must(second->take_lease()));
  EXPECT_FALSE(second->predecessor_died());
}

TEST_F(Lease, ARenewalKeepsTheOthersOut) {
  auto second = open_store("second");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(must(store_->take_lease()));
  clock_.advance(std::chrono::seconds(10));
  EXPECT_FALSE(must(second->take_lease()));
  EXPECT_EQ(ask("SELECT fence FROM lane"), "1");
}

TEST_F(Lease, TheOldHolderCannotCommitAnyMore) {
  auto second = open_store("second");
  clock_.advance(std::chrono::seconds(16));
  ASSERT_TRUE(must(second->take_lease()));
  const auto fenced = commit(packs_of(make_pack("n", 1, 1, 2)));
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().action, Action::stop);
  EXPECT_NE(fenced.error().message.find("second"), std::string::npos) << fenced.error().message;
  EXPECT_EQ(counts().events, 0U);
  EXPECT_FALSE(must(store_->take_lease()));
  EXPECT_EQ(ask("SELECT fence FROM lane"), "2");
}

TEST_F(Lease, TheOldHolderStaysFencedWhenTheNewOneIsGone) {
  auto second = open_store("second");
  clock_.advance(std::chrono::seconds(16));
  ASSERT_TRUE(must(second->take_lease()));
  must(second->drop_lease());
  EXPECT_FALSE(commit(packs_of(make_pack("n", 1, 1, 2))));
  EXPECT_TRUE(must(store_->take_lease()));
  EXPECT_TRUE(commit(packs_of(make_pack("n", 1, 1, 2))).has_value());
}

TEST_F(Lease, AnExpiredLeaseThatNobodyTookStillWrites) {
  clock_.advance(std::chrono::hours(1));
  EXPECT_TRUE(commit(packs_of(make_pack("n", 1, 1, 2))).has_value());
}

TEST_F(Lease, DroppingItLetsTheNextOneIn) {
  auto second = open_store("second");
  must(store_->drop_lease());
  EXPECT_EQ(store_->holder_of_lease(), "");
  EXPECT_TRUE(must(second->take_lease()));
  must(store_->drop_lease());  // not ours: nothing happens
  EXPECT_TRUE(must(second->take_lease()));
  EXPECT_EQ(ask("SELECT holder FROM lane"), "second");
}

TEST_F(Lease, WithoutItNothingIsWritten) {
  auto second = open_store("second");
  const auto packs = packs_of(make_pack("n", 1, 1, 2));
  const auto refused = commit_to(*second, packs);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
}

TEST_F(Lease, AHolderThatOpensAnewTakesItsOwnLeaseOverAndFencesItsEarlierSession) {
  auto again = open_store("first");
  EXPECT_TRUE(must(again->take_lease()));
  EXPECT_FALSE(commit(packs_of(make_pack("n", 1, 1, 2))));
}

TEST_F(Lease, ABatchRenewsItSoThatAServiceUnderLoadKeepsItsLane) {
  auto standby = open_store("second");
  std::uint64_t sequence = 1;
  for (int second = 0; second < 60; ++second) {
    clock_.advance(std::chrono::seconds(1));
    EXPECT_FALSE(must(standby->take_lease())) << "after " << second << " s";
    EXPECT_TRUE(commit(packs_of(make_pack("n", 1, sequence, 1))));
    ++sequence;
  }
}

}  // namespace
}  // namespace mgc::test
