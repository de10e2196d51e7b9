// The ODBC client against a real driver and server: PostgreSQL's. What is left to SQL Server's own
// drivers is in docs/engines.md.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <variant>

#include "db/mssql/options.hpp"
#include "db/odbc/array_insert.hpp"
#include "db/odbc/connection_string.hpp"
#include "tests/support/servers.hpp"

namespace mgc::db::odbc {
namespace {

std::string connection_string(const std::string& password = "") {
  const auto server = test::server("postgresql");
  ConnectionString text;
  text.set("Driver", "PostgreSQL Unicode");
  text.set("Server", server.at("host"));
  text.set("Port", std::to_string(server.at("port").get<int>()));
  text.set("Database", "postgres");
  // This driver blames all rows that it sends at once; SQL Server's blame the one.
  text.set("BatchSize", "1");
  text.set("UID", server.at("user"));
  text.set("PWD", password.empty() ? server.at("password").get<std::string>() : password);
  return text.text();
}

class OdbcArray : public testing::Test {
 protected:
  OdbcArray() {
    auto opened = Connection::open(connection_string(), std::chrono::seconds(10));
    if (const auto* failed = std::get_if<std::vector<Diagnostic>>(&opened)) {
      throw std::runtime_error(main_diagnostic(*failed).message);
    }
    connection_ = std::move(std::get<std::unique_ptr<Connection>>(opened));
    run("CREATE TEMPORARY TABLE t (id bigint PRIMARY KEY CHECK (id <> 666), word text,"
        " bytes bytea)");
  }
  void run(std::string_view sql) const {
    Statement statement(*connection_);
    if (!statement.run_directly(sql)) {
      throw std::runtime_error(main_diagnostic(statement.diagnostics()).message);
    }
  }
  [[nodiscard]] ArrayInsert insert() const {
    return {*connection_,
            {ColumnType::integer, ColumnType::text, ColumnType::bytes},
            "INSERT INTO t (id, word, bytes) VALUES (?, ?, ?)",
            std::chrono::seconds(60)};
  }
  [[nodiscard]] std::int64_t count() const {
    Statement statement(*connection_);
    EXPECT_TRUE(statement.prepare("SELECT count(*) FROM t") && statement.execute());
    EXPECT_EQ(statement.fetch(), Statement::Fetch::row);
    return statement.row().integer(0);
  }
  std::unique_ptr<Connection> connection_;
};

TEST_F(OdbcArray, EveryRowArrives) {
  ArrayInsert rows = insert();
  constexpr std::int64_t kRows = 2 * ArrayInsert::kRowsMax + 5;
  for (std::int64_t i = 1; i <= kRows; ++i) {
    rows.add(i + 1000);
    rows.add_text("word " + std::to_string(i));
    rows.add_bytes(std::nullopt);
    const auto failed = rows.end_row();
    ASSERT_FALSE(failed) << main_diagnostic(failed->diagnostics).message;
  }
  const auto failed = rows.flush();
  ASSERT_FALSE(failed) << main_diagnostic(failed->diagnostics).message;
  EXPECT_EQ(count(), kRows);
}

TEST_F(OdbcArray, WhatIsWrittenComesBack) {
  const std::string texts[] = {"",
                               "plain",
                               " two spaces  ",
                               "\u05e9\u05dc\u05d5\u05dd \u202e abc",
                               "\U0001F600 e\u0301",
                               std::string(1U << 20U, 'x') + "\u20ac"};
  ArrayInsert rows = insert();
  std::int64_t id = 0;
  for (const std::string& text : texts) {
    rows.add(++id);
    rows.add_text(text);
    rows.add_bytes(std::string("\0\xff", 2) + text);
    ASSERT_FALSE(rows.end_row());
  }
  const auto failed = rows.flush();
  ASSERT_FALSE(failed) << main_diagnostic(failed->diagnostics).message;
  Statement read(*connection_);
  ASSERT_TRUE(read.prepare("SELECT id, word, bytes FROM t WHERE id <= ? ORDER BY id"));
  const Value last(id);
  const int order = 1;
  ASSERT_TRUE(read.bind({&last, 1}, {&order, 1}) && read.execute());
  for (const std::string& text : texts) {
    ASSERT_EQ(read.fetch(), Statement::Fetch::row);
    EXPECT_TRUE(read.row().text(1) == text) << text.substr(0, 40);
    EXPECT_TRUE(read.row().text(2) == std::string("\0\xff", 2) + text) << text.substr(0, 40);
  }
  EXPECT_EQ(read.fetch(), Statement::Fetch::done);
  EXPECT_TRUE(read.finish());
}

TEST_F(OdbcArray, ALongRowGoesAloneAndKeepsItsPlace) {
  ArrayInsert rows = insert();
  for (std::int64_t i = 1; i <= 900; ++i) {
    rows.add(i == 666 ? 0 : i);
    rows.add_text(i % 300 == 0 ? std::string(1U << 20U, 'y') : "short");
    rows.add_bytes(std::nullopt);
    ASSERT_FALSE(rows.end_row());
  }
  ASSERT_FALSE(rows.flush());
  Statement read(*connection_);
  ASSERT_TRUE(read.prepare("SELECT count(*) FROM t WHERE (id % 300 = 0 AND id > 0)"
                           " = (length(word) = 1048576)") &&
              read.execute());
  ASSERT_EQ(read.fetch(), Statement::Fetch::row);
  EXPECT_EQ(read.row().integer(0), 900);
}

TEST_F(OdbcArray, TheRowThatBreaksAConstraintIsNamed) {
  run("BEGIN");
  ArrayInsert rows = insert();
  for (std::int64_t i = 1; i <= 1500; ++i) {
    rows.add(i == 1235 ? 666 : i + 10000);
    rows.add_text("w");
    rows.add_bytes(std::nullopt);
    ASSERT_FALSE(rows.end_row());
  }
  const auto failed = rows.flush();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->row, 1234U);
  EXPECT_EQ(main_diagnostic(failed->diagnostics).sqlstate, "23514");
  run("ROLLBACK");
  EXPECT_EQ(count(), 0);
}

TEST_F(OdbcArray, ARowThatTheServerCannotHoldIsNamed) {
  run("BEGIN");
  ArrayInsert rows = insert();
  for (std::int64_t i = 1; i <= 10; ++i) {
    rows.add(i);
    rows.add_text("w");
    rows.add_bytes(std::nullopt);
    ASSERT_FALSE(rows.end_row());
  }
  rows.add(5);
  rows.add_text("the same key again");
  rows.add_bytes(std::nullopt);
  ASSERT_FALSE(rows.end_row());
  const auto failed = rows.flush();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->row, 10U);
  EXPECT_EQ(main_diagnostic(failed->diagnostics).sqlstate, "23505");
  run("ROLLBACK");
}

