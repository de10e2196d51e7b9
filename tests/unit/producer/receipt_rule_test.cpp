#include "producer/receipt_rule.hpp"

#include <gtest/gtest.h>

namespace mgc::producer {
namespace {

ReceiptRule::Facts facts(std::uint64_t through, std::uint64_t receipted) {
  return {{7, through}, {7, 100}, {7, receipted}};
}

TEST(ReceiptRule, OneThatGoesOnOrRepeatsIsTaken) {
  ReceiptRule rule;
  EXPECT_EQ(rule.judge(facts(5, 0)), ReceiptMeans::take);
  EXPECT_EQ(rule.judge(facts(5, 5)), ReceiptMeans::take);
  EXPECT_EQ(rule.judge(facts(100, 5)), ReceiptMeans::take);
}

TEST(ReceiptRule, OneThatGoesBackIsTakenTheSecondTime) {
  ReceiptRule rule;
  EXPECT_EQ(rule.judge(facts(3, 5)), ReceiptMeans::wait);
  EXPECT_EQ(rule.judge(facts(2, 5)), ReceiptMeans::take);
  EXPECT_EQ(rule.judge(facts(1, 2)), ReceiptMeans::take) << "and so on, until one goes on";
  EXPECT_EQ(rule.judge(facts(6, 1)), ReceiptMeans::take);
  EXPECT_EQ(rule.judge(facts(3, 6)), ReceiptMeans::wait);
}

TEST(ReceiptRule, AnotherLifeOfTheOutboxIsNobodysConcern) {
  ReceiptRule rule;
  for (const std::uint64_t epoch : {6U, 8U}) {
    ReceiptRule::Facts other = facts(500, 5);
    other.through.epoch = epoch;
    other.last = spool::PackMatch::other;
    EXPECT_EQ(rule.judge(other), ReceiptMeans::nothing);
  }
}

TEST(ReceiptRule, MoreThanWasRecordedMeansAnOlderCopy) {
  ReceiptRule rule;
  EXPECT_EQ(rule.judge(facts(101, 5)), ReceiptMeans::older_copy);
}

TEST(ReceiptRule, OtherEventsMeanAnotherHistoryHoweverFar) {
  for (const std::uint64_t through : {3U, 5U, 100U}) {
    ReceiptRule rule;
    ReceiptRule::Facts other = facts(through, 5);
    other.last = spool::PackMatch::other;
    EXPECT_EQ(rule.judge(other), ReceiptMeans::other_history);
  }
}

TEST(ReceiptRule, ARefusedPackMattersToTheOutboxThatHasIt) {
  ReceiptRule rule;
  ReceiptRule::Facts facts_of_refusal = facts(5, 5);
  facts_of_refusal.last = spool::PackMatch::same;
  facts_of_refusal.refused = spool::PackMatch::other;
  EXPECT_EQ(rule.judge(facts_of_refusal), ReceiptMeans::take) << "of the other outbox";
  facts_of_refusal.refused = spool::PackMatch::same;
  EXPECT_EQ(rule.judge(facts_of_refusal), ReceiptMeans::other_history);
}

}  // namespace
}  // namespace mgc::producer
