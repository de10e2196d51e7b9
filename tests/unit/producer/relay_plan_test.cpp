#include "producer/relay_plan.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mgc::producer {
namespace {

using spool::Position;
using std::chrono::seconds;

/// Positions of epoch 9.
Position at(std::uint64_t sequence) { return {9, sequence}; }

class RelayPlanTest : public testing::Test {
 protected:
  /// Sends packs of ten events that end at 10, 20, ... through `last`.
  void send_through(std::uint64_t last) {
    while (plan_.cursor().sequence < last) {
      const std::uint64_t next = plan_.cursor().sequence + 10;
      tags_[next] = plan_.sent(at(next));
    }
  }
  void settle(std::uint64_t last) { plan_.settled(tags_.at(last), now_); }

  SteadyTime now_{};
  RelayPlan plan_{Position{9, 0}, Position{9, 0}, seconds{30}, now_};
  std::map<std::uint64_t, std::uint64_t> tags_;
};

TEST_F(RelayPlanTest, AcceptedMovesOnlyOverASettledPrefix) {
  send_through(30);
  settle(20);
  settle(30);
  EXPECT_EQ(plan_.accepted(), at(0));
  settle(10);
  EXPECT_EQ(plan_.accepted(), at(30));
}

TEST_F(RelayPlanTest, ALostPackIsSentAgainWithAllThatFollows) {
  send_through(40);
  settle(10);
  plan_.returned(tags_.at(30));
  EXPECT_EQ(plan_.cursor(), at(10));
}

TEST_F(RelayPlanTest, OutcomesOfSendsThatWereGivenUpAreIgnored) {
  send_through(20);
  const auto old = tags_;
  plan_.returned(tags_.at(10));
  send_through(20);
  plan_.settled(old.at(10), now_);
  plan_.returned(old.at(20));
  EXPECT_EQ(plan_.accepted(), at(0));
  EXPECT_EQ(plan_.cursor(), at(20));
}

TEST_F(RelayPlanTest, APackThatTheSenderDidNotTakeIsNext) {
  send_through(20);
  plan_.unsent(tags_.at(20));
  EXPECT_EQ(plan_.cursor(), at(10));
  settle(10);
  EXPECT_EQ(plan_.accepted(), at(10));
}

TEST_F(RelayPlanTest, AcceptedPacksWithoutAReceiptAreSentAgainAfterTheWait) {
  send_through(50);
  settle(10);
  settle(20);
  now_ += seconds{29};
  EXPECT_FALSE(plan_.tick(now_));
  now_ += seconds{1};
  EXPECT_TRUE(plan_.tick(now_));
  EXPECT_EQ(plan_.cursor(), at(0));
}

TEST_F(RelayPlanTest, NothingIsSentAgainWhenAllThatWasAcceptedHasItsReceipt) {
  send_through(20);
  settle(10);
  settle(20);
  plan_.receipted(at(20), now_);
  now_ += seconds{3600};
  EXPECT_FALSE(plan_.tick(now_));
}

TEST_F(RelayPlanTest, AProbeIsBoundedAndThenSendingGoesOnWhereItWas) {
  const std::uint64_t end = 10 * (RelayPlan::kProbePacksFirst + 100);
  send_through(end);
  for (std::uint64_t last = 10; last <= end; last += 10) settle(last);
  now_ += seconds{30};
  ASSERT_TRUE(plan_.tick(now_));
  std::size_t probed = 0;
  while (plan_.cursor() < at(end)) {
    plan_.sent(at(plan_.cursor().sequence + 10));
    ++probed;
  }
  EXPECT_EQ(probed, RelayPlan::kProbePacksFirst);
  EXPECT_EQ(plan_.cursor(), at(end));
}

TEST_F(RelayPlanTest, AnAnsweredProbeIsFollowedByALargerOneAtOnce) {
  const std::uint64_t end = 10 * 1'000;
  send_through(end);
  for (std::uint64_t last = 10; last <= end; last += 10) settle(last);
  now_ += seconds{30};
  ASSERT_TRUE(plan_.tick(now_));
  for (std::size_t i = 0; i < RelayPlan::kProbePacksFirst; ++i) {
    plan_.sent(at(plan_.cursor().sequence + 10));
  }
  plan_.receipted(at(10 * RelayPlan::kProbePacksFirst), now_);
  ASSERT_TRUE(plan_.tick(now_));
  EXPECT_EQ(plan_.cursor(), at(10 * RelayPlan::kProbePacksFirst));
  EXPECT_EQ(plan_.allowance(), RelayPlan::kProbePacksFirst * 2);
}

TEST_F(RelayPlanTest, AReceiptThatMovesBackwardsMakesItsPacksMissing) {
  send_through(20);
  settle(10);
  settle(20);
  plan_.receipted(at(20), now_);
  plan_.receipted(at(10), now_);
  EXPECT_TRUE(plan_.receipt_missing());
  now_ += seconds{30};
  EXPECT_TRUE(plan_.tick(now_));
  EXPECT_EQ(plan_.cursor(), at(10));
}

TEST(RelayPlan, ARestartGoesOnAfterWhatWasAccepted) {
  const RelayPlan plan(at(70), at(30), seconds{30}, {});
  EXPECT_EQ(plan.cursor(), at(70));
  EXPECT_EQ(plan.receipted(), at(30));
}

}  // namespace
}  // namespace mgc::producer
