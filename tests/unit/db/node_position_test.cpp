#include "db/node_position.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace mgc::db {
namespace {

using Gaps = std::vector<SequenceRange>;

TEST(NodePosition, FirstPackFromOneIsContiguous) {
  const auto change = place_range({0, 0}, {}, {1, 5});
  EXPECT_EQ(change.fit, Fit::extends);
  EXPECT_EQ(change.position, (NodePosition{5, 5}));
  EXPECT_FALSE(change.gap_opened);
}

TEST(NodePosition, FirstPackFromLaterOpensAGapFromOne) {
  const auto change = place_range({0, 0}, {}, {4, 5});
  EXPECT_EQ(change.position, (NodePosition{0, 5}));
  EXPECT_EQ(change.gap_opened, (SequenceRange{1, 3}));
}

TEST(NodePosition, TheNextPackExtends) {
  const auto change = place_range({5, 5}, {}, {6, 6});
  EXPECT_EQ(change.fit, Fit::extends);
  EXPECT_EQ(change.position, (NodePosition{6, 6}));
}

TEST(NodePosition, AJumpOpensAGap) {
  const auto change = place_range({5, 5}, {}, {8, 9});
  EXPECT_EQ(change.position, (NodePosition{5, 9}));
  EXPECT_EQ(change.gap_opened, (SequenceRange{6, 7}));
}

TEST(NodePosition, BehindAGapTheContiguousPartStays) {
  const auto change = place_range({5, 9}, {}, {10, 12});
  EXPECT_EQ(change.fit, Fit::extends);
  EXPECT_EQ(change.position, (NodePosition{5, 12}));
  EXPECT_FALSE(change.gap_opened);
}

TEST(NodePosition, FillingTheOnlyGapReachesTheEnd) {
  const auto change = place_range({5, 9}, Gaps{{6, 7}}, {6, 7});
  EXPECT_EQ(change.fit, Fit::fills);
  EXPECT_EQ(change.position, (NodePosition{9, 9}));
  EXPECT_EQ(change.gap_filled, (SequenceRange{6, 7}));
  EXPECT_TRUE(change.still_missing.empty());
}

TEST(NodePosition, FillingTheLowestGapReachesTheNextOne) {
  const auto change = place_range({5, 20}, Gaps{{6, 7}, {11, 15}}, {6, 7});
  EXPECT_EQ(change.position, (NodePosition{10, 20}));
}

TEST(NodePosition, FillingAHigherGapChangesNothingThatIsContiguous) {
  const auto change = place_range({5, 20}, Gaps{{11, 15}}, {11, 15});
  EXPECT_EQ(change.fit, Fit::fills);
  EXPECT_EQ(change.position, (NodePosition{5, 20}));
}

TEST(NodePosition, FillingTheFrontOfAGapMovesOn) {
  const auto change = place_range({5, 20}, Gaps{{6, 10}}, {6, 8});
  EXPECT_EQ(change.position, (NodePosition{8, 20}));
  EXPECT_EQ(change.still_missing, (Gaps{{9, 10}}));
}

TEST(NodePosition, FillingTheBackOfAGapStays) {
  const auto change = place_range({5, 20}, Gaps{{6, 10}}, {9, 10});
  EXPECT_EQ(change.position, (NodePosition{5, 20}));
  EXPECT_EQ(change.still_missing, (Gaps{{6, 8}}));
}

TEST(NodePosition, FillingTheMiddleSplitsTheGap) {
  const auto change = place_range({5, 20}, Gaps{{6, 10}}, {8, 8});
  EXPECT_EQ(change.position, (NodePosition{5, 20}));
  EXPECT_EQ(change.still_missing, (Gaps{{6, 7}, {9, 10}}));
}

TEST(NodePosition, StoredSequencesAreCovered) {
  EXPECT_EQ(place_range({5, 5}, {}, {1, 5}).fit, Fit::covered);
  EXPECT_EQ(place_range({5, 5}, {}, {2, 3}).fit, Fit::covered);
  EXPECT_EQ(place_range({5, 20}, Gaps{{6, 10}}, {1, 5}).fit, Fit::covered);
  EXPECT_EQ(place_range({5, 20}, {}, {11, 20}).fit, Fit::covered);
}

TEST(NodePosition, PartlyStoredSequencesOverlap) {
  EXPECT_EQ(place_range({5, 5}, {}, {5, 6}).fit, Fit::overlaps);
  EXPECT_EQ(place_range({5, 20}, Gaps{{6, 10}}, {5, 6}).fit, Fit::overlaps);
  EXPECT_EQ(place_range({5, 20}, Gaps{{6, 10}}, {10, 11}).fit, Fit::overlaps);
  EXPECT_EQ(place_range({5, 20}, Gaps{{6, 10}}, {4, 12}).fit, Fit::overlaps);
  EXPECT_EQ(place_range({5, 20}, Gaps{{6, 10}}, {6, 21}).fit, Fit::overlaps);
  EXPECT_EQ(place_range({5, 20}, {}, {20, 21}).fit, Fit::overlaps);
}

TEST(NodePosition, RefusedRangesChangeNothing) {
  for (const SequenceRange range : {SequenceRange{2, 3}, SequenceRange{5, 9}}) {
    const auto change = place_range({5, 20}, Gaps{{6, 10}}, range);
    EXPECT_EQ(change.position, (NodePosition{5, 20}));
    EXPECT_FALSE(change.gap_opened);
    EXPECT_FALSE(change.gap_filled);
  }
}

TEST(NodePosition, TheHighestSequenceDoesNotOverflow) {
  constexpr std::uint64_t kMax = (std::uint64_t{1} << 63U) - 1;
  const auto change = place_range({5, 5}, {}, {kMax, kMax});
  EXPECT_EQ(change.position, (NodePosition{5, kMax}));
  EXPECT_EQ(change.gap_opened, (SequenceRange{6, kMax - 1}));
  EXPECT_EQ(place_range({5, kMax}, {}, {kMax, kMax}).fit, Fit::covered);
}

/// A set of sequences, which needs no cleverness, says the same in any order of arrival.
TEST(NodePosition, AgreesWithASetOfSequences) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::set<std::uint64_t> stored;
    NodePosition position;
    Gaps open;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t first = 1 + random() % 60;
      const SequenceRange range{first, first + random() % 6};
      Gaps near;
      std::ranges::copy_if(open, std::back_inserter(near),
                           [&](const SequenceRange& gap) { return gap.last >= range.first; });
      if (near.size() > 2) near.resize(2);
      const auto change = place_range(position, near, range);

