#include "core/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace mgc {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Action::reject, "odd"};
  return number / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = half(4);
  EXPECT_TRUE(good);
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(*good, 2);
  const auto bad = half(3);
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().action, Action::reject);
  EXPECT_EQ(bad.error().message, "odd");
}

TEST(Result, ItsValueCanBeMovedOut) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  EXPECT_EQ(**result, 7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, ItsValueCanBeChangedInPlace) {
  Result<std::string> result(std::string("a"));
  result->push_back('b');
  EXPECT_EQ(result.value(), "ab");
}

TEST(Result, NothingCanBeTheValue) {
  EXPECT_TRUE(Result<void>());
  const Result<void> bad = Error{Action::stop, "no disk"};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "no disk");
}

TEST(ResultDeathTest, TheWrongAccessAborts) {
  EXPECT_DEATH(static_cast<void>(half(3).value()), "odd");
  EXPECT_DEATH(static_cast<void>(half(4).error()), "holds a value");
  EXPECT_DEATH(static_cast<void>(Result<void>().error()), "holds a value");
}

TEST(Result, EveryActionHasAName) {
  EXPECT_EQ(to_string(Action::retry), "retry");
  EXPECT_EQ(to_string(Action::reconnect), "reconnect");
  EXPECT_EQ(to_string(Action::in_doubt), "in doubt");
  EXPECT_EQ(to_string(Action::reject), "reject");
  EXPECT_EQ(to_string(Action::stop), "stop");
}

}  // namespace
}  // namespace mgc
