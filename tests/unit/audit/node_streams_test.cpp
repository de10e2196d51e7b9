#include "audit/node_streams.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

schema::PackHeader pack(std::uint64_t first, std::uint32_t count, const Bytes& previous) {
  return {"a", 1, first, count, previous};
}

TEST(NodeStreams, AStreamThatArrivedOutOfOrderIsWhole) {
  NodeStreams streams;
  VerifyReport report;
  streams.add(pack(1, 2, ""), "one", report);
  streams.add(pack(5, 2, "two"), "three", report);
  streams.add(pack(3, 2, "one"), "two", report);
  streams.compare({{"a", 1, 6, 6}}, {}, report);
  EXPECT_TRUE(report.ok());
}

TEST(NodeStreams, APackThatNamesAnotherPredecessorIsFoundInEitherOrder) {
  NodeStreams in_order;
  VerifyReport report;
  in_order.add(pack(1, 2, ""), "one", report);
  in_order.add(pack(3, 2, "other"), "two", report);
  ASSERT_EQ(report.findings_total, 1U);
  EXPECT_EQ(report.findings.front().where, "pack a/1/3");

  NodeStreams reversed;
  VerifyReport late;
  reversed.add(pack(3, 2, "other"), "two", late);
  reversed.add(pack(1, 2, ""), "one", late);
  ASSERT_EQ(late.findings_total, 1U);
  EXPECT_EQ(late.findings.front().where, "pack a/1/3");
}

TEST(NodeStreams, SequencesThatAreStoredTwiceAreFound) {
  NodeStreams streams;
  VerifyReport report;
  streams.add(pack(1, 10, ""), "one", report);
  streams.add(pack(5, 1, ""), "two", report);
  EXPECT_EQ(report.findings_total, 1U);
}

TEST(NodeStreams, AMissingStartIsAGap) {
  NodeStreams streams;
  VerifyReport report;
  streams.add(pack(4, 2, "x"), "two", report);
  streams.compare({{"a", 1, 0, 5}}, {{"a", 1, 1, 3, {}, std::nullopt}}, report);
  EXPECT_TRUE(report.ok()) << report.findings.front().what;
}

TEST(NodeStreams, AGapThatNobodyRecordedIsFound) {
  NodeStreams streams;
  VerifyReport report;
  streams.add(pack(1, 1, ""), "one", report);
  streams.add(pack(4, 1, "x"), "two", report);
  streams.compare({{"a", 1, 1, 4}}, {}, report);
  EXPECT_EQ(report.findings_total, 1U);
}

}  // namespace
}  // namespace mgc::audit
