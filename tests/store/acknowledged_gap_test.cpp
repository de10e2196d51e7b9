// Gaps that receipts go past: acknowledge_gap.cpp, and dead letters of packs in batch_rows.cpp.
#include "db/acknowledge_gap.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class AcknowledgedGap : public StoreTest {
 protected:
  Result<db::NodePosition> acknowledge(std::uint64_t first, std::uint64_t last) {
    return db::acknowledge_gap(dsn_, {"n", 1, {first, last}}, "the disk of n burnt");
  }
  static db::DeadLetterRecord refused(std::uint64_t first, std::uint32_t count) {
    db::DeadLetterRecord letter{"n/1/" + std::to_string(first), "refused", "raw"};
    letter.header = make_pack("n", 1, first, count).pack.header();
    return letter;
  }
  std::string gaps() {
    std::string text;
    for (const db::GapRow& gap : must(reader()->gaps(true))) {
      text += std::to_string(gap.first_sequence) + "-" + std::to_string(gap.last_sequence) +
              (gap.closed_at ? "+" : "") + (gap.acknowledged ? "a " : " ");
    }
    return text;
  }
  db::PositionRow position() { return must(reader()->positions()).at(0); }
};

TEST_F(AcknowledgedGap, LetsReceiptsGoOnToTheNextGap) {
  must(commit(packs_of(make_pack("n", 1, 1, 2), make_pack("n", 1, 5, 2), make_pack("n", 1, 9, 2))));
  EXPECT_EQ(must(acknowledge(3, 4)), (db::NodePosition{6, 10}));
  EXPECT_EQ(gaps(), "3-4a 7-8 ");
  EXPECT_EQ(must(commit(packs_of(make_pack("n", 1, 11, 1)))).progress.at(0).contiguous_through, 6U);
  EXPECT_EQ(must(acknowledge(7, 8)), (db::NodePosition{11, 11}));
  EXPECT_EQ(must(reader()->gaps(false)).at(0).acknowledged, "the disk of n burnt");
}

TEST_F(AcknowledgedGap, OutOfOrderWaitsForTheFirst) {
  must(commit(packs_of(make_pack("n", 1, 3, 2), make_pack("n", 1, 7, 2))));
  EXPECT_EQ(must(acknowledge(5, 6)), (db::NodePosition{0, 8}));
  EXPECT_EQ(must(commit(packs_of(make_pack("n", 1, 1, 2)))).progress.at(0).contiguous_through, 8U);
  EXPECT_EQ(gaps(), "1-2+ 5-6a ");
}

TEST_F(AcknowledgedGap, IsFilledWhenItsPackComesAllTheSame) {
  must(commit(packs_of(make_pack("n", 1, 1, 2), make_pack("n", 1, 9, 2))));
  must(acknowledge(3, 8));
  const auto stored = must(commit(packs_of(make_pack("n", 1, 5, 2))));
  EXPECT_EQ(stored.progress.at(0).contiguous_through, 10U);
  EXPECT_EQ(gaps(), "3-4a 5-6+a 7-8a ") << "what was acknowledged stays on record";
  must(commit(packs_of(make_pack("n", 1, 3, 2), make_pack("n", 1, 7, 2))));
  EXPECT_EQ(counts().gaps, 0U);
  EXPECT_EQ(position().contiguous_through, 10U);
}

TEST_F(AcknowledgedGap, ThatAnotherLaneFilledIsWhatTheNextPackFollows) {
  must(commit(packs_of(make_pack("n", 1, 1, 2)), {refused(3, 2)}));
  clock_.advance(std::chrono::seconds(1));
  const auto filling = packs_of(make_pack("n", 1, 3, 2));
  const auto other = open_store("second", "other");
  ASSERT_TRUE(must(other->take_lease()));
  must(commit_to(*other, filling));
  const Bytes before(schema::bytes_of(filling[0].sha256));
  const auto stored = must(commit(packs_of(make_pack("n", 1, 5, posts(5, 1), before))));
  EXPECT_EQ(stored.packs_stored, 1U) << "it follows the pack, and no more the dead letter";
  EXPECT_EQ(stored.dead_letters, 0U);
}

