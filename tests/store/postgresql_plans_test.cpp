// What statements read: those of a batch while the server has no statistics of the tables yet, and
// those of a search in a sealed segment.
#include <fmt/format.h>

#include "tests/store/postgresql_server.hpp"
#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

class PostgresqlPlans : public SegmentsTest {
 protected:
  PostgresqlPlans() { reopen({}); }

  /// The server counts what a session read when it ends.
  void wait_for_sessions() {
    while (ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
               " AND pid <> pg_backend_pid()") != "0") {
      continue;
    }
  }
  /// Rows of `table` that were read one after the other, by statements of sessions that have ended.
  std::int64_t read_without_index(const std::string& table) {
    return std::stoll(ask(
        fmt::format("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = '{}'", table)));
  }
  /// Entries of all indexes of `table` that were read.
  std::int64_t read_of_indexes(const std::string& table) {
    return std::stoll(ask(fmt::format(
        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = '{}'", table)));
  }
};

TEST_F(PostgresqlPlans, WhatABatchReadsDoesNotGrowWithWhatIsStored) {
  constexpr std::uint64_t kBatches = 40;
  constexpr std::uint64_t kPacks = 20;
  Bytes previous;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    std::vector<db::PackRecord> packs;
    for (std::uint64_t i = 1; i <= kPacks; ++i) {
      const std::uint64_t sequence = batch * kPacks + i;
      std::vector<schema::Event> events = posts(sequence, 1);
      events[0].actor = schema::Person{fmt::format("sip:new{}", sequence), "n", "", false};
      packs.push_back(make_pack("chat-1", 1, sequence, events, previous));
      previous = Bytes(schema::bytes_of(packs.back().sha256));
    }
    ASSERT_EQ(must(commit(packs)).packs_stored, kPacks);
  }
  store_.reset();
  wait_for_sessions();
  EXPECT_EQ(read_without_index("pack"), 0);
  EXPECT_EQ(read_without_index("person"), 0);
  EXPECT_LE(read_of_indexes("pack"), kBatches) << "800 packs are stored";
}

TEST_F(PostgresqlPlans, ASearchInASealedSegmentReadsWhatItsIndexesFind) {
  constexpr std::uint64_t kEvents = 40'000;
  constexpr std::uint64_t kOfPack = 10'000;
  reopen({.events = 5});
  tend();
  std::vector<db::PackRecord> packs;
  for (std::uint64_t first = 0; first < kEvents; first += kOfPack) {
    std::vector<schema::Event> events(kOfPack, chat_event("filler"));
    if (first + kOfPack == kEvents) {
      events[9'000].content = "zebra filler";
      events[9'000].file = schema::File{"f", Bytes(32, 'a'), 1, ""};
    }
    packs.push_back(make_pack("n", 1, first + 1, events));
  }
  must(commit(packs));
  store(kEvents + 1, 1);
  tend();
  ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  store_.reset();
  wait_for_sessions();
  const auto before = read_without_index("event_1");
  for (const char* text : {"zebra", "zeb*", "\"zebra fill*\"", "zebra OR nosuchword", "zeb* -y"}) {
    db::EventQuery query;
    query.content = parse_text_query(text).value();
    EXPECT_EQ(search(query), Ids{39'000}) << text;
  }
  db::EventQuery query;
  query.file_sha256 = Bytes(32, 'a');
  EXPECT_EQ(search(query), Ids{39'000});
  wait_for_sessions();
  EXPECT_EQ(read_without_index("event_1") - before, 0) << "of 40,000 rows";
}

}  // namespace
}  // namespace mgc::test
