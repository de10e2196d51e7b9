#include "core/assert.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

TEST(AssertDeathTest, SaysWhatWasBrokenAndWhereThenAborts) {
  EXPECT_DEATH(MGC_ASSERT(1 + 1 == 3), "assertion failed: 1 \\+ 1 == 3 .*assert_test.cpp:");
}

TEST(Assert, LooksAtItsConditionOnce) {
  int looked = 0;
  MGC_ASSERT(++looked > 0);
  EXPECT_EQ(looked, 1);
}

}  // namespace
}  // namespace mgc
