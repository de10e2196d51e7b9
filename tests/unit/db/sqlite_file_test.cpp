#include "db/migrate.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "db/compliance_reader.hpp"
#include "db/compliance_store.hpp"
#include "db/session.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::db {
namespace {

class SqliteFile : public ::testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(file_) << text; }
  void run(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
  }
  Result<void> init(Schema schema = Schema::mgccomp) { return init_database(dsn_, schema, clock_); }
  /// One line that says stop, the file and `said`.
  static void expect_stop(const Error& error, const std::string& file, const std::string& said) {
    EXPECT_EQ(error.action, Action::stop) << error.message;
    EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(said), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  }

  test::TempDir directory_;
  test::FakeClock clock_;
  const std::string file_ = (directory_ / "store.db").string();
  const std::string dsn_ = "sqlite3://db=" + file_;
};

TEST_F(SqliteFile, ADirectoryAndAMissingDirectoryAreNamed) {
  const auto directory =
      init_database("sqlite3://db=" + directory_.path().string(), Schema::mgccomp, clock_);
  ASSERT_FALSE(directory);
  expect_stop(directory.error(), directory_.path().string(), "is a directory");
  const auto missing =
      init_database("sqlite3://db=" + (directory_ / "no/x.db").string(), Schema::mgccomp, clock_);
  ASSERT_FALSE(missing);
  expect_stop(missing.error(), "no/x.db", "does not exist");
}

TEST_F(SqliteFile, WhatIsNoDatabaseIsLeftAlone) {
  write("This is a letter, not a database. " + std::string(2000, '.'));
  const auto size = std::filesystem::file_size(file_);
  const auto made = init();
  ASSERT_FALSE(made);
  expect_stop(made.error(), file_, "not a database");
  EXPECT_EQ(std::filesystem::file_size(file_), size);
  const auto status = database_status(dsn_);
  ASSERT_FALSE(status);
  expect_stop(status.error(), file_, "not a database");
}

TEST_F(SqliteFile, AStoreWithoutItsWriteAheadLogIsRefused) {
  ASSERT_TRUE(init());
  run("PRAGMA journal_mode = DELETE");
  StoreOptions options;
  options.holder = "h";
  expect_stop(ComplianceStore::open(dsn_, options, clock_).error(), file_, "journal_mode=wal");
  EXPECT_EQ(database_status(dsn_)->warnings.size(), 1U);
  ASSERT_TRUE(init()) << "the way out";
  EXPECT_TRUE(ComplianceStore::open(dsn_, options, clock_).has_value());
}

TEST_F(SqliteFile, MakingIsCreatingAndLookingIsNot) {
  EXPECT_FALSE(database_status(dsn_));
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_TRUE(init());
  EXPECT_TRUE(std::filesystem::exists(file_));
}

TEST_F(SqliteFile, MgccompHasAWriteAheadLogThatACommitGoesThrough) {
  ASSERT_TRUE(init());
  const auto session = open_session(dsn_, OpenMode::read_write);
  ASSERT_TRUE(session);
  EXPECT_EQ(*(*session)->query_number("PRAGMA synchronous"), 2) << "FULL";
  EXPECT_EQ(*(*session)->query_number("PRAGMA wal_autocheckpoint"), 0) << "not the writer";
  ASSERT_TRUE((*session)->execute("INSERT INTO node (name) VALUES (?1)", {"n"}));
  EXPECT_GT(std::filesystem::file_size(file_ + "-wal"), 0U);
  ASSERT_TRUE((*session)->own_checkpoints(true));
  EXPECT_EQ(*(*session)->query_number("PRAGMA wal_autocheckpoint"), 1000);
}

TEST_F(SqliteFile, MgcInAFileOfItsOwnKeepsTheRollbackJournal) {
  ASSERT_TRUE(init(Schema::mgc));
  const auto session = open_session(dsn_, OpenMode::read_write);
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->execute("INSERT INTO mgc_room (uri, name) VALUES (?1, ?2)", {"u", "n"}));
  EXPECT_FALSE(std::filesystem::exists(file_ + "-wal"));
}

TEST_F(SqliteFile, AReaderLeavesTheWriteAheadLogAlone) {
  ASSERT_TRUE(init());
  const auto writer = open_session(dsn_, OpenMode::read_write);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->execute("INSERT INTO node (name) VALUES (?1)", {"n"}));
  const auto size = std::filesystem::file_size(file_ + "-wal");
  {
    const auto reader = ComplianceReader::open(dsn_);
    ASSERT_TRUE(reader);
    ASSERT_TRUE((*reader)->count());
  }
  EXPECT_EQ(std::filesystem::file_size(file_ + "-wal"), size);
}

/// Changes the schema of a file as fast as it can, as a service does that begins many segments.
class RestlessSchema {
 public:
  explicit RestlessSchema(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &handle_), SQLITE_OK);
    run("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000");
    // To read all of these takes far longer than to change one.
    std::string many = "BEGIN;";
    for (int i = 0; i < 3'000; ++i) many += "CREATE TABLE many_" + std::to_string(i) + " (a, b);";
    run(many + "COMMIT");
    changes_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) run("CREATE TABLE restless (a); DROP TABLE restless");
    });
  }
  ~RestlessSchema() {
    changes_ = {};
    EXPECT_EQ(sqlite3_close(handle_), SQLITE_OK);
  }

 private:
  void run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle_);
  }
  sqlite3* handle_ = nullptr;
  std::jthread changes_;
};

TEST_F(SqliteFile, ASchemaThatNeverStandsStillDoesNotStarveAReader) {
  ASSERT_TRUE(init());
  const RestlessSchema restless(file_);
  const auto status = database_status(dsn_);
  ASSERT_TRUE(status) << status.error().message;
  const auto reader = ComplianceReader::open(dsn_);
  ASSERT_TRUE(reader) << reader.error().message;
  for (int time = 0; time < 5; ++time) {
    const auto counts = (*reader)->count();
    ASSERT_TRUE(counts) << counts.error().message;
  }
}

TEST_F(SqliteFile, AReadThatFailsInARestlessSchemaSaysWhyAndLeavesNoTransaction) {
  ASSERT_TRUE(init());
  const RestlessSchema restless(file_);
  const auto session = open_session(dsn_, OpenMode::read_only);
  ASSERT_TRUE(session) << session.error().message;
  const auto failed =
      (*session)->query_number("SELECT abs(-9223372036854775807 - 1) FROM sqlite_schema");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("integer overflow"), std::string::npos)
      << failed.error().message;
  const auto begun = (*session)->begin_snapshot();
  EXPECT_TRUE(begun) << begun.error().message;
  (*session)->rollback();
}

}  // namespace
}  // namespace mgc::db
