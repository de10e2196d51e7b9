#include "core/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mgc {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToTheCapAndIsShortenedByAtMostHalf) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Backoff backoff(milliseconds{100}, milliseconds{1000}, seed);
    for (const int full : {100, 200, 400, 800, 1000, 1000, 1000}) {
      const auto delay = backoff.next();
      EXPECT_LE(delay, milliseconds{full});
      EXPECT_GE(delay, milliseconds{full / 2});
    }
  }
}

TEST(Backoff, GoesOnForEverWithTheSameBound) {
  Backoff backoff(milliseconds{50}, milliseconds{5'000}, 7);
  for (int i = 0; i < 10; ++i) static_cast<void>(backoff.next());
  milliseconds waited{0};
  for (; waited < std::chrono::hours{24 * 7}; waited += backoff.next()) {
    const auto delay = backoff.next();
    ASSERT_LE(delay, milliseconds{5'000});
    ASSERT_GE(delay, milliseconds{2'500});
  }
}

TEST(Backoff, BeginsAgainAfterASuccess) {
  Backoff backoff(milliseconds{100}, milliseconds{100'000}, 1);
  for (int i = 0; i < 8; ++i) static_cast<void>(backoff.next());
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds{100});
}

TEST(Backoff, SpreadsNodesThatStartAtTheSameInstant) {
  std::set<milliseconds> delays;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    delays.insert(Backoff(milliseconds{10'000}, milliseconds{10'000}, seed).next());
  }
  EXPECT_GT(delays.size(), 10U);
}

TEST(Backoff, TheSameSeedGivesTheSameDelays) {
  Backoff first(milliseconds{1000}, milliseconds{9000}, 42);
  Backoff second(milliseconds{1000}, milliseconds{9000}, 42);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(first.next(), second.next());
}

TEST(Backoff, ADelayOfOneMillisecondIsNeverZero) {
  Backoff backoff(milliseconds{1}, milliseconds{1}, 3);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(backoff.next(), milliseconds{1});
}

TEST(Backoff, SeedsDiffer) {
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 10; ++i) seeds.insert(random_seed());
  EXPECT_EQ(seeds.size(), 10U);
}

TEST(BackoffDeathTest, RefusesACapBelowTheFirstDelay) {
  EXPECT_DEATH(Backoff(milliseconds{10}, milliseconds{9}, 0), "cap >= first");
  EXPECT_DEATH(Backoff(milliseconds{0}, milliseconds{9}, 0), "first");
}

}  // namespace
}  // namespace mgc
