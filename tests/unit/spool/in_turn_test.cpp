#include "spool/in_turn.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mgc::spool {
namespace {

TEST(InTurn, OneThreadAtATimeUsesTheValue) {
  InTurn<int> value(0);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) ++*value.take();
      });
    }
  }
  EXPECT_EQ(*value.take(), 4000);
}

TEST(InTurn, WhoAskedFirstComesFirst) {
  InTurn<std::vector<int>> order;
  std::jthread other;
  {
    auto turn = order.take();
    other = std::jthread([&] { order.take()->push_back(1); });
    while (order.queued() < 2) std::this_thread::yield();
  }
  // With a plain mutex this thread, which runs, would nearly always overtake the one that waits.
  order.take()->push_back(2);
  EXPECT_EQ(*order.take(), (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace mgc::spool
