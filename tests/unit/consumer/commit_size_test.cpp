#include "consumer/commit_size.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "consumer/bisect.hpp"

namespace mgc::consumer {
namespace {

TEST(CommitSize, OneTimeOutChangesNothingAndTwoInARowHalve) {
  CommitSize size;
  size.was_too_slow(100);
  size.was_stored(100);
  size.was_too_slow(100);
  EXPECT_EQ(size.limit(), CommitSize::kNoLimit);
  size.was_too_slow(100);
  EXPECT_EQ(size.limit(), 50U);
}

TEST(CommitSize, GoesDownToASingleRecordAndNoFurther) {
  CommitSize size;
  for (int i = 0; i < 100; ++i) size.was_too_slow(std::min<std::size_t>(size.limit(), 7));
  EXPECT_EQ(size.limit(), 1U);
}

TEST(CommitSize, WhatIsInDoubtIsTriedAgainAsItIs) {
  CommitSize size;
  size.was_too_slow(8);
  size.is_in_doubt();
  size.was_too_slow(8);
  EXPECT_EQ(size.limit(), CommitSize::kNoLimit);
}

TEST(CommitSize, GrowsWithWhatIsStoredAtTheLimitOnly) {
  CommitSize size;
  for (int i = 0; i < 2; ++i) size.was_too_slow(64);
  for (int i = 0; i < 1'000; ++i) size.was_stored(16);
  EXPECT_EQ(size.limit(), 32U);
  for (std::size_t i = 0; i < CommitSize::kGrowAfter; ++i) size.was_stored(32);
  EXPECT_EQ(size.limit(), 64U);
  for (std::size_t i = 0; i < 20 * CommitSize::kGrowAfter; ++i) size.was_stored(size.limit());
  EXPECT_EQ(size.limit(), CommitSize::kNoLimit);
}

/// A database that stores at most `most` records before its time-out; as the writer, it tries the
/// same part until it is stored or the limit says that it is too large.
class SlowDatabase {
 public:
  explicit SlowDatabase(std::size_t most) : most_(most) {}

  Result<db::CommitCounts> commit(const db::BatchRecord& part) {
    const std::size_t records = part.packs.size() + part.dead_letters.size();
    while (records > most_) {
      ++time_outs;
      size.was_too_slow(records);
      if (records > size.limit()) return Error{Action::retry, "time-out"};
    }
    size.was_stored(records);
    for (const db::DeadLetterRecord* letter : part.dead_letters) stored.push_back(letter);
    db::CommitCounts counts;
    counts.dead_letters = records;
    return counts;
  }

  CommitSize size;
  std::size_t time_outs = 0;
  std::vector<const db::DeadLetterRecord*> stored;

 private:
  std::size_t most_;
};

class SlowBatch : public testing::TestWithParam<std::size_t> {};

TEST_P(SlowBatch, IsStoredWholeInOrderInParts) {
  std::vector<db::DeadLetterRecord> letters(100);
  std::vector<const db::DeadLetterRecord*> borrowed;
  for (const db::DeadLetterRecord& one : letters) borrowed.push_back(&one);
  SlowDatabase database(GetParam());
  const CommitPart commit = [&](const db::BatchRecord& part) { return database.commit(part); };
  for (int round = 1; round <= 5; ++round) {
    database.stored.clear();
    const auto counts = commit_by_halves({{}, {}, borrowed}, database.size, commit);
    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(counts->dead_letters, 100U);
    EXPECT_EQ(database.stored, borrowed);
  }
  // Two for each size on the way down, and two for each attempt to grow again, which comes after
  // kGrowAfter parts of more than a quarter of what the database takes.
  EXPECT_LE(database.time_outs, 2U * 7U + 2U * 500U * 4U / (CommitSize::kGrowAfter * GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SlowBatch, testing::Values(1, 2, 3, 10, 40, 99, 100));

}  // namespace
}  // namespace mgc::consumer
