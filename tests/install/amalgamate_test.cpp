#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <one_header.hpp>
#include <string>

namespace {

std::string one_header() {
  std::ifstream in(MGC_ONE_HEADER);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Amalgamate, MakesAHeaderThatNeedsNoOtherOfOurs) {
  const std::string text = one_header();
  EXPECT_EQ(count(text, "#include \""), 0U);
  EXPECT_EQ(count(text, "#pragma once"), 1U);
}

TEST(Amalgamate, TakesEveryHeaderOnceAndAfterThoseItNeeds) {
  const std::string text = one_header();
  EXPECT_EQ(count(text, "class BoundedQueue {"), 1U);
  EXPECT_EQ(count(text, "class Guarded {"), 1U);
  EXPECT_LT(text.find("class Guarded {"), text.find("class BoundedQueue {"));
  EXPECT_LT(text.find("#define MGC_ASSERT"), text.find("class BoundedQueue {"));
  EXPECT_EQ(count(text, "#include <utility>"), 1U);
}

TEST(Amalgamate, KeepsTheCodeAsItIs) {
  mgc::BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.push(7));
  EXPECT_EQ(queue.pop(), 7);
  EXPECT_NE(one_header().find("Guarded<State> state_;\n"), std::string::npos);
  EXPECT_NE(one_header().find("[[nodiscard]] std::size_t capacity() const"), std::string::npos);
}

}  // namespace
