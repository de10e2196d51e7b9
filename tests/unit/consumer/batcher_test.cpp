#include "consumer/batcher.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"

namespace mgc::consumer {
namespace {

/// A record of `bytes` body bytes; without a pack it has no events.
DecodedRecord record_of(std::size_t bytes) {
  DecodedRecord record;
  record.dead_letter = db::DeadLetterRecord{"id", "reason", Bytes(bytes, 'x')};
  return record;
}

class BatcherTest : public testing::Test {
 protected:
  test::FakeClock clock_;
  Batcher batcher_{BatchLimits{1000, 100, std::chrono::milliseconds{50}}, clock_};
};

TEST_F(BatcherTest, AnEmptyBatchIsNeverDue) {
  clock_.advance(std::chrono::hours{1});
  EXPECT_FALSE(batcher_.due());
  EXPECT_EQ(batcher_.due_at(), std::nullopt);
}

TEST_F(BatcherTest, IsDueWhenTheBytesAreReached) {
  EXPECT_FALSE(batcher_.add(record_of(99)));
  EXPECT_FALSE(batcher_.due());
  EXPECT_FALSE(batcher_.add(record_of(1)));
  EXPECT_TRUE(batcher_.due());
}

TEST_F(BatcherTest, IsDueWhenTheOldestRecordIsOldEnough) {
  EXPECT_FALSE(batcher_.add(record_of(1)));
  clock_.advance(std::chrono::milliseconds{30});
  EXPECT_FALSE(batcher_.add(record_of(1)));
  clock_.advance(std::chrono::milliseconds{19});
  EXPECT_FALSE(batcher_.due());
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_TRUE(batcher_.due());
}

TEST_F(BatcherTest, ARecordThatDoesNotFitClosesTheBatchBeforeIt) {
  EXPECT_FALSE(batcher_.add(record_of(60)));
  const auto closed = batcher_.add(record_of(60));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->size(), 1U);
  EXPECT_EQ(batcher_.take().size(), 1U);
}

TEST_F(BatcherTest, AnOversizeRecordTravelsAlone) {
  EXPECT_FALSE(batcher_.add(record_of(5'000)));
  EXPECT_TRUE(batcher_.due());
  EXPECT_EQ(batcher_.take().size(), 1U);
  EXPECT_TRUE(batcher_.empty());
}

TEST_F(BatcherTest, TheNextBatchCountsFromZero) {
  EXPECT_FALSE(batcher_.add(record_of(100)));
  EXPECT_EQ(batcher_.take().size(), 1U);
  EXPECT_FALSE(batcher_.add(record_of(99)));
  EXPECT_FALSE(batcher_.due());
}

}  // namespace
}  // namespace mgc::consumer
