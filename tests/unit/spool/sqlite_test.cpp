#include "spool/sqlite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/spool/child.hpp"

namespace mgc::spool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const FileKind kPears{"a box of pears", 0x70656172, 3};
const FileKind kApples{"a box of apples", 0x6170706C, 3};
const FileKind kNewerPears{"a box of pears", 0x70656172, 4};

class SqliteTest : public ::testing::Test {
 protected:
  static void make(const std::filesystem::path& file, const FileKind& kind) {
    auto database = Database::open(file, kind);
    ASSERT_TRUE(database);
    Transaction transaction(*database);
    ASSERT_TRUE(transaction.begin());
    ASSERT_TRUE(database->create_tables("CREATE TABLE t(x)", kind));
    ASSERT_TRUE(transaction.commit());
  }
  Error open_error(const FileKind& kind = kPears) {
    auto database = Database::open(file_, kind);
    if (database) return Error{Action::retry, "it opened"};
    EXPECT_EQ(database.error().action, Action::stop);
    EXPECT_THAT(database.error().message, AllOf(HasSubstr(file_.string()), Not(HasSubstr("\n"))));
    return database.error();
  }

  test::TempDir dir_;
  std::filesystem::path file_ = dir_ / "box";
};

TEST_F(SqliteTest, ChoosesTheActionByNativeCode) {
  const std::vector<std::pair<int, Action>> expected = {{SQLITE_BUSY, Action::retry},
                                                        {SQLITE_BUSY_SNAPSHOT, Action::retry},
                                                        {SQLITE_LOCKED, Action::retry},
                                                        {SQLITE_FULL, Action::retry},
                                                        {SQLITE_NOMEM, Action::retry},
                                                        {SQLITE_IOERR, Action::stop},
                                                        {SQLITE_IOERR_FSYNC, Action::stop},
                                                        {SQLITE_IOERR_WRITE, Action::stop},
                                                        {SQLITE_CORRUPT, Action::stop},
                                                        {SQLITE_READONLY, Action::stop},
                                                        {SQLITE_READONLY_DBMOVED, Action::stop},
                                                        {SQLITE_NOTADB, Action::stop},
                                                        {SQLITE_CANTOPEN, Action::stop},
                                                        {SQLITE_PERM, Action::stop},
                                                        {SQLITE_ERROR, Action::stop},
                                                        {SQLITE_MISUSE, Action::stop},
                                                        {SQLITE_CONSTRAINT_UNIQUE, Action::reject},
                                                        {SQLITE_TOOBIG, Action::reject}};
  for (const auto& [code, action] : expected) EXPECT_EQ(action_of(code), action) << code;
}

TEST_F(SqliteTest, WaitsForTheDiskAndKeepsALog) {
  auto database = Database::open(file_, kPears);
  ASSERT_TRUE(database);
  EXPECT_EQ(*database->query_value("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(*database->query_value("PRAGMA synchronous"), "2");
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007U, 0U) << "others may not read";
}

TEST_F(SqliteTest, OpensItsOwnKindAgain) {
  make(file_, kPears);
  auto database = Database::open(file_, kPears);
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->is_empty());
  EXPECT_TRUE(Database::open_to_read(file_, kPears));
}

TEST_F(SqliteTest, RefusesAFileThatIsNotADatabase) {
  std::ofstream(file_) << std::string(5000, 'x');
  EXPECT_THAT(open_error().message, HasSubstr("not a database"));
}

