#include "core/clock.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

TEST(SystemClock, TellsTheTimeOfThisCentury) {
  const SystemClock clock;
  EXPECT_GT(clock.utc_now(), *parse_utc("2025-01-01"));
  EXPECT_LT(clock.utc_now(), *parse_utc("2125-01-01"));
}

TEST(SystemClock, SteadyTimeDoesNotGoBack) {
  const SystemClock clock;
  const auto first = clock.steady_now();
  EXPECT_LE(first, clock.steady_now());
}

}  // namespace
}  // namespace mgc
