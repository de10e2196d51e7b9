// What happens to a batch when the server, the network or another session gets in its way.
#include <fmt/format.h>

#include <future>

#include "db/session.hpp"
#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/servers.hpp"

namespace mgc::test {
namespace {

class PostgresqlFault : public StoreTest {
 protected:
  PostgresqlEngine& server() { return dynamic_cast<PostgresqlEngine&>(*engine_); }

  std::string dsn_through(const FaultProxy& proxy) {
    const auto settings = test::server("postgresql");
    return fmt::format(
        "postgresql://host=127.0.0.1 port={} sslmode=disable user={} password_file={} dbname={}",
        proxy.port(), settings.at("user").get<std::string>(),
        settings.at("password_file").get<std::string>(), server().database());
  }
  static FaultProxy proxy() { return FaultProxy(test::server("postgresql").at("port").get<int>()); }

  /// Opens another store of the same holder, which takes its own lease over.
  std::unique_ptr<db::ComplianceStore> open(const std::string& dsn) {
    db::StoreOptions options;
    options.holder = "first";
    auto store = must(db::ComplianceStore::open(dsn, options, clock_));
    if (!must(store->take_lease())) throw std::runtime_error("no lease");
    return store;
  }
  void expect_stored_once(std::uint64_t events) {
    const auto stored = counts();
    EXPECT_EQ(stored.events, events);
    EXPECT_EQ(stored.duplicates, 0U);
    EXPECT_EQ(stored.gaps, 0U);
    EXPECT_EQ(ask("SELECT max(event_id) + 1 FROM event"), std::to_string(events));
  }
  void cut_at_each_step(Cut what);
};

/// A batch of everything: new names, two nodes, a dead letter, texts longer than a packet.
std::vector<db::PackRecord> batch_from(std::uint64_t sequence) {
  auto events = posts(sequence, 3);
  events[1].content.assign(300'000, 'x');
  events[2].actor->name = "anna " + std::to_string(sequence);
  return packs_of(make_pack("chat-1", 1, sequence, events), make_pack("chat-2", 1, sequence, 3));
}

void PostgresqlFault::cut_at_each_step(Cut what) {
  const std::vector<db::DeadLetterRecord> letters = {{"m", "no pack", "garbage"}};
  std::uint64_t sequence = 1;
  bool committed = false;
  for (int step = 0; !committed; ++step) {
    ASSERT_LT(step, 200) << "the batch never gets through";
    auto proxy = this->proxy();
    auto cut = open(dsn_through(proxy));
    const auto packs = batch_from(sequence);
    proxy.cut_after(step, what);
    const auto first = commit_to(*cut, packs, letters);
    committed = first.has_value();
    if (!committed) {
      EXPECT_TRUE(first.error().action == Action::reconnect ||
                  first.error().action == Action::in_doubt)
          << step << ": " << first.error().message;
      // The session is dead, and says so.
      const auto again = commit_to(*cut, packs, letters);
      ASSERT_FALSE(again);
      EXPECT_EQ(again.error().action, Action::reconnect) << again.error().message;
    }
    must(commit_to(*open(dsn_), packs, letters));
    sequence += 3;
    expect_stored_once(2 * (sequence - 1));
  }
  EXPECT_EQ(counts().dead_letters, 1U);
}

TEST_F(PostgresqlFault, ARequestLostAtEachStepIsReplayedOnce) { cut_at_each_step(Cut::request); }

TEST_F(PostgresqlFault, AReplyLostAtEachStepIsReplayedOnce) { cut_at_each_step(Cut::reply); }

TEST_F(PostgresqlFault, ACommitThatIsCutIsInDoubtAndReplayedOnce) {
  std::uint64_t sequence = 1;
  for (const Cut what : {Cut::request, Cut::reply}) {
    auto proxy = this->proxy();
    auto cut = open(dsn_through(proxy));
    proxy.cut_at("COMMIT", what);
    const auto packs = batch_from(sequence);
    const auto first = commit_to(*cut, packs);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().action, Action::in_doubt) << first.error().message;
    const auto replayed = must(commit_to(*open(dsn_), packs));
    EXPECT_EQ(replayed.packs_duplicate, what == Cut::reply ? 2U : 0U);
    sequence += 3;
    expect_stored_once(2 * (sequence - 1));
  }
}

TEST_F(PostgresqlFault, AServerThatStaysSilentIsGivenUp) {
  auto proxy = this->proxy();
  auto store = open(dsn_through(proxy) + " statement_timeout=1");
  proxy.cut_after(0, Cut::silence);
  const auto packs = batch_from(1);
  const auto unanswered = commit_to(*store, packs);
  ASSERT_FALSE(unanswered);
  EXPECT_EQ(unanswered.error().action, Action::reconnect) << unanswered.error().message;
  EXPECT_NE(unanswered.error().message.find("does not answer"), std::string::npos);
  const auto again = commit_to(*store, packs);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().action, Action::reconnect) << again.error().message;
}

TEST_F(PostgresqlFault, ASessionThatTheAdministratorEndsIsOpenedAnew) {
  const auto packs = batch_from(1);
  server().cut_sessions();
  const auto ended = commit(packs);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().action, Action::reconnect) << ended.error().message;
  must(commit_to(*open(dsn_), packs));
  expect_stored_once(6);
}

