#include "spool/quota.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace mgc::spool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr QuotaLimits kLimits{
    .bytes = 1000, .packs = 10, .warn_percent = 70, .disk_reserve_bytes = 0};

TEST(Quota, RefusesWhenEitherLimitIsReached) {
  const Quota quota("/var/n.outbox", kLimits);
  EXPECT_FALSE(quota.refusal({9, 999}));
  const auto bytes = quota.refusal({1, 1000});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->action, Action::retry);
  EXPECT_THAT(bytes->message, AllOf(HasSubstr("/var/n.outbox"), HasSubstr("quota of 1000 bytes"),
                                    HasSubstr("raise the quota")));
  const auto packs = quota.refusal({10, 1});
  ASSERT_TRUE(packs);
  EXPECT_THAT(packs->message, HasSubstr("quota of 10 packs"));
}

TEST(Quota, WarnsOnceForEachCrossing) {
  Quota quota("/var/n.outbox", kLimits);
  EXPECT_FALSE(quota.warning({6, 690}));
  const auto first = quota.warning({1, 710});
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, AllOf(HasSubstr("/var/n.outbox"), HasSubstr("71 %")));
  EXPECT_FALSE(quota.warning({8, 900}));
  EXPECT_FALSE(quota.warning({1, 100}));
  EXPECT_TRUE(quota.warning({7, 100})) << "of packs this time";
}

TEST(Quota, LeavesAReserveOnTheDisk) {
  const test::TempDir dir;
  QuotaLimits limits = kLimits;
  limits.disk_reserve_bytes = 1;
  EXPECT_FALSE(Quota(dir.path(), limits).disk_refusal());
  limits.disk_reserve_bytes = ~std::uint64_t{0};
  const auto refused = Quota(dir.path(), limits).disk_refusal();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->action, Action::retry);
  EXPECT_THAT(refused->message, HasSubstr("free space on it"));
}

TEST(DiskRefusal, CountsWhatIsToBeWrittenTwice) {
  const test::TempDir dir;
  const std::uint64_t free = std::filesystem::space(dir.path()).available;
  EXPECT_FALSE(disk_refusal(dir.path(), 1, free / 4));
  EXPECT_TRUE(disk_refusal(dir.path(), 1, free * 3 / 4));
  EXPECT_TRUE(disk_refusal(dir.path(), ~std::uint64_t{0}, ~std::uint64_t{0}));
  EXPECT_FALSE(disk_refusal(dir.path(), 0, ~std::uint64_t{0}));
}

}  // namespace
}  // namespace mgc::spool
