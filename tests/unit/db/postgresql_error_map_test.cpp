#include "db/postgresql/error_map.hpp"

#include <gtest/gtest.h>

namespace mgc::db::postgresql {
namespace {

struct Consequence {
  const char* sqlstate;
  Action statement;
  Action inserting;
  Action committing;
};
constexpr Action retry = Action::retry;
constexpr Action reconnect = Action::reconnect;
constexpr Action in_doubt = Action::in_doubt;
constexpr Action reject = Action::reject;
constexpr Action stop = Action::stop;
constexpr Consequence kConsequences[] = {
    {"40001", retry, retry, retry},             // serialization_failure
    {"40P01", retry, retry, retry},             // deadlock_detected
    {"55P03", retry, retry, retry},             // lock_not_available
    {"55006", retry, retry, retry},             // object_in_use
    {"57014", retry, retry, retry},             // query_canceled: statement time-out
    {"53000", retry, retry, retry},             // insufficient_resources
    {"53100", retry, retry, retry},             // disk_full
    {"53200", retry, retry, retry},             // out_of_memory
    {"53300", retry, retry, retry},             // too_many_connections
    {"53400", retry, retry, retry},             // configuration_limit_exceeded
    {"08000", reconnect, reconnect, in_doubt},  // connection_exception
    {"08003", reconnect, reconnect, in_doubt},  // connection_does_not_exist
    {"08006", reconnect, reconnect, in_doubt},  // connection_failure
    {"08P01", reconnect, reconnect, in_doubt},  // protocol_violation
    {"57P01", reconnect, reconnect, in_doubt},  // admin_shutdown
    {"57P02", reconnect, reconnect, in_doubt},  // crash_shutdown
    {"57P03", reconnect, reconnect, in_doubt},  // cannot_connect_now
    {"57P05", reconnect, reconnect, in_doubt},  // idle_session_timeout
    {"25P03", reconnect, reconnect, in_doubt},  // idle_in_transaction_session_timeout
    {"40003", in_doubt, in_doubt, in_doubt},    // statement_completion_unknown
    {"22000", reject, reject, reject},          // data_exception
    {"22001", reject, reject, reject},          // string_data_right_truncation
    {"22003", reject, reject, reject},          // numeric_value_out_of_range
    {"22021", reject, reject, reject},          // character_not_in_repertoire
    {"22P02", reject, reject, reject},          // invalid_text_representation
    {"22P03", reject, reject, reject},          // invalid_binary_representation
    {"23502", reject, reject, reject},          // not_null_violation
    {"23514", reject, reject, reject},          // check_violation
    {"54000", reject, reject, reject},          // program_limit_exceeded: row too large
    {"23505", stop, retry, stop},               // unique_violation
    {"23P01", stop, retry, stop},               // exclusion_violation
    {"23503", stop, stop, stop},                // foreign_key_violation
    {"25006", stop, stop, stop},                // read_only_sql_transaction
    {"25P02", stop, stop, stop},                // in_failed_sql_transaction
    {"26000", stop, stop, stop},                // invalid_sql_statement_name
    {"28000", stop, stop, stop},                // invalid_authorization_specification
    {"28P01", stop, stop, stop},                // invalid_password
    {"3D000", stop, stop, stop},                // invalid_catalog_name
    {"3F000", stop, stop, stop},                // invalid_schema_name
    {"40002", stop, stop, stop},                // transaction_integrity_constraint_violation
    {"42501", stop, stop, stop},                // insufficient_privilege
    {"42P01", stop, stop, stop},                // undefined_table
    {"42P07", stop, stop, stop},                // duplicate_table
    {"42601", stop, stop, stop},                // syntax_error
    {"42703", stop, stop, stop},                // undefined_column
    {"57P04", stop, stop, stop},                // database_dropped
    {"58030", stop, stop, stop},                // io_error
    {"58P01", stop, stop, stop},                // undefined_file
    {"F0000", stop, stop, stop},                // config_file_error
    {"0A000", stop, stop, stop},                // feature_not_supported
    {"P0001", stop, stop, stop},                // raise_exception
    {"XX000", stop, stop, stop},                // internal_error
    {"XX001", stop, stop, stop},                // data_corrupted
    {"XX002", stop, stop, stop},                // index_corrupted
    {"", stop, stop, stop},
};

TEST(PostgresqlErrorMap, EveryCodeHasItsConsequence) {
  for (const Consequence& c : kConsequences) {
    EXPECT_EQ(action_for(c.sqlstate, false, Step::statement), c.statement) << c.sqlstate;
    EXPECT_EQ(action_for(c.sqlstate, false, Step::opening), c.statement) << c.sqlstate;
    EXPECT_EQ(action_for(c.sqlstate, false, Step::inserting), c.inserting) << c.sqlstate;
    EXPECT_EQ(action_for(c.sqlstate, false, Step::committing), c.committing) << c.sqlstate;
  }
}

TEST(PostgresqlErrorMap, ALostConnectionIsInDoubtOnlyAtCommit) {
  EXPECT_EQ(action_for("", true, Step::statement), Action::reconnect);
  EXPECT_EQ(action_for("", true, Step::inserting), Action::reconnect);
  EXPECT_EQ(action_for("", true, Step::opening), Action::reconnect);
  EXPECT_EQ(action_for("", true, Step::committing), Action::in_doubt);
}

TEST(PostgresqlErrorMap, TheMessageNamesTheServerTheCodeAndTheWayOut) {
  const Error error = make_error({"42501", "permission denied for table pack", false},
                                 Step::statement, "db:5432/mgccomp");
  for (const char* part : {"db:5432/mgccomp", "42501", "permission denied", "roles.sql"}) {
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  }
  EXPECT_TRUE(is_sqlstate(error, "42501"));
  EXPECT_FALSE(is_sqlstate(error, "42P01"));
}

TEST(PostgresqlErrorMap, DataExceptionsAreNotQuoted) {
  const Error error = make_error({"22P02", "invalid input syntax: \"what anna said\"", false},
                                 Step::statement, "db");
  EXPECT_EQ(error.message.find("anna"), std::string::npos) << error.message;
}

TEST(PostgresqlErrorMap, AServersTextCannotForgeALine) {
  const Error error = make_error({"XX000", "a\nb\x1b[2J", false}, Step::statement, "db\n");
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos) << error.message;
}

TEST(PostgresqlErrorMap, ARefusedConnectionIsReadFromLibpqsText) {
  const std::string at = "connection to server at \"127.0.0.1\", port 5432 failed: ";
  struct Case {
    std::string text;
    const char* sqlstate;
    Action action;
    const char* said;
  };
  const Case cases[] = {
      {at + "FATAL:  28P01: password authentication failed for user \"x\"\nLOCATION:  auth_failed, "
            "auth.c:338\n",
       "28P01", Action::stop, "password_file"},
      {at + "\xD0\x92:  3D000: \xD0\xB1\xD0\xB4 \xC2\xABx\xC2\xBB\n", "3D000", Action::stop,
       "mgc db init"},
      {at + "FATAL:  53300: sorry, too many clients already\n", "53300", Action::retry, "again"},
      {at + "FATAL:  57P03: the database system is starting up\n", "57P03", Action::reconnect,
       "starting up"},
      {at + "FATAL:  28000: no encryption\n" + at + "FATAL:  57P01: bye\n", "57P01",
       Action::reconnect, "bye"},
      {at + "Connection refused\n\tIs the server running on that host and accepting TCP/IP "
            "connections?\n",
       "", Action::reconnect, "refused"},
      {"connection to server at \"192.0.2.1\", port 5432 failed: timeout expired\n", "",
       Action::reconnect, "timeout"},
      {at + "session is read-only\n", "", Action::reconnect, "read-only"},
      {"could not translate host name \"nowhere.invalid\" to address: Name or service not known\n",
       "", Action::reconnect, "nowhere.invalid"},
      {at + "SSL error: certificate verify failed\n", "", Action::stop, "sslrootcert"},
      {at + "server certificate for \"a\" does not match host name \"b\"\n", "", Action::stop,
       "use the name"},
      {at + "root certificate file \"/x/root.crt\" does not exist\nEither provide the file or "
            "change sslmode to disable server certificate verification.\n",
       "", Action::stop, "sslrootcert=FILE"},
      {at + "server does not support SSL, but SSL was required\n", "", Action::stop,
       "switch ssl on"},
      {at + "fe_sendauth: no password supplied\n", "", Action::stop, "PGPASSFILE"},
      {"invalid sslmode value: \"x\"\n", "", Action::stop, "check the database string"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(sqlstate_in(c.text), c.sqlstate) << c.text;
    const Error error = make_open_error(c.text, "db");
    EXPECT_EQ(error.action, c.action) << error.message;
    EXPECT_NE(error.message.find(c.said), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("LOCATION"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace mgc::db::postgresql
