#include "spool/owner_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/spool/child.hpp"

namespace mgc::spool {
namespace {

using ::testing::HasSubstr;

TEST(OwnerLock, NamesTheProcessThatHoldsIt) {
  const test::TempDir dir;
  const auto first = OwnerLock::take(dir / "x");
  ASSERT_TRUE(first);
  const auto second = OwnerLock::take(dir / "x");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().action, Action::stop);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
}

TEST(OwnerLock, IsFreeAgainWhenItsOwnerGoes) {
  const test::TempDir dir;
  {
    auto first = OwnerLock::take(dir / "x");
    ASSERT_TRUE(first);
    const std::optional<OwnerLock> moved(std::move(*first));
    EXPECT_FALSE(OwnerLock::take(dir / "x"));
  }
  EXPECT_TRUE(OwnerLock::take(dir / "x"));
}

TEST(OwnerLock, IsFreeAgainWhenItsOwnerIsKilled) {
  const test::TempDir dir;
  EXPECT_EQ(test::run_in_child([&] {
              const auto lock = OwnerLock::take(dir / "x");
              ::_exit(lock ? 7 : 1);
            }),
            "exit 7");
  EXPECT_TRUE(OwnerLock::take(dir / "x"));
}

TEST(OwnerLock, SaysThatTheDirectoryIsMissing) {
  const test::TempDir dir;
  const auto lock = OwnerLock::take(dir / "missing" / "x");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().action, Action::stop);
  EXPECT_THAT(lock.error().message, HasSubstr("does not exist; make it"));
}

}  // namespace
}  // namespace mgc::spool
