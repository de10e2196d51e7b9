#include "producer/relay_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

/// A plan whose 1,000 packs were all accepted and none receipted, 30 seconds later.
class ProbeTest : public RelayPlanTest {
 protected:
  static constexpr std::uint64_t kEnd = 10 * 1'000;

  void SetUp() override {
    send_through(kEnd);
    for (std::uint64_t last = 10; last <= kEnd; last += 10) settle(last);
    now_ += seconds{30};
    ASSERT_TRUE(plan_.tick(now_));
  }
  /// Sends what the probe still allows; returns how many.
  std::size_t send_probe() {
    std::size_t sent = 0;
    while (plan_.cursor() < at(kEnd)) {
      last_tag_ = plan_.sent(at(plan_.cursor().sequence + 10));
      ++sent;
    }
    return sent;
  }
  std::uint64_t last_tag_ = 0;
};

TEST_F(ProbeTest, IsBoundedAndThenSendingGoesOnWhereItWas) {
  EXPECT_EQ(send_probe(), RelayPlan::kProbePacksFirst);
  EXPECT_EQ(plan_.cursor(), at(kEnd));
}

TEST_F(ProbeTest, ThatIsAnsweredIsFollowedByALargerOneAtOnce) {
  send_probe();
  plan_.receipted(at(10 * RelayPlan::kProbePacksFirst), now_);
  ASSERT_TRUE(plan_.tick(now_));
  EXPECT_EQ(plan_.cursor(), at(10 * RelayPlan::kProbePacksFirst));
  EXPECT_EQ(plan_.allowance(), RelayPlan::kProbePacksFirst * 2);
}

TEST_F(ProbeTest, ThatStaysUnansweredNeitherGrowsNorComesMoreOften) {
  std::size_t sent = send_probe();
  int probes = 1;
  for (int second = 0; second < 3'600; ++second) {
    now_ += seconds{1};
    if (!plan_.tick(now_)) continue;
    ++probes;
    sent += send_probe();
  }
  EXPECT_LE(probes, 8);
  EXPECT_EQ(sent, static_cast<std::size_t>(probes) * RelayPlan::kProbePacksFirst);
}

TEST_F(ProbeTest, WhoseLastPackWasNotTakenStaysBounded) {
  send_probe();
  plan_.unsent(last_tag_);
  EXPECT_EQ(plan_.allowance(), 1U);
  EXPECT_EQ(send_probe(), 1U);
  EXPECT_EQ(plan_.cursor(), at(kEnd));
}

TEST_F(ProbeTest, LeavesPacksInFlightTheirOutcome) {
  send_probe();
  send_through(kEnd + 100);
  now_ += seconds{3'600};
  ASSERT_TRUE(plan_.tick(now_));
  const auto in_probe = plan_.sent(at(10));
  plan_.unsent(in_probe);
  for (std::uint64_t last = kEnd + 10; last <= kEnd + 100; last += 10) {
    plan_.returned(tags_.at(last));
  }
  plan_.receipted(at(kEnd), now_);
  EXPECT_EQ(plan_.cursor(), at(kEnd)) << "what was lost is sent again";
}

TEST_F(ProbeTest, AfterALossSkipsNothingThatWasNotAccepted) {
  send_probe();
  send_through(kEnd + 1'000);
  plan_.returned(tags_.at(kEnd + 10));
  send_through(kEnd + 50);
  now_ += seconds{3'600};
  ASSERT_TRUE(plan_.tick(now_));
  send_probe();
  EXPECT_EQ(plan_.cursor(), at(kEnd + 50));
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

/// Plays a service that answers each probe with a receipt through `held`, as it does while a part
/// of what was lost exists nowhere. Returns the last position that was sent again.
std::uint64_t sweep(RelayPlan& plan, Position held, SteadyTime& now) {
  std::uint64_t sent = held.sequence;
  while (plan.tick(now)) {
    while (plan.allowance() < 1'000'000) {
      plan.sent(at(plan.cursor().sequence + 1));
      sent = std::max(sent, plan.cursor().sequence);
    }
    now += seconds{1};
    plan.receipted(held, now);
  }
  return sent;
}

TEST(RelayPlan, AllThatWasLostIsSentAgainWhereReceiptsStayBeforeAHole) {
  SteadyTime now{};
  RelayPlan plan(at(200'000), at(200'000), seconds{30}, now);
  plan.receipted(at(100), now);  // a database that was restored
  now += seconds{60};
  EXPECT_EQ(sweep(plan, at(100), now), 200'000U);
  // Then it is as if no receipt came: a probe now and then, and a small one.
  EXPECT_FALSE(plan.tick(now));
  plan.receipted(at(100), now);
  EXPECT_FALSE(plan.tick(now)) << "the sweep is over";
  now += std::chrono::hours{1};
  EXPECT_TRUE(plan.tick(now));
  EXPECT_EQ(plan.cursor(), at(100));
  EXPECT_EQ(plan.allowance(), RelayPlan::kProbePacksFirst);
}

TEST(RelayPlan, ASweepGoesOnAfterARestart) {
  SteadyTime now{};
  RelayPlan plan(at(5'000), at(100), seconds{30}, now);
  now += seconds{60};
  EXPECT_EQ(sweep(plan, at(100), now), 5'000U);
}

TEST(RelayPlan, ARestartGoesOnAfterWhatWasAccepted) {
  const RelayPlan plan(at(70), at(30), seconds{30}, {});
  EXPECT_EQ(plan.cursor(), at(70));
  EXPECT_EQ(plan.receipted(), at(30));
}

}  // namespace
}  // namespace mgc::producer
