// What a MariaDB server refuses, and what becomes of it.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "db/session.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {
namespace {

class MariadbSession : public StoreTest {
 protected:
  MariadbEngine& server() { return dynamic_cast<MariadbEngine&>(*engine_); }
  std::unique_ptr<db::Session> open(const std::string& more = {}) {
    return must(db::open_session(dsn_ + more, db::OpenMode::read_write));
  }
  static void expect(const Result<void>& done, Action action, std::string_view said) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().action, action) << done.error().message;
    EXPECT_NE(done.error().message.find(said), std::string::npos) << done.error().message;
  }
  static Result<void> opened(const std::string& dsn, db::OpenMode mode) {
    const auto session = db::open_session(dsn, mode);
    if (!session) return session.error();
    return {};
  }
  /// The store's DSN with `to` in the place of `from`.
  std::string dsn_with(const std::string& from, const std::string& to) const {
    std::string dsn = dsn_;
    dsn.replace(dsn.find(from), from.size(), to);
    return dsn;
  }
};

TEST_F(MariadbSession, ADeadlockIsRetry) {
  run("INSERT INTO node (node_id, name) VALUES (1, 'a'), (2, 'b')");
  const auto session = open();
  MariadbClient other(server().database());
  // The server ends the transaction that has changed less, which is ours.
  other.run(
      "START TRANSACTION; INSERT INTO node (name) SELECT seq FROM seq_1_to_100;"
      "UPDATE node SET name = 'b2' WHERE node_id = 2");
  must(session->begin());
  must(session->execute("UPDATE node SET name = 'a2' WHERE node_id = 1"));
  std::jthread blocked([&] { other.run("UPDATE node SET name = 'a3' WHERE node_id = 1; COMMIT"); });
  const auto refused = session->execute("UPDATE node SET name = 'b3' WHERE node_id = 2");
  session->rollback();
  blocked.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry) << refused.error().message;
  EXPECT_EQ(ask("SELECT count(*) FROM node WHERE name IN ('a3', 'b2')"), "2");
}

TEST_F(MariadbSession, AStatementThatTakesTooLongIsRetry) {
  const auto session = open(" statement_timeout=1");
  const auto slow = session->query_number("SELECT SLEEP(100) FROM lane");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().action, Action::retry) << slow.error().message;
  EXPECT_EQ(must(session->query_number("SELECT 1")), 1) << "the session goes on";
}

TEST_F(MariadbSession, WhatTheTablesRefuseIsRejectWithoutItsContent) {
  const auto session = open();
  must(session->begin());
  db::EventRow event;
  event.content = "secret \xff\xfe";  // no UTF-8
  expect(session->load_events(1, {&event, 1}), Action::reject, "1366");
  EXPECT_EQ(session->load_events(1, {&event, 1}).error().message.find("secret"), std::string::npos);
  session->rollback();
  must(session->begin());
  db::NewPackRow pack;
  pack.node_id = 1;
  const std::string digest(32, 'x');
  pack.sha256 = digest;
  pack.root = digest;
  expect(session->load_packs({&pack, 1}), Action::reject, "4025");
  session->rollback();
}

TEST_F(MariadbSession, ARowThatIsThereAlreadyIsStopInBulkAndRetryForItsId) {
  const auto session = open();
  must(session->begin());
  const db::EventRow rows[2] = {};
  expect(session->load_events(1, rows), Action::stop, "1062");
  session->rollback();
  EXPECT_EQ(ask("SELECT count(*) FROM event_1"), "0");
  const auto add = [&] {
    return session->insert_id("INSERT INTO node (name) VALUES (?1)", "node_id", {"twice"});
  };
  must(add());
  const auto again = add();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().action, Action::retry);
  EXPECT_EQ(again.error().message.find("twice"), std::string::npos) << again.error().message;
}

TEST_F(MariadbSession, ABatchOfAnySizeIsSentInPacketsThatTheServerTakes) {
  const std::string content(1024 * 1024, 'x');
  std::vector<db::EventRow> rows(100);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].event_id = i;
    rows[i].content = content;
  }
  for (std::uint64_t id = rows.size(); id < 45'000; ++id) {
    rows.emplace_back();
    rows.back().event_id = id;
    rows.back().content = "short";
  }
  const auto session = open();
  must(session->begin());
  must(session->load_events(1, rows));
  must(session->commit());
  EXPECT_EQ(
      run("SELECT count(*), max(event_id), sum(length(content)) FROM event_1"),
      (std::vector<std::string>{"45000", "44999", std::to_string(100 * 1048576 + 44900 * 5)}));
}

TEST_F(MariadbSession, TheServerCannotAskForAFileOfThisMachine) {
  const auto session = open();
  EXPECT_FALSE(
      session->run_script("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE node (name)"));
  EXPECT_EQ(ask("SELECT count(*) FROM node"), "0");
}

TEST_F(MariadbSession, OpeningSaysWhatIsWrong) {
  expect(opened(dsn_with(server().database(), "nosuchdatabase"), db::OpenMode::read_write),
         Action::stop, "mgc db init");
  TempDir directory;
  const std::string file = (directory / "password").string();
  std::ofstream(file) << "hunter2\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  const std::string wrong = dsn_.substr(0, dsn_.find("password_file=")) + "password_file=";
  expect(opened(wrong + file, db::OpenMode::read_write), Action::stop, "password_file");
  EXPECT_EQ(opened(wrong + file, db::OpenMode::read_write).error().message.find("hunter2"),
            std::string::npos);
  expect(opened(wrong + file + "x", db::OpenMode::read_write), Action::stop, "is not a file");
  expect(opened("mysql://host=127.0.0.1 port=1 db=x", db::OpenMode::read_write), Action::reconnect,
         "127.0.0.1:1/x");
  expect(opened("mysql://unix_socket=/no/such/socket db=x", db::OpenMode::read_write),
         Action::reconnect, "/no/such/socket");
}

TEST_F(MariadbSession, ATableWithoutTransactionsIsAFault) {
  run("ALTER TABLE schema_migration ENGINE=Aria");
  const auto status = must(db::database_status(dsn_));
  ASSERT_EQ(status.warnings.size(), 1U);
  EXPECT_NE(status.warnings[0].find("ALTER TABLE schema_migration"), std::string::npos);
  db::StoreOptions options;
  options.holder = "h";
  const auto store = db::ComplianceStore::open(dsn_, options, clock_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().action, Action::stop);
}

TEST_F(MariadbSession, AUnixSocketIsAServerToo) {
  const auto facts = test::server("mariadb");
  const auto session =
      must(db::open_session(fmt::format("mysql://unix_socket={} db={} user={} password_file={}",
                                        facts.at("socket").get<std::string>(), server().database(),
                                        facts.at("user").get<std::string>(),
                                        facts.at("password_file").get<std::string>()),
                            db::OpenMode::read_only));
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM lane")), 1);
  EXPECT_EQ(must(session->describe()).engine, "MariaDB");
}

}  // namespace
}  // namespace mgc::test