      std::uint64_t known = 0;
      for (auto s = range.first; s <= range.last; ++s) known += stored.count(s);
      const bool is_new = change.fit == Fit::extends || change.fit == Fit::fills;
      ASSERT_EQ(is_new, known == 0) << "seed " << seed << " step " << step;
      ASSERT_EQ(change.fit == Fit::covered, known == range.last - range.first + 1);
      if (!is_new) continue;
      for (auto s = range.first; s <= range.last; ++s) stored.insert(s);
      position = change.position;
      if (change.gap_opened) open.push_back(*change.gap_opened);
      if (change.gap_filled) std::erase(open, *change.gap_filled);
      open.insert(open.end(), change.still_missing.begin(), change.still_missing.end());
      std::ranges::sort(open, {}, &SequenceRange::first);

      std::uint64_t contiguous = 0;
      while (stored.count(contiguous + 1) > 0) ++contiguous;
      ASSERT_EQ(position, (NodePosition{contiguous, *stored.rbegin()})) << "seed " << seed;
      std::uint64_t missing = 0;
      for (const SequenceRange& gap : open) {
        for (auto s = gap.first; s <= gap.last; ++s) ASSERT_EQ(stored.count(s), 0U);
        missing += gap.last - gap.first + 1;
      }
      ASSERT_EQ(missing + stored.size(), *stored.rbegin()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mgc::db
