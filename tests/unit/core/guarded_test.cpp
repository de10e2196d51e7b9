#include "core/guarded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace mgc {
namespace {

TEST(Guarded, OneThreadAtATimeReachesTheData) {
  Guarded<int> counter(0);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) ++*counter.lock();
      });
    }
  }
  EXPECT_EQ(*counter.lock(), 20'000);
}

TEST(Guarded, WaitsUntilTheDataIsAsWanted) {
  Guarded<std::string> word;
  std::jthread writer([&] {
    auto held = word.lock();
    *held = "ready";
    held.notify_all();
  });
  auto held = word.lock();
  held.wait([](const std::string& w) { return w == "ready"; });
  EXPECT_EQ(held->size(), 5U);
}

TEST(Guarded, WaitingEndsAtTheDeadline) {
  Guarded<bool> done(false);
  auto held = done.lock();
  const auto past = std::chrono::steady_clock::now() - std::chrono::seconds{1};
  EXPECT_FALSE(held.wait_until(past, [](bool d) { return d; }));
  *held = true;
  EXPECT_TRUE(held.wait_until(past, [](bool d) { return d; }));
}

TEST(Guarded, GivesTheMutexUpForOneCall) {
  Guarded<int> value(1);
  auto held = value.lock();
  held.unlock();
  // Would never come back if this thread still held the mutex.
  std::jthread([&] { *value.lock() = 2; }).join();
  held.relock();
  EXPECT_EQ(*held, 2);
}

}  // namespace
}  // namespace mgc
