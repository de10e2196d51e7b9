// Gaps as a batch writes them: batch_rows.cpp.
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Gaps : public StoreTest {
 protected:
  /// "first-last" of each gap, with "+" behind a closed one.
  std::string gaps(bool with_closed) {
    std::string text;
    for (const db::GapRow& gap : must(reader()->gaps(with_closed))) {
      text += std::to_string(gap.first_sequence) + "-" + std::to_string(gap.last_sequence) +
              (gap.closed_at ? "+ " : " ");
    }
    return text;
  }
};

TEST_F(Gaps, OpenWhenASequenceIsJumpedOver) {
  const auto opened = must(commit(packs_of(make_pack("n", 1, 1, 2), make_pack("n", 1, 6, 2))));
  EXPECT_EQ(opened.gaps_opened, 1U);
  EXPECT_EQ(opened.progress[0].contiguous_through, 2U);
  const auto rows = must(reader()->gaps(false));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].node, "n");
  EXPECT_EQ(rows[0].epoch, 1U);
  EXPECT_EQ(rows[0].first_sequence, 3U);
  EXPECT_EQ(rows[0].last_sequence, 5U);
  EXPECT_EQ(rows[0].first_seen_at, clock_.utc_now());
  EXPECT_FALSE(rows[0].closed_at);
  EXPECT_EQ(counts().gaps, 1U);
}

TEST_F(Gaps, CloseWhenTheMissingPackArrives) {
  must(commit(packs_of(make_pack("n", 1, 4, 2))));
  const UtcTime seen = clock_.utc_now();
  clock_.advance(std::chrono::minutes(5));
  const auto closed = must(commit(packs_of(make_pack("n", 1, 1, 3))));
  EXPECT_EQ(closed.gaps_closed, 1U);
  EXPECT_EQ(closed.progress[0].contiguous_through, 5U);
  EXPECT_TRUE(must(reader()->gaps(false)).empty());
  const auto rows = must(reader()->gaps(true));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].first_seen_at, seen);
  EXPECT_EQ(rows[0].closed_at, clock_.utc_now());
}

TEST_F(Gaps, SplitAndKeepWhenTheyWereFirstSeen) {
  must(commit(packs_of(make_pack("n", 1, 11, 1))));
  const UtcTime seen = clock_.utc_now();
  clock_.advance(std::chrono::minutes(5));
  const auto split = must(commit(packs_of(make_pack("n", 1, 4, 3))));
  EXPECT_EQ(split.gaps_opened, 1U);
  EXPECT_EQ(split.gaps_closed, 0U);
  EXPECT_EQ(gaps(false), "1-3 7-10 ");
  EXPECT_EQ(gaps(true), "1-3 4-6+ 7-10 ");
  for (const db::GapRow& gap : must(reader()->gaps(true))) EXPECT_EQ(gap.first_seen_at, seen);
}

TEST_F(Gaps, AnyOrderOfArrivalEndsContiguous) {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  for (const std::uint64_t first : {5U, 9U, 1U, 7U, 3U}) {
    const auto stored = must(commit(packs_of(make_pack("n", 1, first, 2))));
    opened += stored.gaps_opened;
    closed += stored.gaps_closed;
    EXPECT_EQ(counts().gaps, opened - closed);
  }
  EXPECT_EQ(gaps(false), "");
  EXPECT_EQ(must(reader()->positions()).at(0).contiguous_through, 10U);
  EXPECT_EQ(must(reader()->positions()).at(0).max_seen, 10U);
}

TEST_F(Gaps, AreFilledWithinTheBatchThatOpenedThem) {
  const auto stored = must(commit(packs_of(make_pack("n", 1, 5, 2), make_pack("n", 1, 1, 4))));
  EXPECT_EQ(stored.progress[0].contiguous_through, 6U);
  EXPECT_EQ(counts().gaps, 0U);
}

TEST_F(Gaps, OfOneEpochAreNothingToAnother) {
  must(commit(packs_of(make_pack("n", 1, 3, 1), make_pack("n", 2, 1, 3))));
  EXPECT_EQ(gaps(false), "1-2 ");
  const auto positions = must(reader()->positions());
  ASSERT_EQ(positions.size(), 2U);
  EXPECT_EQ(positions[0].contiguous_through, 0U);
  EXPECT_EQ(positions[1].contiguous_through, 3U);
}

TEST_F(Gaps, APackThatReachesBeyondItsGapIsRefused) {
  must(commit(packs_of(make_pack("n", 1, 1, 2), make_pack("n", 1, 5, 2))));
  const auto refused = must(commit(packs_of(make_pack("n", 1, 3, 3))));
  EXPECT_EQ(refused.dead_letters, 1U);
  EXPECT_EQ(gaps(true), "3-4 ");
}

}  // namespace
}  // namespace mgc::test
