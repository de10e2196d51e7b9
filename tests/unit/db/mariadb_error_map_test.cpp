#include "db/mariadb/error_map.hpp"

#include <errmsg.h>
#include <gtest/gtest.h>
#include <mysqld_error.h>

namespace mgc::db::mariadb {
namespace {

TEST(MariadbErrorMap, EveryCodeHasItsConsequence) {
  struct Case {
    unsigned code;
    Action statement;
    Action committing;
  };
  const Case cases[] = {
      {ER_LOCK_DEADLOCK, Action::retry, Action::retry},
      {ER_LOCK_WAIT_TIMEOUT, Action::retry, Action::in_doubt},
      {ER_CHECKREAD, Action::retry, Action::in_doubt},
      {ER_STATEMENT_TIMEOUT, Action::retry, Action::in_doubt},
      {ER_QUERY_INTERRUPTED, Action::retry, Action::in_doubt},
      {ER_TABLE_DEF_CHANGED, Action::retry, Action::in_doubt},
      {ER_DISK_FULL, Action::retry, Action::in_doubt},
      {ER_RECORD_FILE_FULL, Action::retry, Action::in_doubt},
      {ER_ERROR_ON_WRITE, Action::retry, Action::in_doubt},
      {ER_CON_COUNT_ERROR, Action::retry, Action::in_doubt},
      {ER_TOO_MANY_USER_CONNECTIONS, Action::retry, Action::in_doubt},
      {ER_OUT_OF_RESOURCES, Action::retry, Action::in_doubt},
      {ER_SERVER_SHUTDOWN, Action::reconnect, Action::in_doubt},
      {ER_CONNECTION_KILLED, Action::reconnect, Action::in_doubt},
      {ER_UNKNOWN_COM_ERROR, Action::reconnect, Action::in_doubt},
      {ER_NET_READ_ERROR, Action::reconnect, Action::in_doubt},
      {CR_CONNECTION_ERROR, Action::reconnect, Action::in_doubt},
      {CR_CONN_HOST_ERROR, Action::reconnect, Action::in_doubt},
      {CR_UNKNOWN_HOST, Action::reconnect, Action::in_doubt},
      {CR_SERVER_GONE_ERROR, Action::reconnect, Action::in_doubt},
      {CR_SERVER_LOST, Action::reconnect, Action::in_doubt},
      {CR_COMMANDS_OUT_OF_SYNC, Action::reconnect, Action::in_doubt},
      {ER_DATA_TOO_LONG, Action::reject, Action::in_doubt},
      {ER_WARN_DATA_OUT_OF_RANGE, Action::reject, Action::in_doubt},
      {WARN_DATA_TRUNCATED, Action::reject, Action::in_doubt},
      {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, Action::reject, Action::in_doubt},
      {ER_BAD_NULL_ERROR, Action::reject, Action::in_doubt},
      {ER_CONSTRAINT_FAILED, Action::reject, Action::in_doubt},
      {ER_DUP_ENTRY, Action::stop, Action::in_doubt},
      {ER_NO_REFERENCED_ROW_2, Action::stop, Action::in_doubt},
      {ER_NO_SUCH_TABLE, Action::stop, Action::in_doubt},
      {ER_BAD_DB_ERROR, Action::stop, Action::in_doubt},
      {ER_PARSE_ERROR, Action::stop, Action::in_doubt},
      {ER_ACCESS_DENIED_ERROR, Action::stop, Action::in_doubt},
      {ER_HOST_NOT_PRIVILEGED, Action::stop, Action::in_doubt},
      {ER_NET_PACKET_TOO_LARGE, Action::stop, Action::in_doubt},
      {ER_BINLOG_STMT_MODE_AND_ROW_ENGINE, Action::stop, Action::in_doubt},
      {ER_TABLEACCESS_DENIED_ERROR, Action::stop, Action::stop},
      {ER_OPTION_PREVENTS_STATEMENT, Action::stop, Action::stop},
      {ER_READ_ONLY_MODE, Action::stop, Action::stop},
      {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, Action::stop, Action::stop},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(action_for({one.code, ""}, Step::statement), one.statement) << one.code;
    EXPECT_EQ(action_for({one.code, ""}, Step::opening), one.statement) << one.code;
    EXPECT_EQ(action_for({one.code, ""}, Step::committing), one.committing) << one.code;
  }
}

TEST(MariadbErrorMap, ARowThatAnotherSessionAddedFirstIsTriedAgain) {
  EXPECT_EQ(action_for({ER_DUP_ENTRY, ""}, Step::inserting), Action::retry);
  EXPECT_EQ(action_for({ER_CONSTRAINT_FAILED, ""}, Step::inserting), Action::reject);
}

TEST(MariadbErrorMap, AWrongCertificateIsNotTriedAgain) {
  const Fault wrong = {CR_SSL_CONNECTION_ERROR, "TLS/SSL error: certificate verify failed"};
  EXPECT_EQ(action_for(wrong, Step::opening), Action::stop);
  const Fault broken = {CR_SSL_CONNECTION_ERROR, "TLS/SSL error: unexpected eof while reading"};
  EXPECT_EQ(action_for(broken, Step::opening), Action::reconnect);
}

TEST(MariadbErrorMap, TheMessageHasTheServerTheCodeAndTheWayOutOnOneLine) {
  const Error error =
      make_error({ER_BAD_DB_ERROR, "Unknown database\n'x\x1b[31m'"}, Step::opening, "db:3306/x");
  EXPECT_EQ(error.action, Action::stop);
  EXPECT_NE(error.message.find("db:3306/x: "), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("(MariaDB 1049)"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("mgc db init"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
}

TEST(MariadbErrorMap, ContentIsNeverInAMessage) {
  for (const unsigned code : std::initializer_list<unsigned>{
           ER_DUP_ENTRY, ER_DUP_ENTRY_WITH_KEY_NAME, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD,
           ER_TRUNCATED_WRONG_VALUE, WARN_DATA_TRUNCATED, ER_INVALID_CHARACTER_STRING}) {
    const Error error = make_error({code, "Duplicate entry 'a secret' for"}, Step::statement, "db");
    EXPECT_EQ(error.message.find("secret"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace mgc::db::mariadb
