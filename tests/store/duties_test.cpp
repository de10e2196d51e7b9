// What is done with the record: rows that are never changed, and the events that they become.
#include "db/access_log.hpp"
#include "db/duty_source.hpp"

#include <fmt/format.h>

#include <set>

#include "audit/verify.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using schema::EventKind;

class Duties : public StoreTest {
 protected:
  /// Notes what one command says of itself, as the program does.
  std::int64_t note(const std::string& command, const std::string& details = "{}",
                    std::int64_t of_entry = 0) {
    auto log = must(db::AccessLog::open(dsn_));
    return must(log.add({of_entry, "a.smith", "desk-7", command, details}));
  }
  std::vector<std::string> tamper(const std::string& sql) { return engine_->run_access_log(sql); }

  /// Makes events of all rows that are none, as the service does.
  std::uint64_t record(db::ComplianceStore& store) {
    auto source = must(db::DutySource::open(dsn_));
    std::uint64_t recorded = 0;
    for (std::int64_t from = 1;;) {
      auto found = must(source.find(EventKind::access, from));
      recorded += must(store.record_duties(found.page));
      from = found.next;
      if (!found.more) return recorded;
    }
  }
  std::uint64_t record() { return record(*store_); }

  audit::VerifyReport verify() { return must(audit::verify_store(*reader(), {})); }
  /// What verify says, one line each.
  static std::string said(const audit::VerifyReport& report) {
    std::string lines;
    for (const auto& finding : report.findings) lines += finding.where + ": " + finding.what + "\n";
    return lines;
  }
  std::vector<db::ComplianceEvent> accesses() {
    db::EventQuery query;
    query.kinds = {EventKind::access};
    return must(reader()->search(query));
  }
};

TEST_F(Duties, ARowBecomesOneEventThatSaysTheSame) {
  must(commit(packs_of(make_pack("chat-1", 1, 1, 3))));
  const auto begun = note("search", R"({"word":"budget"})");
  const auto ended = note("search", R"({"events":2})", begun);
  EXPECT_LT(begun, ended);
  EXPECT_EQ(record(), 2U);
  EXPECT_EQ(record(), 0U) << "once";
  const auto events = accesses();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].event_id, 3U);
  EXPECT_EQ(events[0].kind, "ACCESS");
  EXPECT_EQ(events[0].content, R"(search {"word":"budget"})");
  EXPECT_EQ(events[0].node, "mgc-service.1");
  EXPECT_EQ(events[1].content, R"(search {"events":2})");
  // The database says who it was; SQLite knows nobody, so the machine's user is the one.
  const bool knows_users = engine_->product() != "SQLite";
  EXPECT_EQ(events[0].actor_name == "a.smith", !knows_users);
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.duties, 2U);
  EXPECT_EQ(report.duties_waiting, 0U);
}

TEST_F(Duties, WhatAuditorsLookedForIsNoHitUnlessItIsAskedFor) {
  must(commit(packs_of(make_pack("chat-1", 1, 1, 1))));
  note("search", R"({"text":"post"})");
  record();
  db::EventQuery query;
  query.text = "post";
  const auto hits = must(reader()->search(query));
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].kind, "CHAT");
  EXPECT_EQ(accesses().size(), 1U);
  EXPECT_EQ(counts().by_kind.at("ACCESS"), 1U);
}

TEST_F(Duties, ARowThatIsNoEventYetIsNoFinding) {
  note("count");
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.duties_waiting, 1U);
}

TEST_F(Duties, AnEditOfAnyColumnIsFound) {
  for (int i = 0; i < 7; ++i) note("search", fmt::format("{{\"n\":{}}}", i));
  EXPECT_EQ(record(), 7U);
  const std::pair<std::string, std::string> edits[] = {
      {"of_entry", "7"},       {"written_at", "5"}, {"db_user", "'eve'"},      {"os_user", "'eve'"},
      {"host", "'elsewhere'"}, {"command", "'x'"},  {"details", "'{\"n\":9}'"}};
  std::int64_t entry = 0;
  for (const auto& [column, value] : edits) {
    tamper(fmt::format("UPDATE access_log SET {} = {} WHERE entry = {}", column, value, ++entry));
  }
  const auto report = verify();
  EXPECT_EQ(report.findings_total, 7U);
  entry = 0;
  for (const auto& [column, value] : edits) {
    EXPECT_NE(said(report).find(fmt::format("event {}: it was made of row {} of access_log, which "
                                            "says something else now: {}\n",
                                            entry, entry + 1, column)),
              std::string::npos)
        << column << "\n"
        << said(report);
    ++entry;
  }
}

