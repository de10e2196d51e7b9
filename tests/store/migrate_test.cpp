#include "db/migrate.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/failpoint.hpp"
#include "db/chat_database.hpp"
#include "db/compliance_reader.hpp"
#include "db/compliance_store.hpp"
#include "tests/store/engine.hpp"
#include "tests/support/fake_clock.hpp"

namespace mgc::db {
namespace {

class Migrate : public ::testing::Test {
 protected:
  void run(const std::string& sql) { static_cast<void>(engine_->run(sql)); }
  Result<void> init(Schema schema = Schema::mgccomp) { return init_database(dsn_, schema, clock_); }
  /// One line that says stop, the file and `said`.
  static void expect_stop(const Error& error, const std::string& file, const std::string& said) {
    EXPECT_EQ(error.action, Action::stop) << error.message;
    EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(said), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  }

  const std::unique_ptr<test::TestEngine> engine_ = test::make_engine();
  test::FakeClock clock_;
  const std::string name_ = engine_->name();
  const std::string dsn_ = engine_->dsn();
};

TEST_F(Migrate, InitMakesTheFileAndTwiceChangesNothing) {
  ASSERT_TRUE(init());
  const auto first = database_status(dsn_);
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(init());
  const auto status = database_status(dsn_);
  ASSERT_TRUE(first && status);
  ASSERT_EQ(status->schemas.size(), 2U);
  EXPECT_EQ(status->schemas[0].schema, Schema::mgccomp);
  EXPECT_EQ(status->schemas[0].version, status->schemas[0].newest_version);
  std::vector<std::string> applied = {"0001_initial",           "0002_details",
                                      "0003_acknowledged_gaps", "0004_node_sessions",
                                      "0005_attempt",           "0006_sealing"};
  if (engine_->product() == "PostgreSQL") {
    applied.insert(applied.end(), {"0007_names_in_bulk", "0008_search", "0009_checkpoint"});
  } else if (engine_->product() == "SQL Server") {
    applied.emplace_back("0008_checkpoint");
  } else {
    applied.insert(applied.end(), {"0007_search", "0008_checkpoint"});
  }
  for (std::string& migration : applied) migration += " 2026-01-01T00:00:00.000000Z";
  EXPECT_EQ(status->schemas[0].applied, applied);
  EXPECT_EQ(status->schemas[0].applied, first->schemas[0].applied);
  EXPECT_EQ(status->schemas[1].version, 0);
  EXPECT_EQ(status->engine, engine_->product());
  EXPECT_FALSE(status->engine_version.empty());
  EXPECT_FALSE(status->instance.empty());
  EXPECT_TRUE(status->warnings.empty());
}

TEST_F(Migrate, BothSchemasLiveInOneDatabase) {
  ASSERT_TRUE(init(Schema::mgc));
  ASSERT_TRUE(init(Schema::mgccomp));
  StoreOptions options;
  options.holder = "h";
  EXPECT_TRUE(ComplianceStore::open(dsn_, options, clock_).has_value());
  EXPECT_TRUE(ChatDatabase::open(dsn_).has_value());
  const auto status = database_status(dsn_);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->schemas[0].version, status->schemas[0].newest_version);
  EXPECT_EQ(status->schemas[1].version, 1);
  // Only SQLite has a reason to warn.
  const bool warned = !status->warnings.empty() &&
                      status->warnings[0].find("share one database") != std::string::npos;
  EXPECT_EQ(warned, engine_->product() == "SQLite");
  EXPECT_EQ(status->warnings.size(), warned ? 1U : 0U);
}

TEST_F(Migrate, StatusTellsWhetherOneServerHoldsTwoDatabases) {
  ASSERT_TRUE(init());
  ASSERT_TRUE(init_database(engine_->second_dsn(), Schema::mgc, clock_));
  const auto first = database_status(dsn_);
  const auto second = database_status(engine_->second_dsn());
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->server.empty());
  EXPECT_NE(first->instance, second->instance);
  // Each file of SQLite stands by itself.
  EXPECT_EQ(first->server == second->server, first->engine != "SQLite");
  EXPECT_TRUE(second->warnings.empty());
}

TEST_F(Migrate, SeveralAtOnceApplyEachMigrationOnce) {
  std::vector<std::string> failures(4);
  std::vector<std::thread> threads;
  for (std::string& failure : failures) {
    threads.emplace_back([&] {
      const auto made = init();
      if (!made) failure = made.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  const auto status = database_status(dsn_);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->schemas[0].applied.size(),
            static_cast<std::size_t>(status->schemas[0].newest_version));
  EXPECT_TRUE(status->warnings.empty());
}

TEST_F(Migrate, AnInterruptedInitLeavesNothingAndCanBeRepeated) {
#ifdef MGC_FAILPOINTS
  arm_failpoints("migrate.before_commit=error@1");
  EXPECT_FALSE(init());
  arm_failpoints("");
  const auto status = database_status(dsn_);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->schemas[0].version, 0);
#endif
  EXPECT_TRUE(init());
}

TEST_F(Migrate, TheDatabaseOfSomethingElseIsLeftAlone) {
  run("CREATE TABLE outbox (x INTEGER)");
  const auto made = init();
  ASSERT_FALSE(made);
  expect_stop(made.error(), name_, "something else");
}

TEST_F(Migrate, ANewerDatabaseIsRefused) {
  ASSERT_TRUE(init());
  run("INSERT INTO schema_migration VALUES ('mgccomp', 99, '0099_future', 'x', 0)");
  StoreOptions options;
  options.holder = "h";
  const Error errors[] = {
      init().error(), upgrade_database(dsn_, clock_).error(), database_status(dsn_).error(),
      ComplianceStore::open(dsn_, options, clock_).error(), ComplianceReader::open(dsn_).error()};
  for (const Error& error : errors) expect_stop(error, name_, "newer than this program");
}

TEST_F(Migrate, AChangedMigrationIsRefused) {
  ASSERT_TRUE(init());
  run("UPDATE schema_migration SET checksum = 'other'");
  const auto made = init();
  ASSERT_FALSE(made);
  expect_stop(made.error(), name_, "another text of migration 0001_initial");
}

TEST_F(Migrate, WhatWasNeverInitialisedIsNotOpenedOrUpgraded) {
  StoreOptions options;
  options.holder = "h";
  expect_stop(ComplianceStore::open(dsn_, options, clock_).error(), name_, "run mgc db init");
  expect_stop(upgrade_database(dsn_, clock_).error(), name_, "run mgc db init");
  ASSERT_TRUE(init(Schema::mgc));
  expect_stop(ComplianceStore::open(dsn_, options, clock_).error(), name_, "run mgc db init");
  expect_stop(ComplianceReader::open(dsn_).error(), name_, "run mgc db init");
  EXPECT_TRUE(upgrade_database(dsn_, clock_));
}

}  // namespace
}  // namespace mgc::db