TEST_F(OdbcArray, AnInsertIntoNothingFails) {
  ArrayInsert rows(*connection_, {ColumnType::integer}, "INSERT INTO no_such_table VALUES (?)",
                   std::chrono::seconds(60));
  rows.add(1);
  ASSERT_FALSE(rows.end_row());
  EXPECT_TRUE(rows.flush());
}

TEST(OdbcConnection, AWrongPasswordIsAnError) {
  const auto opened = Connection::open(connection_string("not it"), std::chrono::seconds(10));
  ASSERT_TRUE(std::holds_alternative<std::vector<Diagnostic>>(opened));
  const Diagnostic& why = main_diagnostic(std::get<std::vector<Diagnostic>>(opened));
  EXPECT_TRUE(why.sqlstate == "28000" || why.sqlstate.starts_with("08")) << why.sqlstate;
}

// FreeTDS itself, as far as it goes without a server.
TEST(OdbcConnection, AnAbsentSqlServerMeansReconnect) {
  for (const db::OpenMode mode : {db::OpenMode::read_write, db::OpenMode::create}) {
    const auto session = db::open_session(
        "odbc://Driver=FreeTDS;Server=127.0.0.1;Port=1;Database=mgccomp;UID=mgc", mode);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().action, Action::reconnect) << session.error().message;
    EXPECT_NE(session.error().message.find("127.0.0.1/mgccomp"), std::string::npos)
        << session.error().message;
  }
}

/// A TCP port of this machine that takes connections and never answers.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || bind(socket_, generic, size) != 0 || listen(socket_, 8) != 0 ||
        getsockname(socket_, generic, &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { close(socket_); }
  [[nodiscard]] int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
};

TEST(OdbcConnection, AServerThatNeverAnswersIsGivenUp) {
  const SilentServer silent;
  const auto options = mssql::parse_options("Driver=FreeTDS;Server=127.0.0.1;UID=mgc;Port=" +
                                            std::to_string(silent.port()));
  ASSERT_TRUE(options);
  const auto opened = Connection::open(options->connection_string, std::chrono::seconds(1));
  ASSERT_TRUE(std::holds_alternative<std::vector<Diagnostic>>(opened));
  EXPECT_EQ(main_diagnostic(std::get<std::vector<Diagnostic>>(opened)).sqlstate, "HYT00");
}

TEST(OdbcConnection, AnUnknownDriverIsASetting) {
  const auto session = db::open_session("odbc://Driver=No Such Driver;Server=127.0.0.1;UID=mgc",
                                        db::OpenMode::read_only);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().action, Action::stop) << session.error().message;
}

TEST_F(OdbcArray, ALostConnectionIsToldApart) {
  Statement statement(*connection_);
  EXPECT_FALSE(statement.run_directly("SELECT pg_terminate_backend(pg_backend_pid())"));
  EXPECT_TRUE(main_diagnostic(statement.diagnostics()).sqlstate.starts_with("08") ||
              main_diagnostic(statement.diagnostics()).sqlstate == "57P01")
      << main_diagnostic(statement.diagnostics()).sqlstate;
}

}  // namespace
}  // namespace mgc::db::odbc