TEST_F(Duties, ARowThatWasTakenAwayIsFound) {
  note("search");
  note("export");
  EXPECT_EQ(record(), 2U);
  tamper("DELETE FROM access_log WHERE entry = 2");
  const auto report = verify();
  EXPECT_EQ(report.findings_total, 1U);
  EXPECT_EQ(said(report), "event 1: it was made of row 2 of access_log, which is missing\n");
}

TEST_F(Duties, AnotherEventInThePlaceOfARowIsFound) {
  note("search");
  note("export");
  EXPECT_EQ(record(), 2U);
  static_cast<void>(run("UPDATE duty_event SET event_id = 7 WHERE entry = 2"));
  auto report = verify();
  EXPECT_EQ(said(report),
            "event 1: duty_event does not name it as what became of row 2 of access_log\n");
  static_cast<void>(
      run("INSERT INTO duty_event (kind, entry, lane_id, event_id)"
          " VALUES (16, 99, 1, 1)"));
  report = verify();
  EXPECT_NE(said(report).find("duty_event: it names 3 events of access_log; the ledger has 2"),
            std::string::npos)
      << said(report);
}

TEST_F(Duties, OfTwoLanesOneTakesARow) {
  const auto other = open_store("second", "other");
  ASSERT_TRUE(must(other->take_lease()));
  for (int i = 0; i < 3; ++i) note("count");
  auto source = must(db::DutySource::open(dsn_));
  const auto page = must(source.find(EventKind::access, 1)).page;
  EXPECT_EQ(must(store_->record_duties(page)), 3U);
  EXPECT_EQ(must(other->record_duties(page)), 0U) << "found before the first one committed";
  EXPECT_EQ(accesses().size(), 3U);
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Duties, ManyRowsBecomeEventsInPages) {
  auto log = must(db::AccessLog::open(dsn_));
  const std::string large = "{\"text\":\"" + std::string(200'000, 'x') + "\"}";
  for (int i = 0; i < 8; ++i) must(log.add({0, "u", "h", "search", large}));
  const std::string rows = "('u', 'h', 'c', '{}'),";
  std::string insert = "INSERT INTO access_log (os_user, host, command, details) VALUES ";
  for (int i = 0; i < 900; ++i) insert += rows;
  insert.pop_back();
  tamper(insert);
  EXPECT_EQ(record(), 908U);
  std::set<std::uint64_t> ids;
  db::EventQuery query;
  query.kinds = {EventKind::access};
  query.limit = 5'000;
  for (const auto& event : must(reader()->search(query))) ids.insert(event.event_id);
  EXPECT_EQ(ids.size(), 908U);
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.duties, 908U);
}

TEST_F(Duties, ACommandThatIsTooLongIsRefusedAndNotCut) {
  auto log = must(db::AccessLog::open(dsn_));
  const auto refused = log.add({0, "u", "h", "search", std::string(256 * 1024 + 1, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
  EXPECT_TRUE(log.add({0, "u", "h", "search", std::string(256 * 1024, 'x')}));
  EXPECT_EQ(record(), 1U);
}

#ifdef MGC_FAILPOINTS
TEST_F(Duties, AKilledServiceMakesNoEventTwice) {
  note("search");
  note("export");
  arm("store.before_closing=error@1");
  auto source = must(db::DutySource::open(dsn_));
  const auto page = must(source.find(EventKind::access, 1)).page;
  EXPECT_FALSE(store_->record_duties(page));
  disarm();
  EXPECT_EQ(accesses().size(), 0U);
  arm("store.after_closing=error@1");
  const auto in_doubt = store_->record_duties(page);
  ASSERT_FALSE(in_doubt);
  EXPECT_EQ(in_doubt.error().action, Action::in_doubt);
  disarm();
  EXPECT_EQ(must(store_->record_duties(page)), 0U);
  EXPECT_EQ(record(), 0U);
  EXPECT_EQ(accesses().size(), 2U);
  EXPECT_TRUE(verify().ok()) << said(verify());
}
#endif

TEST_F(Duties, TheOwnerSaysWhetherAccessMayGoUnnoted) {
  EXPECT_FALSE(must(db::access_is_optional(dsn_)));
  must(db::set_access_optional(dsn_, true));
  EXPECT_TRUE(must(db::access_is_optional(dsn_)));
  must(db::set_access_optional(dsn_, false));
  EXPECT_FALSE(must(db::access_is_optional(dsn_)));
}

}  // namespace
}  // namespace mgc::test
