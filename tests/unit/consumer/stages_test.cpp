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

constexpr std::size_t kRoom = std::size_t{64} * 1024 * 1024;

SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds{10}; }

TEST(Stages, RecordsComeOutInTheOrderOfTheDeliveries) {
  GivenUp given_up;
  Stages stages(8, kRoom, given_up);
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

TEST(Stages, EveryRecordIsPreparedOnceAndInOrder) {
  GivenUp given_up;
  std::vector<std::uint64_t> prepared;
  const auto sequence_of = [](const DecodedRecord& record) {
    return record.pack->pack.header().first_sequence;
  };
  Stages stages(100, kRoom, given_up, [&](std::span<DecodedRecord> records) {
    EXPECT_FALSE(records.empty());
    for (DecodedRecord& record : records) {
      prepared.push_back(sequence_of(record));
      record.pack->names.source = prepared.size();
    }
  });
  for (std::uint64_t i = 1; i <= 100; ++i) {
    stages.take_in(delivery_of(test::pack_body("node", 1, i, 1)));
  }
  stages.close();
  std::uint64_t came_out = 0;
  while (const auto record = stages.next(soon())) {
    EXPECT_EQ(sequence_of(*record), ++came_out);
    EXPECT_EQ(record->pack->names.source, came_out);
  }
  EXPECT_EQ(came_out, 100U);
  EXPECT_EQ(prepared.size(), 100U);
  EXPECT_TRUE(stages.finished());
  EXPECT_TRUE(stages.idle());
}

TEST(Stages, EndsWhileRecordsWaitThatWerePrepared) {
  GivenUp given_up;
  Stages stages(8, kRoom, given_up, [](std::span<DecodedRecord>) {});
  for (std::uint64_t i = 1; i <= 8; ++i) {
    stages.take_in(delivery_of(test::pack_body("node", 1, i, 1)));
  }
  EXPECT_TRUE(stages.next(soon()));
}

TEST(Stages, WhatWasTakenInBeforeCloseStillComesOut) {
  GivenUp given_up;
  Stages stages(4, kRoom, given_up);
  stages.take_in(delivery_of(test::pack_body("node", 1, 1, 1)));
  stages.close();
  EXPECT_TRUE(stages.next(soon()).has_value());
  EXPECT_FALSE(stages.next(soon()).has_value());
  EXPECT_TRUE(stages.finished());
}

TEST(Stages, ADeliveryBeyondTwiceTheCreditIsGivenBack) {
  GivenUp given_up;
  Stages stages(2, kRoom, given_up);
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

// What waits decoded is bounded too: a small pack may expand to 16 MiB.
TEST(Stages, ARecordWaitsUntilThereIsRoomForItOrItIsAlone) {
  GivenUp given_up;
  Stages stages(8, 1'000, given_up);
  for (int i = 0; i < 8; ++i) stages.take_in(delivery_of(Bytes(i == 3 ? 5'000 : 400, 'x')));
  for (int i = 0; i < 8; ++i) {
    EXPECT_LE(stages.waiting_bytes(), i == 3 ? 5'000U : 1'000U);
    const auto record = stages.next(soon());
    ASSERT_TRUE(record && record->dead_letter);
    EXPECT_EQ(record->bytes(), i == 3 ? 5'000U : 400U);
  }
  EXPECT_TRUE(stages.idle());
}

TEST(Stages, ASuspectIsHandedOnAsItCame) {
  GivenUp given_up;
  Stages stages(8, kRoom, given_up);
  auto suspect = delivery_of("garbage");
  suspect.received.suspect = true;
  stages.take_in(std::move(suspect));
  stages.take_in(delivery_of("garbage"));
  auto record = stages.next(soon());
  ASSERT_TRUE(record && record->suspect);
  EXPECT_EQ(record->suspect->message.body, "garbage");
  record = stages.next(soon());
  EXPECT_TRUE(record && record->dead_letter);
}

TEST(Stages, WhatWasGivenUpIsHandedOnAsASuspectHoweverItComes) {
  GivenUp given_up;
  given_up.add(schema::Hasher().sha256("garbage"));
  Stages stages(8, kRoom, given_up);
  stages.take_in(delivery_of("garbage"));
  stages.take_in(delivery_of("other"));
  auto record = stages.next(soon());
  EXPECT_TRUE(record && record->suspect);
  record = stages.next(soon());
  EXPECT_TRUE(record && record->dead_letter);
}

TEST(Stages, WarnsOnceASecondOfWhatIsGivenBack) {
  testing::internal::CaptureStderr();
  start_log(LogLevel::warning);
  const auto start = std::chrono::steady_clock::now();
  {
    GivenUp given_up;
    Stages stages(1, kRoom, given_up);
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
