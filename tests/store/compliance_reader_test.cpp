#include "db/compliance_reader.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Reader : public StoreTest {
 protected:
  /// Six events: posts by anna in #ubuntu and by bob in #kernel, a join and a part.
  void store_sample() {
    std::vector<schema::Event> events;
    for (int i = 0; i < 6; ++i) {
      auto event = chat_event(i % 2 == 0 ? "50% of Kernel_tests" : "nothing here");
      if (i % 2 == 1) {
        event.room = schema::Room{"ma-chan://example.org/kernel", "#kernel"};
        event.actor = schema::Person{"sip:bob@example.org", "bob", "bob@example.org", true};
      }
      event.occurred_at = utc_from_micros(1000 + i);
      if (i == 4) event.kind = schema::EventKind::join;
      if (i == 5) event.kind = schema::EventKind::part;
      events.push_back(event);
    }
    must(commit(packs_of(make_pack("n", 1, 1, events))));
  }
  std::vector<std::uint64_t> search(const db::EventQuery& query) {
    std::vector<std::uint64_t> ids;
    for (const auto& hit : must(reader()->search(query))) ids.push_back(hit.event_id);
    return ids;
  }
};

using Ids = std::vector<std::uint64_t>;

TEST_F(Reader, FindsByRoomAndPersonInEachOfTheirNames) {
  store_sample();
  db::EventQuery query;
  for (const char* room : {"#kernel", "ma-chan://example.org/kernel"}) {
    query.room = room;
    EXPECT_EQ(search(query), (Ids{1, 3, 5})) << room;
  }
  query.room.reset();
  for (const char* person : {"anna", "sip:anna@example.org", "anna@example.org"}) {
    query.person = person;
    EXPECT_EQ(search(query), (Ids{0, 2, 4})) << person;
  }
  query.room = "#kernel";
  EXPECT_EQ(search(query), Ids{}) << "every field narrows";
  query.room = "' OR 1=1 --";
  EXPECT_EQ(search(query), Ids{});
}

TEST_F(Reader, FindsByKindAndTime) {
  store_sample();
  db::EventQuery query;
  query.kinds = {schema::EventKind::join, schema::EventKind::part};
  EXPECT_EQ(search(query), (Ids{4, 5}));
  query.kinds.clear();
  query.since = utc_from_micros(1001);
  query.until = utc_from_micros(1004);
  EXPECT_EQ(search(query), (Ids{1, 2, 3})) << "since is inclusive, until is not";
}

TEST_F(Reader, FindsTextLiterallyInAnyCase) {
  store_sample();
  db::EventQuery query;
  query.text = "kernel_TESTS";
  EXPECT_EQ(search(query), (Ids{0, 2, 4}));
  query.text = "50%";
  EXPECT_EQ(search(query), (Ids{0, 2, 4}));
  query.text = "5%";
  EXPECT_EQ(search(query), Ids{}) << "% is no wildcard";
  query.text = "kernel tests";
  EXPECT_EQ(search(query), Ids{}) << "_ is no wildcard";
}

TEST_F(Reader, TextBehindANulIsFound) {
  must(commit(packs_of(make_pack("n", 1, 1, {chat_event(std::string("a\0secret", 8))}))));
  db::EventQuery query;
  query.text = "SECRET";
  EXPECT_EQ(search(query), Ids{0});
}

TEST_F(Reader, PagesThroughAllHits) {
  store_sample();
  db::EventQuery query;
  query.limit = 2;
  EXPECT_EQ(search(query), (Ids{0, 1}));
  query.after_event_id = 1;
  EXPECT_EQ(search(query), (Ids{2, 3}));
  query.after_event_id = 5;
  EXPECT_EQ(search(query), Ids{});
}

TEST_F(Reader, PagesOverLanesMissNothing) {
  store_sample();
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, 4))));
  db::EventQuery query;
  query.limit = 3;
  Ids all;
  for (auto page = search(query); !page.empty(); page = search(query)) {
    all.insert(all.end(), page.begin(), page.end());
    query.after_event_id = page.back();
  }
  EXPECT_EQ(all, (Ids{0, 0, 1, 1, 2, 2, 3, 3, 4, 5}));
}

TEST_F(Reader, ReadsMoreThanOneStatementShows) {
  constexpr std::uint64_t kPackEvents = 10'000;
  std::vector<std::uint64_t> firsts;
  for (std::uint64_t first = 0; first < 6 * kPackEvents; first += kPackEvents) {
    must(commit(packs_of(make_pack("n", 1, first + 1, kPackEvents))));
    firsts.push_back(first);
  }
  std::vector<std::uint64_t> seen;
  must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
    seen.push_back(row.first_event_id);
    return true;
  }));
  EXPECT_EQ(seen, firsts);

  db::EventQuery query;
  query.limit = 100'000;
  const Ids all = search(query);
  ASSERT_EQ(all.size(), 6 * kPackEvents);
  for (std::uint64_t id = 0; id < all.size(); ++id) ASSERT_EQ(all[id], id);
  query.after_event_id = 49'998;
  query.before_event_id = 50'001;
  EXPECT_EQ(search(query), (Ids{49'999, 50'000}));
}

