#include "core/failpoint.hpp"

#include <gtest/gtest.h>
#include <signal.h>

namespace mgc {
namespace {

class FailpointTest : public ::testing::Test {
 protected:
  void TearDown() override { arm_failpoints(""); }
};
using FailpointDeathTest = FailpointTest;

TEST_F(FailpointTest, FailsTheNthTimeAndOnlyThen) {
  arm_failpoints("a=error@2,b=error@1");
  EXPECT_EQ(reach_failpoint("a"), Failure::none);
  EXPECT_EQ(reach_failpoint("a"), Failure::error);
  EXPECT_EQ(reach_failpoint("a"), Failure::none);
  EXPECT_EQ(reach_failpoint("b"), Failure::error);
  EXPECT_EQ(reach_failpoint("c"), Failure::none);
}

TEST_F(FailpointTest, ArmingAgainCountsFromTheStart) {
  arm_failpoints("a=error@2");
  EXPECT_EQ(reach_failpoint("a"), Failure::none);
  arm_failpoints("a=error@2");
  EXPECT_EQ(reach_failpoint("a"), Failure::none);
  EXPECT_EQ(reach_failpoint("a"), Failure::error);
}

TEST_F(FailpointTest, SaysWhetherAllHaveComeToTheirTurn) {
  arm_failpoints("a=error@2,b=error@1");
  static_cast<void>(reach_failpoint("a"));
  static_cast<void>(reach_failpoint("b"));
  EXPECT_FALSE(armed_failpoints_fired());
  static_cast<void>(reach_failpoint("a"));
  static_cast<void>(reach_failpoint("a"));
  EXPECT_TRUE(armed_failpoints_fired());
}

TEST_F(FailpointDeathTest, ACrashIsThatOfAKilledProcess) {
  EXPECT_EXIT(
      {
        arm_failpoints("a=crash@1");
        static_cast<void>(reach_failpoint("a"));
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeathTest, AMisspeltListIsNotPassedOver) {
  EXPECT_DEATH(arm_failpoints("a"), "MGC_FAILPOINTS is a list");
  EXPECT_DEATH(arm_failpoints("a@1=error"), "MGC_FAILPOINTS is a list");
}

}  // namespace
}  // namespace mgc
