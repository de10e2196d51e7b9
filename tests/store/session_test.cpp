#include "db/session.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Session : public StoreTest {
 protected:
  std::unique_ptr<db::Session> open(db::OpenMode mode = db::OpenMode::read_write) {
    return must(db::open_session(dsn_, mode));
  }
};

TEST_F(Session, WhatIsWrittenComesBackAsItWas) {
  const auto session = open();
  const std::string raw("\0\xff'\"?1\\", 7);
  const std::optional<std::string> nothing;
  must(session->execute(
      "INSERT INTO dead_letter (lane_id, received_at, message_id, reason, raw, sha256, node_id,"
      " epoch) VALUES ((SELECT max(lane_id) FROM lane), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {std::numeric_limits<std::int64_t>::min(), std::string("a\0b ?1", 6), std::string_view{},
       db::Blob{raw}, db::Blob{std::string_view("0123456789abcdef0123456789abcdef")}, nullptr,
       nothing}));
  bool seen = false;
  must(
      session->query("SELECT received_at, message_id, reason, raw, node_id, epoch, '?9 as text'"
                     " FROM dead_letter WHERE message_id = ?1 OR message_id = ?1",
                     {std::string("a\0b ?1", 6)}, [&](const db::Row& row) {
                       seen = true;
                       EXPECT_EQ(row.integer(0), std::numeric_limits<std::int64_t>::min());
                       EXPECT_EQ(row.bytes(1), ByteView("a\0b ?1", 6));
                       EXPECT_FALSE(row.is_null(2)) << "an empty text is not NULL";
                       EXPECT_EQ(row.bytes(2), "");
                       EXPECT_EQ(row.bytes(3), raw);
                       EXPECT_TRUE(row.is_null(4));
                       EXPECT_TRUE(row.is_null(5));
                       EXPECT_EQ(row.text(6), "?9 as text");
                       return true;
                     }));
  EXPECT_TRUE(seen);
}

TEST_F(Session, SaysHowManyRowsItFoundAndHowManyThereAre) {
  const auto session = open();
  const std::int64_t lane = must(session->query_number("SELECT max(lane_id) FROM lane")).value();
  EXPECT_EQ(must(session->execute("UPDATE lane SET fence = fence WHERE lane_id = ?1", {lane})), 1)
      << "a row that was found counts, also when it stays as it is";
  EXPECT_EQ(must(session->execute("UPDATE lane SET fence = 9 WHERE lane_id = ?1", {lane + 1})), 0);
  EXPECT_EQ(must(session->query_number("SELECT lane_id FROM lane WHERE lane_id = ?1", {lane + 1})),
            std::nullopt);
  EXPECT_EQ(must(session->query_number("SELECT coalesce(sum(fence), 0) FROM lane")), 1);
}

TEST_F(Session, ANewRowHasTheIdThatTheEngineGaveIt) {
  const auto session = open();
  const auto insert = [&](std::string_view name) {
    return session->insert_id("INSERT INTO node (name) VALUES (?1)", "node_id", {name});
  };
  const std::int64_t first = must(insert("x"));
  EXPECT_NE(must(insert("y")), first);
  EXPECT_EQ(must(session->query_number("SELECT node_id FROM node WHERE name = ?1", {"x"})), first);
}

TEST_F(Session, ATransactionThatIsNotCommittedLeavesNothing) {
  const auto session = open();
  must(session->begin());
  {
    db::Transaction transaction(*session);
    ASSERT_TRUE(session->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  }
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 0);
}

TEST_F(Session, AfterAnErrorAndARollbackTheSessionGoesOn) {
  const auto session = open();
  must(session->begin());
  EXPECT_FALSE(session->execute("INSERT INTO no_such_table (name) VALUES (?1)", {"x"}));
  session->rollback();
  session->rollback();
  must(session->begin());
  must(session->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  must(session->commit());
  EXPECT_EQ(ask("SELECT count(*) FROM node"), "1");
}

TEST_F(Session, AStreamMayBeStoppedAndRunsOtherStatementsBetweenItsRows) {
  const auto session = open();
  for (int i = 0; i < 300; ++i) {
    must(session->execute("INSERT INTO node (name) VALUES (?1)", {"n" + std::to_string(i)}));
  }
  must(session->begin_snapshot());
  int rows = 0;
  must(session->stream(
      "SELECT node_id, name FROM node ORDER BY node_id", {}, [&](const db::Row& row) {
        const std::string name = row.text(1);
        EXPECT_EQ(name, "n" + std::to_string(rows));
        const auto id = session->query_number("SELECT node_id FROM node WHERE name = ?1", {name});
        EXPECT_EQ(must(id), row.integer(0));
        return ++rows < 250;
      }));
  EXPECT_EQ(rows, 250);
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 300);
  session->rollback();
}

TEST_F(Session, ASnapshotDoesNotSeeWhatIsCommittedLater) {
  const auto session = open(db::OpenMode::read_only);
  must(session->begin_snapshot());
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 0);
  must(open()->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 0);
  session->rollback();
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 1);
}

TEST_F(Session, FindsTextInAnyCaseOfAsciiAndTakesNoWildcards) {
  const auto session = open();
  const auto holds = [&](std::string_view text, std::string_view part) {
    const std::string sql = "SELECT count(*) FROM (SELECT name FROM node) AS one WHERE " +
                            session->contains("name", "?1");
    must(session->execute("UPDATE node SET name = ?1", {text}));
    return must(session->query_number(sql, {part})) == 1;
  };
  must(session->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  EXPECT_TRUE(holds("The Kernel panics", "kERNEL"));
  EXPECT_TRUE(holds("100 % _sure_", "% _"));
  EXPECT_FALSE(holds("abc", "a_c"));
  EXPECT_FALSE(holds("abc", "a%"));
  EXPECT_TRUE(holds("\xF0\x9F\x90\xA7 penguin", "\xF0\x9F\x90\xA7"));
  EXPECT_FALSE(holds("resume", "r\xC3\xA9sum\xC3\xA9")) << "accents are not case";
}

TEST_F(Session, ReadOnlyMeansReadOnly) {
  const auto session = open(db::OpenMode::read_only);
  const auto written = session->execute("INSERT INTO node (name) VALUES (?1)", {"x"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().action, Action::stop) << written.error().message;
}

TEST_F(Session, ANewSegmentIsPartOfTheView) {
  const auto session = open();
  must(session->begin());
  must(session->add_event_table(2));
  must(session->add_event_table(3));
  must(session->commit());
  db::EventRow row;
  row.event_id = 5;
  must(session->begin());
  must(session->load_events(3, {&row, 1}));
  must(session->load_events(1, {&row, 1}));
  must(session->commit());
  EXPECT_EQ(ask("SELECT count(*) FROM event_2"), "0");
  EXPECT_EQ(run("SELECT segment, event_id FROM event ORDER BY segment"),
            (std::vector<std::string>{"1", "5", "3", "5"}));
}

TEST_F(Session, ExclusiveTransactionsOfOneSchemaDoNotOverlap) {
  const auto first = open();
  must(first->begin_exclusive(db::Schema::mgccomp));
  const auto second = must(db::open_session(engine_->impatient_dsn(), db::OpenMode::read_write));
  const auto refused = second->begin_exclusive(db::Schema::mgccomp);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry) << refused.error().message;
  second->rollback();
  first->rollback();
  must(second->begin_exclusive(db::Schema::mgccomp));
  second->rollback();
}

}  // namespace
}  // namespace mgc::test
