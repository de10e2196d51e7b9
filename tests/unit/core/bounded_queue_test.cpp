#include "core/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace mgc {
namespace {

TEST(BoundedQueue, IsFirstInFirstOut) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, NeverHoldsMoreThanItsCapacity) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_EQ(queue.capacity(), 1U);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  auto refused = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_push(refused));
  ASSERT_NE(refused, nullptr) << "a refused item stays with its owner";
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_TRUE(queue.try_push(refused));
  EXPECT_EQ(refused, nullptr);
}

TEST(BoundedQueue, APushWaitsForRoom) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(1));
  std::atomic<bool> pushed = false;
  std::jthread pusher([&] {
    EXPECT_TRUE(queue.push(2));
    pushed = true;
  });
  EXPECT_FALSE(pushed) << "there was no room yet";
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, WhatIsInsideCanBePoppedAfterClose) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.push(1));
  queue.close();
  int late = 2;
  EXPECT_FALSE(queue.push(2));
  EXPECT_FALSE(queue.try_push(late));
  EXPECT_FALSE(queue.closed_and_empty());
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.closed_and_empty());
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, CloseWakesAllThatWait) {
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  ASSERT_TRUE(full.push(1));
  std::jthread pusher([&] { EXPECT_FALSE(full.push(2)); });
  std::jthread popper([&] { EXPECT_EQ(empty.pop(), std::nullopt); });
  full.close();
  empty.close();
}

TEST(BoundedQueue, PopGivesUpAtItsDeadline) {
  BoundedQueue<int> queue(1);
  const auto past = std::chrono::steady_clock::now() - std::chrono::seconds{1};
  EXPECT_EQ(queue.pop_until(past), std::nullopt);
  EXPECT_FALSE(queue.closed_and_empty());
  ASSERT_TRUE(queue.push(1));
  EXPECT_EQ(queue.pop_until(past), 1) << "what is there needs no time";
}

TEST(BoundedQueue, ManyThreadsLoseAndDoubleNothing) {
  constexpr int kEach = 2000;
  BoundedQueue<int> queue(8);
  std::vector<std::vector<int>> got(3);
  {
    std::vector<std::jthread> poppers;
    for (auto& mine : got) {
      poppers.emplace_back([&] {
        while (auto item = queue.pop()) mine.push_back(*item);
      });
    }
    {
      std::vector<std::jthread> pushers;
      for (int t = 0; t < 3; ++t) {
        pushers.emplace_back([&queue, t] {
          for (int i = 0; i < kEach; ++i) EXPECT_TRUE(queue.push(t * kEach + i));
        });
      }
    }
    queue.close();
  }
  std::multiset<int> all;
  for (const auto& mine : got) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 3U * kEach);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 3U * kEach);
}

TEST(BoundedQueueDeathTest, NeedsRoomForOne) { EXPECT_DEATH(BoundedQueue<int>(0), "capacity > 0"); }

}  // namespace
}  // namespace mgc
