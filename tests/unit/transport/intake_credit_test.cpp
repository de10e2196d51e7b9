#include "transport/intake_credit.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "transport/careful_start.hpp"

namespace mgc::transport {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

TEST(IntakeCredit, SmallMessagesAreBoundedByTheirNumber) {
  IntakeCredit credit({128, 64 * kMiB});
  EXPECT_EQ(credit.to_give(0), 128U);
  for (int i = 0; i < 128; ++i) credit.arrived(30'000);
  EXPECT_EQ(credit.to_give(0), 0U);
  EXPECT_FALSE(credit.paused());
}

TEST(IntakeCredit, ComesBackInHalves) {
  IntakeCredit credit({128, 64 * kMiB});
  for (int i = 0; i < 128; ++i) credit.arrived(100);
  for (int i = 0; i < 63; ++i) credit.left(100);
  credit.settled(63);
  EXPECT_EQ(credit.to_give(0), 0U);
  credit.left(100);
  credit.settled(1);
  EXPECT_EQ(credit.to_give(0), 64U);
  EXPECT_EQ(credit.to_give(10), 0U);
}

TEST(IntakeCredit, LargeMessagesGetLessAtOnceAndSmallOnesMoreAgainInTime) {
  IntakeCredit credit({128, 64 * kMiB});
  credit.arrived(16 * kMiB);
  credit.left(16 * kMiB);
  credit.settled(1);
  EXPECT_EQ(credit.to_give(0), 4U);
  for (int i = 0; i < 100; ++i) {
    credit.arrived(1'000);
    credit.left(1'000);
    credit.settled(1);
  }
  EXPECT_EQ(credit.to_give(0), 128U);
}

TEST(IntakeCredit, AMessageAboveTheLimitPassesAlone) {
  IntakeCredit credit({128, 4 * kMiB});
  EXPECT_GE(credit.to_give(0), 1U);
  credit.set_partial(3 * kMiB);
  EXPECT_FALSE(credit.paused());
  credit.set_partial(100 * kMiB);
  EXPECT_FALSE(credit.paused()) << "nothing else is inside: it would never end";
  credit.arrived(128 * kMiB);
  EXPECT_TRUE(credit.paused());
  EXPECT_EQ(credit.to_give(0), 0U);
  credit.left(128 * kMiB);
  credit.settled(1);
  EXPECT_EQ(credit.to_give(0), 1U);
}

TEST(IntakeCredit, WhatAnEarlierConnectionBroughtKeepsItsBytesAndNoPlace) {
  IntakeCredit credit({8, 4 * kMiB});
  credit.arrived(4 * kMiB);
  credit.connection_lost();
  EXPECT_FALSE(credit.paused()) << "a new connection has to be heard to be opened";
  EXPECT_EQ(credit.to_give(0), 0U);
  credit.left(4 * kMiB);
  EXPECT_EQ(credit.to_give(0), 1U);
}

/// A broker that uses its credit for whatever it has, a consumer that settles in any order, and
/// connections that end: never more inside than the limit and one message, and never a standstill.
TEST(IntakeCredit, IsBoundedAndNeverStandsStill) {
  constexpr std::size_t kLimit = 8 * kMiB;
  constexpr std::size_t kPiece = 64 * 1024;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto one_of = [&random](int n) { return random() % static_cast<unsigned>(n) == 0; };
    IntakeCredit credit({16, kLimit});
    std::deque<std::pair<std::size_t, bool>> inside;  // bytes, of this connection
    std::uint32_t outstanding = 0;
    std::size_t coming = 0;  // of the message under way
    std::size_t come = 0;
    std::size_t largest = 0;
    int delivered = 0;
    int idle = 0;
    while (delivered < 300 && idle < 200) {
      ++idle;
      if (one_of(400)) {
        credit.connection_lost();
        for (auto& [bytes, mine] : inside) mine = false;
        outstanding = 0;
        coming = come = 0;
      }
      outstanding += credit.to_give(outstanding);
      if (coming == 0 && outstanding > 0) {
        coming = one_of(4) ? random() % (16 * kMiB) + 1 : random() % 40'000 + 1;
        largest = std::max(largest, coming);
      }
      if (coming > 0 && !credit.paused()) {
        come += std::min(kPiece * 16, coming - come);
        credit.set_partial(come);
        if (come == coming) {
          credit.arrived(coming);
          inside.emplace_back(coming, true);
          --outstanding;
          ++delivered;
          idle = 0;
          coming = come = 0;
        }
      }
      ASSERT_LE(credit.bytes(), kLimit + largest + kPiece * 16);
      if (!inside.empty() && one_of(3)) {
        credit.left(inside.front().first);
        if (inside.front().second) credit.settled(1);
        inside.pop_front();
      }
    }
    ASSERT_EQ(delivered, 300);
  }
}

TEST(CarefulStart, OneAtATimeUntilTheFirstThatIsNew) {
  CarefulStart start(true, 0);
  EXPECT_EQ(start.messages_max(128), 1U);
  EXPECT_TRUE(start.is_suspect(true));
  EXPECT_TRUE(start.is_suspect(true));
  EXPECT_EQ(start.messages_max(128), 1U);
  EXPECT_FALSE(start.is_suspect(false));
  EXPECT_EQ(start.messages_max(128), 128U);
  EXPECT_FALSE(start.is_suspect(true)) << "a mere reconnect";
}

TEST(CarefulStart, WithoutAWordOfTheBrokerAsManyAreSuspectAsTheOneBeforeHad) {
  CarefulStart start(true, 3);
  EXPECT_TRUE(start.is_suspect(std::nullopt));
  EXPECT_TRUE(start.is_suspect(true));
  EXPECT_TRUE(start.is_suspect(std::nullopt));
  EXPECT_TRUE(start.is_suspect(true)) << "the broker says so";
  EXPECT_FALSE(start.is_suspect(std::nullopt));
  EXPECT_EQ(start.messages_max(128), 128U);
  CarefulStart after_an_orderly_end(true, 0);
  EXPECT_FALSE(after_an_orderly_end.is_suspect(std::nullopt));
}

TEST(CarefulStart, NobodyIsSuspectWhereNoCareIsAsked) {
  CarefulStart start(false, 5);
  EXPECT_EQ(start.messages_max(128), 128U);
  EXPECT_FALSE(start.is_suspect(true));
}

}  // namespace
}  // namespace mgc::transport
