// The ledger that a batch writes: batch_writer.cpp, recomputed here from the packs alone.
#include <cstring>

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using Ledger = StoreTest;

schema::Digest digest_of(const Bytes& bytes) {
  schema::Digest digest{};
  if (bytes.size() != digest.size()) throw std::runtime_error("not a digest");
  std::memcpy(digest.data(), bytes.data(), bytes.size());
  return digest;
}

TEST_F(Ledger, RecomputedFromThePacksEqualsItsRows) {
  must(commit(packs_of(make_pack("a", 1, 1, 3), make_pack("b", 1, 1, 1))));
  must(commit(packs_of(make_pack("a", 1, 4, 7))));
  must(commit(packs_of(make_pack("a", 1, 4, 7))));  // a replay makes no block
  must(
      commit(packs_of(make_pack("b", 1, 2, 2), make_pack("a", 1, 11, 1), make_pack("c", 5, 9, 2))));

  const auto reader = this->reader();
  std::vector<db::PackRow> packs;
  must(reader->each_pack("compliance", [&](const db::PackRow& row) {
    packs.push_back(row);
    return true;
  }));
  ASSERT_EQ(packs.size(), 6U);
  schema::Hasher hasher;
  schema::Digest previous{};
  std::uint64_t event_id = 0;
  std::uint64_t blocks = 0;
  std::size_t next = 0;
  must(reader->each_block("compliance", [&](const db::BlockRow& row) {
    std::vector<schema::Digest> roots;
    const std::uint64_t first_event_id = event_id;
    for (; next < packs.size() && packs[next].block == row.block; ++next) {
      const auto pack = must(schema::decode_pack(packs[next].body));
      std::vector<schema::Digest> leaves;
      for (std::size_t i = 0; i < pack.size(); ++i) leaves.push_back(hasher.leaf(pack.event(i)));
      EXPECT_EQ(packs[next].first_event_id, event_id);
      EXPECT_EQ(packs[next].event_count, pack.size());
      EXPECT_EQ(digest_of(packs[next].root), hasher.root(leaves));
      roots.push_back(hasher.root(leaves));
      event_id += pack.size();
    }
    ++blocks;
    EXPECT_EQ(row.block, blocks);
    EXPECT_EQ(row.first_event_id, first_event_id);
    EXPECT_EQ(row.events, event_id - first_event_id);
    EXPECT_EQ(row.packs, roots.size());
    EXPECT_EQ(digest_of(row.previous_digest), previous);
    EXPECT_EQ(digest_of(row.root), hasher.root(roots));
    previous = hasher.block(previous, hasher.root(roots),
                            {row.block, first_event_id, event_id - first_event_id, roots.size()});
    EXPECT_EQ(digest_of(row.digest), previous);
    EXPECT_EQ(row.received_at, clock_.utc_now());
    return true;
  }));
  EXPECT_EQ(blocks, 3U);
  EXPECT_EQ(next, packs.size());
  EXPECT_EQ(event_id, 16U);
}

TEST_F(Ledger, EventIdsHaveNoHoles) {
  must(commit(packs_of(make_pack("a", 1, 1, 3))));
  arm("store.before_commit=error@1");
  ASSERT_FALSE(commit(packs_of(make_pack("a", 1, 4, 3))));
  must(commit(packs_of(make_pack("a", 1, 4, 3), make_pack("a", 1, 1, 3))));
  EXPECT_EQ(run("SELECT min(event_id), max(event_id), count(*) FROM event"),
            (std::vector<std::string>{"0", "5", "6"}));
}

TEST_F(Ledger, GoesOnWhereAnEarlierProcessEnded) {
  must(commit(packs_of(make_pack("a", 1, 1, 3))));
  must(store_->drop_lease());
  store_ = open_store("later");
  ASSERT_TRUE(must(store_->take_lease()));
  must(commit(packs_of(make_pack("a", 1, 4, 2))));
  EXPECT_EQ(run("SELECT CASE WHEN a.digest = b.previous_digest THEN 1 ELSE 0 END, b.first_event_id"
                " FROM block AS a, block AS b"
                " WHERE a.block = 1 AND b.block = 2"),
            (std::vector<std::string>{"1", "3"}));
}

TEST_F(Ledger, SegmentKnowsItsIdsAndTimes) {
  auto old = chat_event("old");
  old.occurred_at = utc_from_micros(-5);
  must(commit(packs_of(make_pack("a", 1, 1, {chat_event("x"), old}))));
  must(commit(packs_of(make_pack("a", 1, 3, 1))));
  EXPECT_EQ(run("SELECT state, first_event_id, last_event_id, least_occurred_at,"
                " greatest_occurred_at FROM segment"),
            (std::vector<std::string>{"hot", "0", "2", "-5", "1141525320000000"}));
}

}  // namespace
}  // namespace mgc::test
