#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "db/compliance_store.hpp"
#include "db/migrate.hpp"
#include "db/pack_record.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

/// A compliance database in a file, with a service that holds its lane.
class SqliteStore : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(db::init_database(dsn(), db::Schema::mgccomp, clock_));
    auto store =
        db::ComplianceStore::open(dsn(), {"compliance", "test", std::chrono::seconds{60}}, clock_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    ASSERT_TRUE(store_->take_lease());
  }
  /// The packs of one block.
  void commit(std::vector<Bytes> bodies) {
    db::PackReader reader;
    std::vector<db::PackRecord> records;
    for (Bytes& body : bodies) {
      auto record = db::read_pack_record(body, reader);
      ASSERT_TRUE(record) << record.error().message;
      records.push_back(std::move(*record));
    }
    std::vector<const db::PackRecord*> packs;
    for (const db::PackRecord& record : records) packs.push_back(&record);
    const auto stored = store_->commit({clock_.utc_now(), packs, {}});
    ASSERT_TRUE(stored) << stored.error().message;
    ASSERT_EQ(stored->packs_stored, packs.size());
  }
  [[nodiscard]] std::string dsn() const { return "sqlite3://db=" + (dir_ / "mgccomp.db").string(); }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<db::ComplianceStore> store_;
};

}  // namespace mgc::test
