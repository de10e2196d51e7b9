#include "consumer/stages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "core/log.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::consumer {
namespace {

transport::Delivery delivery_of(Bytes body) {
  transport::Delivery delivery;
  delivery.received.message.body = std::move(body);
  return delivery;
}

SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds{10}; }

TEST(Stages, RecordsComeOutInTheOrderOfTheDeliveries) {
  Stages stages(8);
  for (std::uint64_t i = 1; i <= 8; ++i) {
    stages.take_in(delivery_of(test::pack_body("node", 1, i, 1)));
  }
  for (std::uint64_t i = 1; i <= 8; ++i) {
    const auto record = stages.next(soon());
    ASSERT_TRUE(record && record->pack);
    EXPECT_EQ(record->pack->pack.header().first_sequence, i);
  }
  EXPECT_TRUE(stages.idle());
}

TEST(Stages, WhatWasTakenInBeforeCloseStillComesOut) {
  Stages stages(4);
  stages.take_in(delivery_of(test::pack_body("node", 1, 1, 1)));
  stages.close();
  EXPECT_TRUE(stages.next(soon()).has_value());
  EXPECT_FALSE(stages.next(soon()).has_value());
  EXPECT_TRUE(stages.finished());
}

TEST(Stages, ADeliveryBeyondTwiceTheCreditIsGivenBack) {
  Stages stages(2);
  for (int i = 0; i < 50; ++i) stages.take_in(delivery_of("garbage"));
  ASSERT_TRUE(stages.next(soon()));
  stages.take_in(delivery_of("garbage"));  // there is room for one again
  stages.take_in(delivery_of("garbage"));
  stages.close();
  int came_out = 1;
  while (stages.next(soon())) ++came_out;
  EXPECT_EQ(came_out, 5);
  EXPECT_TRUE(stages.idle());
}

TEST(Stages, WarnsOnceASecondOfWhatIsGivenBack) {
  testing::internal::CaptureStderr();
  start_log(LogLevel::warning);
  const auto start = std::chrono::steady_clock::now();
  {
    Stages stages(1);
    for (int i = 0; i < 500; ++i) stages.take_in(delivery_of("garbage"));
  }
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  start_log(LogLevel::off);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("1 deliveries beyond the credit were given back"), std::string::npos) << log;
  EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 1 + seconds.count()) << log;
}

}  // namespace
}  // namespace mgc::consumer
