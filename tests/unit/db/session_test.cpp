#include "db/session.hpp"

#include "tests/unit/db/store_fixture.hpp"

namespace mgc::test {
namespace {

using Session = StoreTest;

TEST_F(Session, BindsAndReadsEveryKindOfValue) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  const std::string text("a\0b", 3);
  const std::optional<std::string> nothing;
  bool seen = false;
  must(
      session->query("SELECT ?1, ?2, ?3, ?4, ?5, ?6, typeof(?2), typeof(?3), typeof(?6)",
                     {std::uint64_t{7}, text, db::Blob{text}, nullptr, nothing, std::string_view{}},
                     [&](const db::Row& row) {
                       seen = true;
                       EXPECT_EQ(row.integer(0), 7);
                       EXPECT_EQ(row.bytes(1), text);
                       EXPECT_EQ(row.bytes(2), text);
                       EXPECT_TRUE(row.is_null(3));
                       EXPECT_TRUE(row.is_null(4));
                       EXPECT_FALSE(row.is_null(5)) << "an empty text is not NULL";
                       EXPECT_EQ(row.text(6) + row.text(7) + row.text(8), "textblobtext");
                       return true;
                     }));
  EXPECT_TRUE(seen);
}

TEST_F(Session, WritesAreFlushedBeforeCommitReturns) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  EXPECT_EQ(must(session->query_number("PRAGMA synchronous")), 2) << "FULL";
  EXPECT_EQ(must(session->query_number("PRAGMA wal_autocheckpoint")), 0) << "not the writer";
  must(session->own_checkpoints(true));
  EXPECT_EQ(must(session->query_number("PRAGMA wal_autocheckpoint")), 1000);
}

TEST_F(Session, ATransactionThatIsNotCommittedLeavesNothing) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  must(session->begin());
  {
    db::Transaction transaction(*session);
    ASSERT_TRUE(session->execute("INSERT INTO node (name) VALUES (?1)", {"x"}));
  }
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM node")), 0);
}

TEST_F(Session, ReadOnlyMeansReadOnly) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_only));
  const auto written = session->execute("INSERT INTO node (name) VALUES (?1)", {"x"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().action, Action::stop);
}

TEST_F(Session, ANewSegmentIsPartOfTheView) {
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  must(session->add_event_table(2));
  must(session->add_event_table(3));
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE name IN ('event_2', 'event_3')"), "2");
  db::EventRow row;
  row.event_id = 5;
  must(session->load_events(3, {&row, 1}));
  must(session->load_events(1, {&row, 1}));
  EXPECT_EQ(run("SELECT segment, event_id FROM event ORDER BY segment"),
            (std::vector<std::string>{"1", "5", "3", "5"}));
}

}  // namespace
}  // namespace mgc::test