TEST_F(SqliteTest, RefusesAnotherKindOfDatabaseAndLeavesItAsItIs) {
  make(file_, kApples);
  EXPECT_THAT(open_error().message, HasSubstr("not a box of pears"));
  sqlite3* foreign = nullptr;
  const auto plain = dir_ / "plain";
  ASSERT_EQ(sqlite3_open(plain.c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "CREATE TABLE t(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_close(foreign), SQLITE_OK);
  EXPECT_FALSE(Database::open(plain, kPears));
  ASSERT_EQ(sqlite3_open(plain.c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "PRAGMA locking_mode=EXCLUSIVE; INSERT INTO t VALUES(1)", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  EXPECT_FALSE(std::filesystem::exists(plain.string() + "-wal")) << "its journal mode was changed";
  ASSERT_EQ(sqlite3_close(foreign), SQLITE_OK);
}

TEST_F(SqliteTest, RefusesANewerVersion) {
  make(file_, kNewerPears);
  EXPECT_THAT(open_error().message,
              AllOf(HasSubstr("version 4"), HasSubstr("knows version 3"), HasSubstr("newer")));
}

TEST_F(SqliteTest, RefusesADirectoryInPlaceOfTheFile) {
  std::filesystem::create_directory(file_);
  EXPECT_THAT(open_error().message, HasSubstr("not a regular file"));
}

TEST_F(SqliteTest, SaysThatTheDirectoryIsMissing) {
  file_ = dir_ / "missing" / "box";
  EXPECT_THAT(open_error().message, HasSubstr("does not exist; make it"));
}

TEST_F(SqliteTest, RefusesAFileThatItMayNotWrite) {
  make(file_, kPears);
  std::filesystem::permissions(dir_.path(), std::filesystem::perms::all);
  ASSERT_EQ(::chmod(file_.c_str(), 0444), 0);
  EXPECT_EQ(test::run_in_child([&] {
              // Root may write anything, so the child becomes nobody first.
              if (::geteuid() == 0 && ::seteuid(65534) != 0) ::_exit(1);
              const auto database = Database::open(file_, kPears);
              const bool clear = !database && database.error().action == Action::stop &&
                                 database.error().message.find("read-only") != std::string::npos;
              ::_exit(clear ? 7 : 2);
            }),
            "exit 7");
}

TEST_F(SqliteTest, ReadingNeedsAFileThatIsThere) {
  const auto missing = Database::open_to_read(file_, kPears);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("such file"));
  EXPECT_FALSE(std::filesystem::exists(file_));
  std::ofstream(file_).flush();
  EXPECT_THAT(Database::open_to_read(file_, kPears).error().message, HasSubstr("is empty"));
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedIsRolledBack) {
  make(file_, kPears);
  auto database = Database::open(file_, kPears);
  {
    Transaction transaction(*database);
    ASSERT_TRUE(transaction.begin());
    ASSERT_TRUE(database->execute("INSERT INTO t VALUES(1)"));
  }
  EXPECT_FALSE(database->in_transaction());
  EXPECT_EQ(*database->query_value("SELECT count(*) FROM t"), "0");
}

TEST_F(SqliteTest, AFullFileIsARetryAndUndone) {
  make(file_, kPears);
  auto database = Database::open(file_, kPears);
  ASSERT_TRUE(database->execute("PRAGMA max_page_count=4"));
  auto insert = database->prepare("INSERT INTO t VALUES(?1)");
  ASSERT_TRUE(insert);
  {
    Transaction transaction(*database);
    ASSERT_TRUE(transaction.begin());
    const auto full = insert->run(Bytes(100'000, 'x'));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().action, Action::retry);
    EXPECT_THAT(full.error().message, HasSubstr("free space"));
  }
  EXPECT_TRUE(insert->run(Bytes("small")));
  EXPECT_EQ(*database->query_value("SELECT count(*) FROM t"), "1");
}

TEST_F(SqliteTest, AQueryThatIsLeftEarlyHoldsNothing) {
  make(file_, kPears);
  auto database = Database::open(file_, kPears);
  ASSERT_TRUE(database->execute("INSERT INTO t VALUES(1),(2),(3)"));
  auto select = database->prepare("SELECT x FROM t");
  ASSERT_TRUE(select);
  {
    auto rows = select->query();
    ASSERT_TRUE(*rows.next());
    EXPECT_EQ(rows.integer(0), 1);
  }
  EXPECT_TRUE(database->execute("DROP TABLE t")) << "an open query would lock the table";
}

}  // namespace
}  // namespace mgc::spool
