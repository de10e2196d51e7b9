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

/// Blocks 1 and 2 with packs at the event ids 0, 3 and 5, of 8 events.
class LedgerRowsTest : public StoreTest {
 protected:
  LedgerRowsTest() {
    must(commit(packs_of(make_pack("a", 1, 1, 3), make_pack("b", 1, 1, 2))));
    must(commit(packs_of(make_pack("a", 1, 4, 3))));
  }
  std::vector<std::uint64_t> packs_from(std::int64_t event_id) {
    std::vector<std::uint64_t> found;
    must(reader()->each_pack_from("compliance", event_id, [&](const db::PackRow& row) {
      found.push_back(row.first_event_id);
      return true;
    }));
    return found;
  }
};
using Numbers = std::vector<std::uint64_t>;

TEST_F(LedgerRowsTest, PacksAndBlocksAreReadFromAnyPlaceOn) {
  EXPECT_EQ(packs_from(0), (Numbers{0, 3, 5}));
  EXPECT_EQ(packs_from(1), (Numbers{3, 5}));
  EXPECT_EQ(packs_from(5), Numbers{5});
  EXPECT_EQ(packs_from(6), Numbers{});
  Numbers blocks;
  must(reader()->each_block_from("compliance", 2, [&](const db::BlockRow& row) {
    blocks.push_back(row.block);
    return true;
  }));
  EXPECT_EQ(blocks, Numbers{2});
}

TEST_F(LedgerRowsTest, ThePackOfAnEventIsFound) {
  const auto reader = this->reader();
  const auto first_of = [&](std::uint64_t event_id) {
    return must(reader->ledger().pack_with("compliance", event_id));
  };
  EXPECT_EQ(first_of(0), 0);
  EXPECT_EQ(first_of(2), 0);
  EXPECT_EQ(first_of(3), 3);
  EXPECT_EQ(first_of(100), 5);
  EXPECT_EQ(must(reader->ledger().pack_with("no such lane", 1)), std::nullopt);
}

TEST_F(LedgerRowsTest, CheckpointsAreAddedInOrderAndReadBack) {
  auto writer = must(db::CheckpointWriter::open(dsn_));
  const Bytes edge = Bytes(32, '\0') + Bytes(32, '\xff');
  const auto row = [&](std::uint64_t number) {
    return db::CheckpointRow{number, "text\n\n\xE2\x80\x94 name c2ln\n", edge,
                             utc_from_micros(static_cast<std::int64_t>(number))};
  };
  EXPECT_FALSE(must(reader()->ledger().last_checkpoint("compliance")));
  for (std::uint64_t number = 1; number <= 3; ++number) {
    must(writer.add("compliance", row(number)));
  }
  EXPECT_FALSE(writer.add("compliance", row(3))) << "another program was faster";
  EXPECT_FALSE(writer.add("compliance", row(5)));
  EXPECT_FALSE(writer.add("no such lane", row(1)));
  const auto reader = this->reader();
  db::LedgerRows& ledger = reader->ledger();
  const auto last = must(ledger.last_checkpoint("compliance"));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->number, 3U);
  EXPECT_EQ(last->note, row(3).note);
  EXPECT_EQ(last->edge, edge);
  EXPECT_EQ(last->signed_at, utc_from_micros(3));
  const auto some = must(ledger.checkpoints("compliance", 1, 1));
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].number, 2U);
  EXPECT_EQ(must(ledger.checkpoints("compliance", 0, 100)).size(), 3U);
  EXPECT_EQ(must(ledger.count(db::CountedTable::checkpoint)), 3U);
}

TEST_F(LedgerRowsTest, DeadLettersAreReadWithWhatTheyWere) {
  must(commit({}, {{"an id", "no pack", "raw"}, {"other", "none", Bytes(1, '\0')}}));
  must(commit(packs_of(make_pack("a", 1, 4, 2))));  // overlaps what is stored
  const auto reader = this->reader();
  std::vector<db::LetterFacts> letters;
  must(reader->ledger().each_letter("compliance", [&](const db::LetterFacts& letter) {
    letters.push_back(letter);
    return true;
  }));
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].message_id, "an id");
  EXPECT_EQ(letters[0].reason, "no pack");
  EXPECT_EQ(letters[0].received_at, clock_.utc_now());
  EXPECT_EQ(letters[0].node, std::nullopt);
  EXPECT_EQ(must(reader->ledger().letter_bytes(letters[1].id)), Bytes(1, '\0'));
  EXPECT_EQ(letters[1].sha256, sha256_of(Bytes(1, '\0')));
  EXPECT_EQ(letters[2].node, "a");
  EXPECT_EQ(letters[2].epoch, 1U);
  EXPECT_EQ(letters[2].first_sequence, 4U);
}

TEST_F(LedgerRowsTest, TheProjectionIsReadAsItIsStored) {
  auto event = chat_event("with a target");
  event.target = schema::Person{"sip:bob@example.org", "bob", "", true};
  must(commit(packs_of(make_pack("c", 1, 1, {event}))));
  const auto reader = this->reader();
  auto projection = must(reader->projection("compliance"));
  db::ProjectedRows rows;
  must(projection.read(4, 6, rows));
  must(projection.read(8, 100, rows));
  ASSERT_EQ(rows.rows().size(), 3U);
  EXPECT_EQ(rows.rows()[0].event.event_id, 4U);
  EXPECT_EQ(rows.rows()[0].node->parts[0], "b");
  EXPECT_EQ(rows.rows()[0].target, nullptr);
  const db::ProjectedRow& last = rows.rows()[2];
  EXPECT_EQ(last.event.event_id, 8U);
  EXPECT_EQ(last.event.content, "with a target");
  EXPECT_EQ(last.event.block, 3U);
  EXPECT_EQ(last.room->parts[1], "#ubuntu");
  EXPECT_EQ(last.actor->kind, 'p');
  EXPECT_EQ(last.target->kind, 'x');
  EXPECT_EQ(last.target->parts[0], "sip:bob@example.org");
}

TEST_F(LedgerRowsTest, RowsOutsideOfWhatASegmentSaysAreStrays) {
  ASSERT_EQ(must(must(reader()->projection("compliance")).strays({1, 1, "compliance"})).rows, 8U)
      << "a segment that says nothing holds nothing";
  run("UPDATE event_1 SET event_id = 20 WHERE event_id = 7");
  const auto reader = this->reader();
  auto projection = must(reader->projection("compliance"));
  const auto strays = must(projection.strays(projection.segments().at(0)));
  EXPECT_EQ(strays.rows, 1U);
  EXPECT_EQ(strays.least_id, 20);
  db::ProjectedRows rows;
  must(projection.read(0, 100, rows));
  EXPECT_EQ(rows.rows().size(), 7U);
}

}  // namespace
}  // namespace mgc::test