TEST_F(AcknowledgedGap, HasToBeAnOpenOneWhole) {
  must(commit(packs_of(make_pack("n", 1, 5, 2))));
  for (const auto& [first, last] : {std::pair{1U, 3U}, {2U, 4U}, {1U, 5U}, {5U, 6U}, {4U, 1U}}) {
    EXPECT_EQ(acknowledge(first, last).error().action, Action::reject) << first << "-" << last;
  }
  must(acknowledge(1, 4));
  EXPECT_EQ(acknowledge(1, 4).error().action, Action::reject) << "twice";
  EXPECT_EQ(db::acknowledge_gap(dsn_, {"m", 1, {1, 4}}, "why").error().action, Action::reject);
  EXPECT_EQ(db::acknowledge_gap(dsn_, {"n", 2, {1, 4}}, "why").error().action, Action::reject);
  EXPECT_EQ(db::acknowledge_gap(dsn_, {"n", 1, {1, 4}}, "").error().action, Action::reject);
  EXPECT_EQ(db::acknowledge_gap(dsn_, {"n", 1, {1, 4}}, "\xFF").error().action, Action::reject);
}

TEST_F(AcknowledgedGap, IsWhatARefusedPackLeaves) {
  must(commit(packs_of(make_pack("n", 1, 1, 2))));
  const auto kept = must(commit({}, {refused(3, 2)}));
  EXPECT_EQ(kept.progress.at(0).contiguous_through, 4U) << "its bytes are in mgccomp";
  schema::Hasher hasher;
  const Bytes sha256(schema::bytes_of(hasher.sha256("raw")));
  EXPECT_EQ(kept.progress.at(0).last_sha256, sha256) << "a copy has other bytes there";
  EXPECT_EQ(must(commit(packs_of(make_pack("n", 1, 1, 2)))).progress.at(0).last_sha256, sha256)
      << "also in a later batch";
  EXPECT_EQ(gaps(), "3-4a ");
  EXPECT_EQ(kept.gaps_opened - kept.gaps_closed, 1U);
  const auto next = must(commit(packs_of(make_pack("n", 1, 5, 2))));
  EXPECT_EQ(next.progress.at(0).contiguous_through, 6U);
  const auto replayed = must(commit(packs_of(make_pack("n", 1, 3, 2))));
  EXPECT_EQ(replayed.gaps_closed, 1U);
  EXPECT_EQ(gaps(), "3-4+a ");
}

TEST_F(AcknowledgedGap, OfARefusedPackBehindAHoleOrInsideOne) {
  const auto jumped = must(commit({}, {refused(5, 2)}));
  EXPECT_EQ(gaps(), "1-4 5-6a ");
  EXPECT_EQ(jumped.gaps_opened, 2U);
  EXPECT_EQ(jumped.progress.at(0).contiguous_through, 0U);
  const auto inside = must(commit({}, {refused(2, 1)}));
  EXPECT_EQ(gaps(), "1-1 2-2a 3-4 5-6a ");
  EXPECT_EQ(inside.gaps_opened - inside.gaps_closed, 2U);
  EXPECT_EQ(counts().gaps, 4U);
  must(commit(packs_of(make_pack("n", 1, 1, 1), make_pack("n", 1, 3, 2))));
  EXPECT_EQ(position().contiguous_through, 6U);
  EXPECT_EQ(position().max_seen, 6U);
}

TEST_F(AcknowledgedGap, NeedsAPositionThatNobodyMovedMeanwhile) {
  must(commit(packs_of(make_pack("n", 1, 1, 2), make_pack("n", 1, 5, 2), make_pack("n", 1, 9, 2))));
  const auto before = run("SELECT updated_at FROM node_position");
  must(acknowledge(7, 8));  // not the lowest: the numbers of the position stay
  EXPECT_NE(run("SELECT updated_at FROM node_position"), before) << "whoever read it must see it";
}

TEST_F(AcknowledgedGap, OfARefusedPackTwiceIsTheSame) {
  must(commit({}, {refused(1, 2)}));
  const auto again = must(commit({}, {refused(1, 2)}));
  EXPECT_EQ(again.progress.at(0).contiguous_through, 2U);
  EXPECT_EQ(gaps(), "1-2a ");
  EXPECT_EQ(counts().dead_letters, 1U);
}

}  // namespace
}  // namespace mgc::test
