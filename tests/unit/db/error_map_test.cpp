#include "db/sqlite/error_map.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace mgc::db::sqlite {
namespace {

TEST(ErrorMap, EveryCodeHasItsConsequence) {
  struct Case {
    int code;
    Action statement;
    Action committing;
  };
  const Case cases[] = {
      {SQLITE_BUSY, Action::retry, Action::retry},
      {SQLITE_BUSY_SNAPSHOT, Action::retry, Action::retry},
      {SQLITE_BUSY_RECOVERY, Action::retry, Action::retry},
      {SQLITE_BUSY_TIMEOUT, Action::retry, Action::retry},
      {SQLITE_LOCKED, Action::retry, Action::retry},
      {SQLITE_LOCKED_SHAREDCACHE, Action::retry, Action::retry},
      {SQLITE_PROTOCOL, Action::retry, Action::retry},
      {SQLITE_INTERRUPT, Action::retry, Action::retry},
      {SQLITE_SCHEMA, Action::retry, Action::retry},
      {SQLITE_NOMEM, Action::retry, Action::retry},
      {SQLITE_IOERR_NOMEM, Action::stop, Action::in_doubt},
      {SQLITE_IOERR, Action::stop, Action::in_doubt},
      {SQLITE_IOERR_READ, Action::stop, Action::in_doubt},
      {SQLITE_IOERR_SHORT_READ, Action::stop, Action::in_doubt},
      {SQLITE_IOERR_WRITE, Action::stop, Action::in_doubt},
      {SQLITE_IOERR_FSYNC, Action::stop, Action::in_doubt},
      {SQLITE_IOERR_DIR_FSYNC, Action::stop, Action::in_doubt},
      {SQLITE_FULL, Action::retry, Action::retry},
      {SQLITE_CORRUPT, Action::stop, Action::stop},
      {SQLITE_CORRUPT_INDEX, Action::stop, Action::stop},
      {SQLITE_NOTADB, Action::stop, Action::stop},
      {SQLITE_READONLY, Action::stop, Action::stop},
      {SQLITE_READONLY_DBMOVED, Action::stop, Action::stop},
      {SQLITE_CANTOPEN, Action::stop, Action::stop},
      {SQLITE_CANTOPEN_ISDIR, Action::stop, Action::stop},
      {SQLITE_PERM, Action::stop, Action::stop},
      {SQLITE_AUTH, Action::stop, Action::stop},
      {SQLITE_CONSTRAINT_PRIMARYKEY, Action::stop, Action::stop},
      {SQLITE_CONSTRAINT_UNIQUE, Action::stop, Action::stop},
      {SQLITE_CONSTRAINT_ROWID, Action::stop, Action::stop},
      {SQLITE_CONSTRAINT_FOREIGNKEY, Action::stop, Action::stop},
      {SQLITE_CONSTRAINT_CHECK, Action::reject, Action::reject},
      {SQLITE_CONSTRAINT_DATATYPE, Action::reject, Action::reject},
      {SQLITE_CONSTRAINT_NOTNULL, Action::reject, Action::reject},
      {SQLITE_CONSTRAINT_TRIGGER, Action::reject, Action::reject},
      {SQLITE_TOOBIG, Action::reject, Action::reject},
      {SQLITE_MISMATCH, Action::stop, Action::stop},
      {SQLITE_ERROR, Action::stop, Action::stop},
      {SQLITE_MISUSE, Action::stop, Action::stop},
      {SQLITE_INTERNAL, Action::stop, Action::stop},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(action_for(c.code, Step::statement), c.statement) << c.code;
    EXPECT_EQ(action_for(c.code, Step::opening), c.statement) << c.code;
    EXPECT_EQ(action_for(c.code, Step::committing), c.committing) << c.code;
  }
}

TEST(ErrorMap, TheMessageNamesTheFileAndTheWayOut) {
  const Error full = make_error(SQLITE_FULL, Step::statement, "store.db", "database is full");
  EXPECT_NE(full.message.find("store.db"), std::string::npos) << full.message;
  EXPECT_NE(full.message.find("free space"), std::string::npos) << full.message;
  EXPECT_EQ(full.message.find('\n'), std::string::npos);
}

TEST(ErrorMap, AFileNameCannotForgeALine) {
  const Error error = make_error(SQLITE_NOTADB, Step::opening, "a\nb.db", "file is not a database");
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mgc::db::sqlite
