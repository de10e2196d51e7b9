#include "schema/lane.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mgc::schema {
namespace {

// printf NODE | sha256sum: chat-1 eaeb9111b1c67442..., chat-2 1801be70ce21aab3...
TEST(Lane, OfANodeIsTheSameForEveryProgram) {
  EXPECT_EQ(address_of_node("compliance", "chat-1", 4), "compliance.2");
  EXPECT_EQ(address_of_node("compliance", "chat-2", 4), "compliance.3");
  EXPECT_EQ(address_of_node("compliance", "chat-1", 256), "compliance.66");
  EXPECT_EQ(address_of_node("compliance", "chat-2", 256), "compliance.179");
}

TEST(Lane, ThereIsNoneWhereTheQueueIsNotSplit) {
  EXPECT_EQ(address_of_node("compliance", "chat-1", 0), "compliance");
  EXPECT_EQ(address_of_node("compliance", "chat-1", 1), "compliance.0");
}

TEST(Lane, EachTakesItsPartOfTheNodes) {
  std::map<std::string, int> nodes;
  for (int i = 0; i < 4'000; ++i) ++nodes[address_of_node("q", "node-" + std::to_string(i), 4)];
  ASSERT_EQ(nodes.size(), 4U);
  for (const auto& [lane, count] : nodes) EXPECT_NEAR(count, 1'000, 150) << lane;
}

}  // namespace
}  // namespace mgc::schema