TEST_F(Reader, ReadsWhileItReads) {
  store_sample();
  const auto open = reader();
  db::EventQuery same;
  same.kinds = {schema::EventKind::chat};
  Ids outer, inner;
  must(open->each_hit("compliance", same, [&](const auto& hit) {
    outer.push_back(hit.event_id);
    must(open->each_hit("compliance", same, [&](const auto& other) {
      inner.push_back(other.event_id);
      return other.event_id < 2;
    }));
    return true;
  }));
  EXPECT_EQ(outer, (Ids{0, 1, 2, 3}));
  EXPECT_EQ(inner, (Ids{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2})) << "each as far as it was wanted";
}

TEST_F(Reader, SaysWhoIsOfAnotherOrganisation) {
  store_sample();
  const auto hits = must(reader()->search({}));
  ASSERT_EQ(hits.size(), 6U);
  EXPECT_EQ(hits[0].actor_external, false);
  EXPECT_EQ(hits[1].actor_external, true);
}

TEST_F(Reader, CountsWhatIsThere) {
  store_sample();
  must(commit(packs_of(make_pack("n", 1, 9, 2)), {{"id", "no pack", "x"}}));
  const auto counts = this->counts();
  EXPECT_EQ(counts.events, 8U);
  EXPECT_EQ(counts.packs, 2U);
  EXPECT_EQ(counts.blocks, 2U);
  EXPECT_EQ(counts.gaps, 1U);
  EXPECT_EQ(counts.dead_letters, 1U);
  EXPECT_EQ(counts.duplicates, 0U);
  EXPECT_EQ(counts.by_kind,
            (std::map<std::string, std::uint64_t>{{"CHAT", 6}, {"JOIN", 1}, {"PART", 1}}));
}

TEST_F(Reader, CountsAnEventThatWasInsertedTwice) {
  store_sample();
  run("INSERT INTO event_1 SELECT event_id + 100, kind, occurred_at, room_id, actor_id, target_id,"
      " content, chat_id, file_name, file_sha256, node_id, epoch, sequence, block FROM event_1"
      " WHERE event_id < 2");
  EXPECT_EQ(counts().duplicates, 2U);
}

TEST_F(Reader, CountsPacksThatOverlap) {
  store_sample();
  run("INSERT INTO pack SELECT node_id, epoch, 4, 5, lane_id, block, 100, body, sha256, root"
      " FROM pack");
  EXPECT_EQ(counts().duplicates, 3U) << "4, 5 and 6 are in both";
}

TEST_F(Reader, SeesOneStateUntilItIsClosed) {
  store_sample();
  const auto before = reader();
  must(commit(packs_of(make_pack("n", 1, 7, 2))));
  EXPECT_EQ(must(before->count()).events, 6U);
  EXPECT_EQ(must(before->positions()).at(0).max_seen, 6U);
  EXPECT_EQ(counts().events, 8U);
}

TEST_F(Reader, ReadsBlocksAndEventsByNumber) {
  store_sample();
  must(commit(packs_of(make_pack("n", 1, 7, 2))));
  const auto reader = this->reader();
  const auto block = must(reader->block("compliance", 2));
  ASSERT_TRUE(block);
  EXPECT_EQ(block->first_event_id, 6U);
  EXPECT_EQ(block->events, 2U);
  EXPECT_FALSE(must(reader->block("compliance", 3)));
  EXPECT_FALSE(must(reader->block("no such lane", 1)));
}

TEST_F(Reader, StopsAStreamWhenToldTo) {
  for (std::uint64_t i = 1; i <= 3; ++i) must(commit(packs_of(make_pack("n", 1, i, 1))));
  const auto reader = this->reader();
  int blocks = 0;
  int packs = 0;
  must(reader->each_block("compliance", [&](const db::BlockRow&) {
    // A stream can be begun inside another one, also of the same kind.
    must(reader->each_block("compliance", [&](const db::BlockRow&) { return false; }));
    must(reader->each_pack("compliance", [&](const db::PackRow&) { return ++packs % 2 == 1; }));
    return ++blocks < 2;
  }));
  EXPECT_EQ(blocks, 2);
  EXPECT_EQ(packs, 4);
}

}  // namespace
}  // namespace mgc::test
