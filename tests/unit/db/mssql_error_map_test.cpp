#include "db/mssql/error_map.hpp"

#include <gtest/gtest.h>

namespace mgc::db::mssql {
namespace {

struct Case {
  const char* sqlstate;
  int native;
  Action statement;
  Action inserting_id;
  Action committing;
};
constexpr Action retry = Action::retry;
constexpr Action stop = Action::stop;
constexpr Action reject = Action::reject;
constexpr Action reconnect = Action::reconnect;
constexpr Action in_doubt = Action::in_doubt;
const Case kCases[] = {
    {"40001", 1205, retry, retry, retry},     // deadlock
    {"HYT00", 1222, retry, retry, retry},     // lock time-out
    {"HY000", 1204, retry, retry, retry},     // no more locks
    {"HY000", 3960, retry, retry, retry},     // snapshot conflict
    {"HY000", 3930, retry, retry, retry},     // doomed transaction
    {"42000", 701, retry, retry, retry},      // memory
    {"42000", 9002, retry, retry, retry},     // log full
    {"42000", 1105, retry, retry, retry},     // file group full
    {"25000", 3902, retry, retry, retry},     // COMMIT without a transaction
    {"23000", 2627, stop, retry, stop},       // primary key
    {"23000", 2601, stop, retry, stop},       // unique index
    {"23000", 547, reject, reject, reject},   // check
    {"23000", 515, reject, reject, reject},   // NULL
    {"22001", 8152, reject, reject, reject},  // truncation
    {"22001", 2628, reject, reject, reject},  // truncation, from 2019
    {"22003", 8115, reject, reject, reject},  // overflow
    {"22018", 245, reject, reject, reject},   // conversion
    {"28000", 18456, stop, stop, stop},       // login
    {"42000", 4060, stop, stop, stop},        // no such database
    {"42000", 916, stop, stop, stop},         // not ours to open
    {"42000", 3906, stop, stop, stop},        // read-only
    {"42000", 229, stop, stop, stop},         // no rights
    {"42S02", 208, stop, stop, stop},         // no such table
    {"42000", 2812, stop, stop, stop},        // no such procedure
    {"HY000", 3952, stop, stop, stop},        // snapshots are off
    {"HY000", 824, stop, stop, stop},         // damaged page
    {"08S01", 10054, reconnect, reconnect, in_doubt},
    {"08S01", 233, reconnect, reconnect, in_doubt},
    {"08001", 10061, reconnect, reconnect, in_doubt},
    {"08S01", 0, reconnect, reconnect, in_doubt},
    {"08S01", 20006, reconnect, reconnect, in_doubt},  // FreeTDS: write failed
    {"08S01", 20047, reconnect, reconnect, in_doubt},  // FreeTDS: connection is dead
    {"HYT00", 0, reconnect, reconnect, in_doubt},      // statement time-out
    {"HYT01", 0, reconnect, reconnect, in_doubt},
    {"42000", 6005, reconnect, reconnect, in_doubt},   // shutdown
    {"HY000", 596, reconnect, reconnect, in_doubt},    // session killed
    {"42000", 922, reconnect, reconnect, in_doubt},    // database is being recovered
    {"HY000", 40613, reconnect, reconnect, in_doubt},  // database moves
    {"HY000", 99999, stop, stop, in_doubt},            // unknown
    {"42000", 102, stop, stop, in_doubt},              // syntax
};

TEST(MssqlErrorMap, EveryCodeHasItsConsequence) {
  for (const Case& c : kCases) {
    const odbc::Diagnostic diagnostic{c.sqlstate, c.native, "text", 0};
    EXPECT_EQ(action_for(diagnostic, Step::statement), c.statement) << c.native;
    EXPECT_EQ(action_for(diagnostic, Step::opening), c.statement) << c.native;
    EXPECT_EQ(action_for(diagnostic, Step::inserting_id), c.inserting_id) << c.native;
    EXPECT_EQ(action_for(diagnostic, Step::committing), c.committing) << c.native;
  }
}

TEST(MssqlErrorMap, TheMessageNamesTheDatabaseTheCodeAndTheWayOut) {
  const Error error = make_error({"42000", 9002, "The transaction log is full.", 0},
                                 Step::statement, "db.example.com/mgccomp");
  for (const char* part :
       {"db.example.com/mgccomp", "The transaction log is full.", "9002", "free"}) {
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  }
}

TEST(MssqlErrorMap, AMessageNeverQuotesWhatWasStored) {
  for (const int native : {2627, 2601, 2628, 8152, 245, 547}) {
    const Error error =
        make_error({"23000", native, "The duplicate key value is (hello there).", 0},
                   Step::statement, "server/mgccomp");
    EXPECT_EQ(error.message.find("hello"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace mgc::db::mssql
