// What the statements of a batch read while the server has no statistics of the tables yet.
#include <fmt/format.h>

#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class PostgresqlPlans : public StoreTest {
 protected:
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
  store_.reset();  // the server counts what a session read when it ends
  while (ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
             " AND pid <> pg_backend_pid()") != "0") {
    continue;
  }
  EXPECT_EQ(read_without_index("pack"), 0);
  EXPECT_EQ(read_without_index("person"), 0);
  EXPECT_LE(read_of_indexes("pack"), kBatches) << "800 packs are stored";
}

}  // namespace
}  // namespace mgc::test
