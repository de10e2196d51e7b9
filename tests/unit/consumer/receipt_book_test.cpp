#include "consumer/receipt_book.hpp"

#include <gtest/gtest.h>

namespace mgc::consumer {
namespace {

db::NodeProgress progress(const std::string& node, std::uint64_t epoch, std::uint64_t through) {
  return {node, epoch, through, "sha256 of " + std::to_string(through)};
}

std::string said(const std::vector<schema::Receipt>& receipts) {
  std::string text;
  for (const schema::Receipt& one : receipts) {
    text += one.node + "/" + std::to_string(one.epoch) + "/" +
            std::to_string(one.through_sequence) + " ";
    EXPECT_EQ(one.last_sha256, "sha256 of " + std::to_string(one.through_sequence));
  }
  return text;
}

TEST(ReceiptBook, OfEachNodeAndEpochOnlyTheNewestWaits) {
  ReceiptBook book;
  EXPECT_TRUE(book.empty());
  const db::NodeProgress first[] = {progress("a", 1, 5), progress("b", 1, 7)};
  const db::NodeProgress second[] = {progress("a", 1, 9), progress("a", 2, 1)};
  book.offer(first);
  book.offer(second);
  EXPECT_EQ(said(book.take_all()), "a/1/9 a/2/1 b/1/7 ");
  EXPECT_TRUE(book.empty());
}

TEST(ReceiptBook, TheLastWordCountsAlsoWhenItGoesBack) {
  ReceiptBook book;
  const db::NodeProgress far[] = {progress("a", 1, 9)};
  const db::NodeProgress restored[] = {progress("a", 1, 2)};
  book.offer(far);
  book.offer(restored);
  EXPECT_EQ(said(book.take_all()), "a/1/2 ");
}

TEST(ReceiptBook, WhatCouldNotBeSentWaitsUnlessANewerOneDoes) {
  ReceiptBook book;
  const db::NodeProgress old[] = {progress("a", 1, 5), progress("b", 1, 5)};
  book.offer(old);
  auto unsent = book.take_all();
  const db::NodeProgress newer[] = {progress("a", 1, 8)};
  book.offer(newer);
  book.put_back(std::move(unsent));
  EXPECT_EQ(said(book.take_all()), "a/1/8 b/1/5 ");
}

TEST(ReceiptBook, ARefusalWaitsUntilItIsSent) {
  ReceiptBook book;
  db::NodeProgress refusal = progress("a", 1, 5);
  refusal.refused_sha256 = "refused";
  refusal.refused_through = 9;
  const db::NodeProgress later = progress("a", 1, 6);
  book.offer({&refusal, 1});
  book.offer({&later, 1});
  auto receipts = book.take_all();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].through_sequence, 6U);
  EXPECT_EQ(receipts[0].refused_sha256, "refused");
  EXPECT_EQ(receipts[0].refused_through, 9U);
  book.offer({&later, 1});
  book.put_back(std::move(receipts));
  receipts = book.take_all();
  EXPECT_EQ(receipts[0].refused_sha256, "refused") << "also when it was put back";
  book.offer({&later, 1});
  EXPECT_EQ(book.take_all()[0].refused_sha256, "") << "once";
}

}  // namespace
}  // namespace mgc::consumer