TEST_F(PostgresqlFault, ASessionThatEndsBeforeCommitIsInDoubt) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  must(session->begin());
  must(session->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  server().cut_sessions();
  const auto committed = session->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().action, Action::in_doubt) << committed.error().message;
  session->rollback();
  EXPECT_EQ(ask("SELECT count(*) FROM node"), "0");
}

TEST_F(PostgresqlFault, ADeadlockIsRetry) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  must(session->execute("INSERT INTO node (name) VALUES ('a')"));
  must(session->execute("INSERT INTO node (name) VALUES ('b')"));
  PostgresqlClient other(server().database());
  // The other session looks for deadlocks too late, so that ours is the one that gives way.
  static_cast<void>(
      other.run("SET deadlock_timeout = '10min'; BEGIN;"
                " UPDATE node SET name = 'a' WHERE name = 'a'"));
  must(session->begin());
  must(session->execute("UPDATE node SET name = 'b' WHERE name = 'b'"));
  auto waits = std::async(std::launch::async,
                          [&] { return other.run("UPDATE node SET name = 'b' WHERE name = 'b'"); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  const auto victim = session->execute("UPDATE node SET name = 'a' WHERE name = 'a'");
  ASSERT_FALSE(victim);
  EXPECT_EQ(victim.error().action, Action::retry) << victim.error().message;
  EXPECT_NE(victim.error().message.find("40P01"), std::string::npos) << victim.error().message;
  session->rollback();
  waits.get();
}

TEST_F(PostgresqlFault, AStatementThatTakesTooLongIsRetry) {
  const auto session =
      must(db::open_session(dsn_ + " statement_timeout=1", db::OpenMode::read_write));
  const auto slow = session->execute("SELECT pg_sleep(600)");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().action, Action::retry) << slow.error().message;
  EXPECT_NE(slow.error().message.find("57014"), std::string::npos) << slow.error().message;
}

TEST_F(PostgresqlFault, ADatabaseThatMayNotBeWrittenIsStop) {
  run("ALTER DATABASE " + server().database() + " SET default_transaction_read_only = on");
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  const auto written = session->execute("INSERT INTO node (name) VALUES ('x')");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().action, Action::stop) << written.error().message;
  EXPECT_NE(written.error().message.find("primary"), std::string::npos) << written.error().message;
}

TEST_F(PostgresqlFault, DataThatTheServerRefusesIsRejectAndNotQuoted) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  const auto not_utf8 =
      session->execute("INSERT INTO node (name) VALUES (?1)", {"what anna said \xFF"});
  ASSERT_FALSE(not_utf8);
  EXPECT_EQ(not_utf8.error().action, Action::reject) << not_utf8.error().message;
  db::NewPackRow row;  // digests of no length
  row.body = "what anna said";
  must(session->begin());
  const auto loaded = session->load_packs({&row, 1});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().action, Action::reject) << loaded.error().message;
  for (const Error& error : {not_utf8.error(), loaded.error()}) {
    EXPECT_EQ(error.message.find("anna"), std::string::npos) << error.message;
  }
  session->rollback();
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM pack")), 0);
}

TEST_F(PostgresqlFault, ANameThatAnotherSessionMadeMeanwhileIsRetry) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  const auto insert = [&] {
    return session->insert_id("INSERT INTO node (name) VALUES (?1)", "node_id", {"confidential"});
  };
  must(insert());
  const auto late = insert();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().action, Action::retry) << late.error().message;
  EXPECT_EQ(late.error().message.find("confidential"), std::string::npos) << "no values of the row";
}

TEST_F(PostgresqlFault, MoreStatementsThanAreKeptPrepared) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string sql = fmt::format("SELECT ?1 + {}", i);
      EXPECT_EQ(must(session->query_number(sql, {1})), 1 + i);
    }
  }
  const auto prepared = must(session->query_number("SELECT count(*) FROM pg_prepared_statements"));
  EXPECT_LE(*prepared, 64);
}

}  // namespace
}  // namespace mgc::test
