#include "consumer/batch_tuner.hpp"

#include <gtest/gtest.h>

namespace mgc::consumer {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMost = 50'000;
constexpr milliseconds kTarget{100};

TEST(BatchTuner, FullBatchesGrowUntilTheNextSizeWouldMissTheTarget) {
  BatchTuner tuner(kMost, kTarget);
  std::size_t before = tuner.events_max();
  for (int i = 0; i < 3; ++i) {
    tuner.committed(true, milliseconds{40});
    EXPECT_EQ(tuner.events_max(), before * 2);
    EXPECT_EQ(tuner.reason(), BatchSizeReason::grown);
    before = tuner.events_max();
  }
  tuner.committed(true, milliseconds{51});  // twice the size would take longer than the target
  EXPECT_EQ(tuner.events_max(), before);
  EXPECT_EQ(tuner.reason(), BatchSizeReason::held);
}

TEST(BatchTuner, NeverGrowsBeyondWhatTheOperatorAllows) {
  BatchTuner tuner(3'000, kTarget);
  for (int i = 0; i < 20; ++i) tuner.committed(true, milliseconds{1});
  EXPECT_EQ(tuner.events_max(), 3'000U);
}

TEST(BatchTuner, BatchesThatAreNotFullSayNothingAboutTheSize) {
  BatchTuner tuner(kMost, kTarget);
  const std::size_t before = tuner.events_max();
  for (int i = 0; i < 20; ++i) tuner.committed(false, milliseconds{1});
  EXPECT_EQ(tuner.events_max(), before);
}

TEST(BatchTuner, OneSlowCommitInAHundredIsWithinTheTarget) {
  BatchTuner tuner(kMost, kTarget);
  for (int i = 0; i < 3; ++i) tuner.committed(true, milliseconds{1});
  const std::size_t before = tuner.events_max();
  for (int i = 0; i < 99; ++i) tuner.committed(false, milliseconds{10});
  tuner.committed(false, milliseconds{500});
  EXPECT_EQ(tuner.events_max(), before);
  tuner.committed(false, milliseconds{500});
  EXPECT_LT(tuner.events_max(), before);
  EXPECT_EQ(tuner.reason(), BatchSizeReason::shrunk);
}

TEST(BatchTuner, ATimeOutHalvesTheSizeAndItGrowsAgain) {
  BatchTuner tuner(kMost, kTarget);
  const std::size_t before = tuner.events_max();
  tuner.timed_out();
  EXPECT_EQ(tuner.events_max(), before / 2);
  EXPECT_EQ(tuner.reason(), BatchSizeReason::timed_out);
  tuner.committed(true, milliseconds{1});
  EXPECT_EQ(tuner.events_max(), before);
}

TEST(BatchTuner, ADatabaseThatIsSlowForAnotherReasonIsNotAskedMoreOften) {
  BatchTuner tuner(kMost, kTarget);
  for (int i = 0; i < 10; ++i) tuner.committed(true, milliseconds{1});
  ASSERT_EQ(tuner.events_max(), kMost);
  for (int i = 0; i < 1'000; ++i) tuner.committed(true, milliseconds{10'000});
  EXPECT_EQ(tuner.events_max(), BatchTuner::kWorthwhile);
}

TEST(BatchTuner, StaysUsefulWhateverTheDatabaseDoes) {
  BatchTuner tuner(kMost, kTarget);
  for (int i = 0; i < 1'000; ++i) {
    tuner.timed_out();
    tuner.committed(true, milliseconds{10'000});
  }
  EXPECT_EQ(tuner.events_max(), BatchTuner::kLeast);
  BatchTuner small(10, kTarget);
  for (int i = 0; i < 1'000; ++i) small.committed(true, milliseconds{10'000});
  EXPECT_EQ(small.events_max(), 10U);
}

TEST(BatchTuner, WithoutATargetTheSizeIsFixed) {
  BatchTuner tuner(kMost, milliseconds{0});
  EXPECT_EQ(tuner.reason(), BatchSizeReason::fixed);
  tuner.timed_out();
  for (int i = 0; i < 10; ++i) tuner.committed(true, milliseconds{10'000});
  EXPECT_EQ(tuner.events_max(), kMost);
  EXPECT_EQ(tuner.reason(), BatchSizeReason::fixed);
}

}  // namespace
}  // namespace mgc::consumer
