#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "db/compliance_reader.hpp"
#include "db/compliance_store.hpp"
#include "db/migrate.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"
#include "tests/store/engine.hpp"
#include "tests/support/arm.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::test {

/// Ends a test whose own preparations fail, with the reason.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

/// `count` posts, each with its sequence as text.
inline std::vector<schema::Event> posts(std::uint64_t first_sequence, std::size_t count) {
  std::vector<schema::Event> events;
  for (std::size_t i = 0; i < count; ++i) {
    events.push_back(chat_event("post " + std::to_string(first_sequence + i)));
  }
  return events;
}

/// A pack as the consumer hands it over: encoded, decoded, hashed and viewed.
inline db::PackRecord make_pack(const std::string& node, std::uint64_t epoch,
                                std::uint64_t first_sequence,
                                const std::vector<schema::Event>& events,
                                const Bytes& previous_sha256 = {}) {
  std::vector<Bytes> encoded;
  for (const schema::Event& event : events) encoded.push_back(must(schema::encode_event(event)));
  schema::PackHeader header;
  header.node = node;
  header.epoch = epoch;
  header.first_sequence = first_sequence;
  header.previous_sha256 = previous_sha256;
  Bytes body = must(schema::encode_pack(header, encoded));
  schema::Pack pack = must(schema::decode_pack(body));
  schema::Hasher hasher;
  std::vector<schema::Digest> leaves;
  for (std::size_t i = 0; i < pack.size(); ++i) leaves.push_back(hasher.leaf(pack.event(i)));
  db::PackRecord record{std::move(body), {}, hasher.root(leaves), std::move(pack), {}};
  record.sha256 = hasher.sha256(record.body);
  for (std::size_t i = 0; i < record.pack.size(); ++i) {
    record.events.push_back(must(schema::view_event(record.pack.event(i))));
  }
  return record;
}

inline db::PackRecord make_pack(const std::string& node, std::uint64_t epoch,
                                std::uint64_t first_sequence, std::size_t count) {
  return make_pack(node, epoch, first_sequence, posts(first_sequence, count));
}

template <typename... Packs>
std::vector<db::PackRecord> packs_of(Packs&&... packs) {
  std::vector<db::PackRecord> all;
  all.reserve(sizeof...(packs));
  (all.push_back(std::forward<Packs>(packs)), ...);
  return all;
}

/// A fresh mgccomp with a store that holds the lease of its lane.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    must(db::init_database(dsn_, db::Schema::mgccomp, clock_));
    store_ = open_store("first");
    if (!must(store_->take_lease())) throw std::runtime_error("no lease");
  }
  ~StoreTest() override { disarm(); }

  static void disarm() { arm(""); }

  std::unique_ptr<db::ComplianceStore> open_store(const std::string& holder,
                                                  const std::string& lane = "compliance") {
    db::StoreOptions options;
    options.lane = lane;
    options.holder = holder;
    return must(db::ComplianceStore::open(dsn_, options, clock_));
  }
  std::unique_ptr<db::ComplianceReader> reader() { return must(db::ComplianceReader::open(dsn_)); }
  db::StoreCounts counts() { return must(reader()->count()); }

  Result<db::CommitCounts> commit(const std::vector<db::PackRecord>& packs,
                                  const std::vector<db::DeadLetterRecord>& letters = {}) {
    return commit_to(*store_, packs, letters);
  }
  Result<db::CommitCounts> commit_to(db::ComplianceStore& store,
                                     const std::vector<db::PackRecord>& packs,
                                     const std::vector<db::DeadLetterRecord>& letters = {}) {
    std::vector<const db::PackRecord*> borrowed_packs;
    std::vector<const db::DeadLetterRecord*> borrowed_letters;
    for (const auto& pack : packs) borrowed_packs.push_back(&pack);
    for (const auto& letter : letters) borrowed_letters.push_back(&letter);
    return store.commit({clock_.utc_now(), borrowed_packs, borrowed_letters});
  }

  /// The first column of the first row of `sql`; read around the project.
  std::string ask(const std::string& sql) { return run(sql).at(0); }
  /// All columns of all rows.
  std::vector<std::string> run(const std::string& sql) { return engine_->run(sql); }

  const std::unique_ptr<TestEngine> engine_ = make_engine();
  FakeClock clock_;
  const std::string dsn_ = engine_->dsn();
  std::unique_ptr<db::ComplianceStore> store_;
};

}  // namespace mgc::test
