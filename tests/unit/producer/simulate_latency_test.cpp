#include "producer/simulate/latency.hpp"

#include <gtest/gtest.h>

namespace mgc::producer {
namespace {

using std::chrono::microseconds;

TEST(Durations, AnswersNothingFromNothing) { EXPECT_EQ(Durations().quantile(0.5).count(), 0); }

TEST(Durations, AQuantileIsAtMostThreePercentAboveTheTruth) {
  Durations durations;
  for (int i = 1; i <= 100'000; ++i) durations.add(microseconds{i});
  for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double truth = share * 100'000;
    const auto said = static_cast<double>(durations.quantile(share).count());
    EXPECT_GE(said, truth) << share;
    EXPECT_LE(said, truth * 1.032) << share;
  }
}

TEST(Durations, ShortTimesAreExact) {
  for (const int micros : {0, 1, 31, 32, 33, 63}) {
    Durations durations;
    durations.add(microseconds{micros});
    EXPECT_EQ(durations.quantile(1).count(), micros);
  }
}

TEST(Durations, EachEventOfACallCounts) {
  Durations durations;
  durations.add(microseconds{10}, 98);
  durations.add(microseconds{30}, 2);
  EXPECT_EQ(durations.count(), 100U);
  EXPECT_EQ(durations.quantile(0.98).count(), 10);
  EXPECT_EQ(durations.quantile(0.99).count(), 30);
}

TEST(Durations, KeepsWhatNoClockMeasures) {
  Durations durations;
  durations.add(microseconds{-5});
  EXPECT_EQ(durations.quantile(1).count(), 0);
  durations.add(std::chrono::hours{1'000});
  EXPECT_GE(durations.quantile(1), std::chrono::hours{1});
}

}  // namespace
}  // namespace mgc::producer
