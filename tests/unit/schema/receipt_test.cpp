#include "schema/receipt.hpp"

#include <gtest/gtest.h>

#include <random>

#include "schema/limits.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

using test::bytes_field;
using test::number_field;

std::string refusal(const Bytes& body) {
  const auto receipt = decode_receipt(body);
  if (receipt) return "";
  EXPECT_EQ(receipt.error().action, Action::reject);
  return receipt.error().message;
}

TEST(Receipt, ComesBackAsItWentIn) {
  const auto receipt = decode_receipt(encode_receipt({"node-1", 3, 4711}));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->node, "node-1");
  EXPECT_EQ(receipt->epoch, 3U);
  EXPECT_EQ(receipt->through_sequence, 4711U);
}

TEST(Receipt, MayConfirmNothingYet) { EXPECT_EQ(refusal(encode_receipt({"node-1", 1, 0})), ""); }

TEST(Receipt, NeedsANodeAnEpochAndNumbersInRange) {
  const std::string reason = "a receipt that cannot be read: ";
  EXPECT_EQ(refusal(""), reason + "no node id");
  EXPECT_EQ(refusal(bytes_field(1, "a b") + number_field(2, 1)), reason + "no node id");
  EXPECT_EQ(refusal(bytes_field(1, "\xFF") + number_field(2, 1)), reason + "no node id");
  EXPECT_EQ(refusal(bytes_field(1, "n")), reason + "the epoch is 0");
  const Bytes head = bytes_field(1, "n") + number_field(2, kNumberMax);
  EXPECT_EQ(refusal(head + number_field(3, kNumberMax)), "");
  EXPECT_EQ(refusal(head + number_field(3, kNumberMax + 1)),
            reason + "through_sequence is out of range");
  EXPECT_EQ(refusal(bytes_field(1, "n") + number_field(2, kNumberMax + 1)),
            reason + "epoch is out of range");
}

TEST(Receipt, IsShort) {
  const Bytes good = encode_receipt({std::string(kNodeBytesMax, 'n'), kNumberMax, kNumberMax});
  EXPECT_EQ(refusal(good), "");
  const Bytes padded = good + bytes_field(99, Bytes(1024 - good.size() - 4, 'x'));
  ASSERT_EQ(padded.size(), 1024U);
  EXPECT_EQ(refusal(padded), "");
  EXPECT_EQ(refusal(padded + "x"), "a receipt that is too long");
}

TEST(Receipt, OfGarbageIsRefused) {
  const Bytes good = encode_receipt({"node-1", 3, 4711});
  EXPECT_NE(refusal(good.substr(0, good.size() - 1)), "");
  EXPECT_NE(refusal(test::nested_groups(200)), "");
  EXPECT_NE(refusal(number_field(1, 1)), "");
  std::mt19937 random(3);
  for (int round = 0; round < 5'000; ++round) {
    Bytes body = good;
    body[random() % body.size()] = static_cast<char>(random());
    if (const auto receipt = decode_receipt(body)) {
      EXPECT_GT(receipt->epoch, 0U);
    }
  }
}

TEST(ReceiptAddress, IsOneForEachNode) {
  EXPECT_EQ(receipt_address("compliance", "node-1"), "compliance.receipts.node-1");
}

}  // namespace
}  // namespace mgc::schema
