// Segments whose time is over, on each engine: what goes, what stays, and what verify says.
#include "db/retention.hpp"

#include <fmt/format.h>

#include "audit/verify.hpp"
#include "db/duty_source.hpp"
#include "schema/stored_pack.hpp"
#include "tests/store/proven_export.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using schema::EventKind;

class Retained : public StoreTest {
 protected:
  static constexpr std::uint64_t kSegment = 10;  // events

  Retained() {
    store_.reset();
    store_ = open("first");
    if (!must(store_->take_lease())) throw std::runtime_error("no lease");
  }
  std::unique_ptr<db::ComplianceStore> open(const std::string& holder) {
    db::StoreOptions options;
    options.holder = holder;
    options.segments.events = kSegment;
    return must(db::ComplianceStore::open(dsn_, options, clock_));
  }
  /// Ten posts of 2006 and years after, in a pack of 4, one of 1 and one of 5; one segment each.
  void store_year(int years_later, const std::string& room = "#ubuntu") {
    std::vector<schema::Event> events;
    for (int i = 0; i < 10; ++i) {
      auto event = chat_event(fmt::format("secret{} of year{}", i, years_later));
      event.occurred_at += std::chrono::hours(24 * 366 * years_later + i);
      event.room = schema::Room{"ma-chan://example.org/" + room.substr(1), room};
      events.push_back(event);
    }
    for (const auto& [first, count] : {std::pair(0, 4), std::pair(4, 1), std::pair(5, 5)}) {
      const std::vector<schema::Event> of_pack(events.begin() + first,
                                               events.begin() + first + count);
      auto pack = make_pack("chat-1", 1, sequence_, of_pack, last_sha256_);
      sequence_ += static_cast<std::uint64_t>(count);
      last_sha256_ = Bytes(schema::bytes_of(pack.sha256));
      must(commit(packs_of(std::move(pack))));
      seal();
    }
  }
  void seal() {
    bool more = true;
    while (more) {
      const auto tended = must(store_->tend_segments([](std::uint64_t) { return true; }));
      more = tended == db::Tended::a_step;
    }
  }
  void record() {
    auto source = must(db::DutySource::open(dsn_));
    for (const EventKind kind : schema::kDutyKinds) {
      if (kind == EventKind::redaction) continue;
      must(store_->record_duties(must(source.find(kind, 1)).page));
    }
  }
  static UtcTime year(int years_later) {
    return chat_event("").occurred_at + std::chrono::hours(24 * 366 * years_later + 24);
  }
  /// Notes, records and removes all that is older than a year and not held; returns how many.
  int remove_before(int years_later) {
    auto log = must(db::DutyLog::open(dsn_));
    db::Retention retention(log);
    int removed = 0;
    for (const auto& one : must(retention.find(year(years_later)))) {
      if (!one.held.empty()) continue;
      must(retention.note(one, year(years_later), {"c", "desk-1"}));
      record();
      must(retention.remove(one.segment));
      ++removed;
    }
    return removed;
  }
  audit::VerifyReport verify() { return must(audit::verify_store(*reader(), {})); }
  static std::string said(const audit::VerifyReport& report) {
    std::string lines;
    for (const auto& finding : report.findings) lines += finding.where + ": " + finding.what + "\n";
    return lines;
  }
  std::size_t hits(const std::string& word) {
    db::EventQuery query;
    query.words = {word};
    return must(reader()->search(query)).size();
  }

 private:
  std::uint64_t sequence_ = 1;
  Bytes last_sha256_;
};

TEST_F(Retained, WhatIsOldGoesAndTheLedgerStillVerifies) {
  for (int i = 0; i < 3; ++i) store_year(i);
  const auto before = counts();
  EXPECT_EQ(before.events, 30U);
  EXPECT_EQ(hits("year0"), 10U);
  EXPECT_EQ(remove_before(0), 1);
  EXPECT_EQ(counts().events, 20U);
  EXPECT_EQ(counts().packs, before.packs + 1) << "packs' rows stay, and the record of it came";
  EXPECT_EQ(hits("year0"), 0U);
  EXPECT_EQ(hits("year1"), 10U);
  EXPECT_EQ(ask("SELECT count(*) FROM event_1 WHERE content LIKE 'secret%'"), "0");
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.removed_events, 10U);
  EXPECT_EQ(must(reader()->positions()).at(0).contiguous_through, 30U);
  EXPECT_EQ(remove_before(0), 0) << "once";
  EXPECT_EQ(remove_before(5), 1) << "the one that takes rows stays whatever its age";
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Retained, TheRecordSaysWhatWentByWhom) {
  store_year(0);
  store_year(1);
  EXPECT_EQ(remove_before(0), 1);
  db::EventQuery query;
  query.kinds = {EventKind::removal};
  const auto events = must(reader()->search(query));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].node, "mgc-service.1");
  const std::string& content = events[0].content;
  for (const char* part :
       {"segment {", "\"first_event_id\":0", "\"last_event_id\":9", "\"events\":10", "\"packs\":3",
        "\"root\":\"", "\"lane\":\"compliance\"", "\"before\":\""}) {
    EXPECT_NE(content.find(part), std::string::npos) << part << " in " << content;
  }
}

TEST_F(Retained, NothingGoesBeforeTheLedgerSaysSo) {
  store_year(0);
  store_year(1);
  auto log = must(db::DutyLog::open(dsn_));
  db::Retention retention(log);
  const auto old = must(retention.find(year(0)));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_FALSE(retention.remove(1)) << "it is not even noted";
  must(retention.note(old[0], year(0), {"c", "h"}));
  EXPECT_FALSE(must(retention.is_recorded(1)));
  const auto refused = retention.remove(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop) << refused.error().message;
  EXPECT_EQ(counts().events, 20U);
  must(retention.note(old[0], year(0), {"c", "h"}));
  EXPECT_EQ(ask("SELECT count(*) FROM removal"), "1") << "a note is written once";
}

TEST_F(Retained, WhatAHoldKeepsStaysWithAllOfItsSegment) {
  store_year(0, "#hr");
  store_year(1);
  store_year(2);
  auto log = must(db::DutyLog::open(dsn_));
  db::Retention retention(log);
  const auto hold = must(db::add_hold(log, {{.room = "#hr"}, "case", "why"}, {"c", "h"}));
  const auto old = must(retention.find(year(1)));
  ASSERT_EQ(old.size(), 2U);
  ASSERT_EQ(old[0].held.size(), 1U);
  EXPECT_EQ(old[0].held[0].hold, hold);
  EXPECT_EQ(old[0].held[0].events, 10U);
  EXPECT_TRUE(old[1].held.empty());
  // Not even somebody who does not ask first gets it.
  must(retention.note(old[0], year(1), {"c", "h"}));
  record();
  const auto refused = retention.remove(old[0].segment);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop) << refused.error().message;
  EXPECT_EQ(remove_before(1), 1);
  EXPECT_EQ(hits("year0"), 10U);
  EXPECT_EQ(hits("year1"), 0U);
  EXPECT_TRUE(verify().ok()) << said(verify());
  must(db::release_hold(log, hold, "settled", {"c", "h"}));
  EXPECT_EQ(remove_before(1), 1);
  EXPECT_EQ(hits("year0"), 0U);
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Retained, WhatSaysWhatWasDoneWithTheRecordStays) {
  store_year(0);
  auto log = must(db::DutyLog::open(dsn_));
  const auto hold = must(db::add_hold(log, {{.room = "#x"}, "case", "why"}, {"c", "h"}));
  must(db::release_hold(log, hold, "over", {"c", "h"}));
  record();  // in the same segment, with the time of today
  store_year(1);
  store_year(2);
  EXPECT_EQ(remove_before(1), 2);
  db::EventQuery query;
  query.kinds = {EventKind::hold};
  EXPECT_EQ(must(reader()->search(query)).size(), 2U);
  query.words = {"release"};
  EXPECT_EQ(must(reader()->search(query)).size(), 1U) << "the index knows it still";
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Retained, AnExportOfAllIsWholeAndSaysWhatWasRemoved) {
  for (int i = 0; i < 3; ++i) store_year(i);
  EXPECT_EQ(remove_before(0), 1);
  ProvenExports exports(dsn_, clock_);
  db::EventQuery all;
  all.with_duties = true;
  for (const std::string form : {"jsonl", "csv"}) {
    exports.make(form, all);
    const auto verdict = exports.verify(form);
    EXPECT_TRUE(verdict.ok()) << verdict.findings.at(0).what;
    EXPECT_TRUE(verdict.is_whole_ledger);
    EXPECT_EQ(verdict.events, 21U) << "twenty posts, and what says that the others were removed";
    EXPECT_EQ(verdict.removed, 10U);
  }
}

TEST_F(Retained, AnExportOfAllWantsACheckpointThatIsLaterThanWhatWasRemoved) {
  for (int i = 0; i < 2; ++i) store_year(i);
  ProvenExports exports(dsn_, clock_);
  exports.sign();
  EXPECT_EQ(remove_before(0), 1);
  db::EventQuery all;
  all.with_duties = true;
  const auto refused = exports.try_to_make("jsonl", all);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
  EXPECT_NE(refused.error().message.find("Sign (mgc audit checkpoint)"), std::string::npos)
      << refused.error().message;
  exports.sign();
  must(exports.try_to_make("csv", all));
  EXPECT_TRUE(exports.verify("csv").ok()) << exports.verify("csv").findings.at(0).what;
}

TEST_F(Retained, AnExportDoesNotGoOnAcrossARemoval) {
  for (int i = 0; i < 2; ++i) store_year(i);
  ProvenExports exports(dsn_, clock_);
  exports.sign();
  std::stop_source stop;
  stop.request_stop();
  ASSERT_FALSE(exports.try_to_make("jsonl", {}, stop.get_token()));
  EXPECT_EQ(remove_before(0), 1);
  const auto refused = exports.try_to_make("jsonl", {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("removed"), std::string::npos) << refused.error().message;
  must(exports.try_to_make("csv", {}));
  EXPECT_TRUE(exports.verify("csv").ok()) << exports.verify("csv").findings.at(0).what;
}

TEST_F(Retained, APackWithoutBytesThatNoEventOfTheLedgerNamesIsFound) {
  store_year(0);
  store_year(1);
  EXPECT_EQ(remove_before(0), 1);
  Bytes body;
  must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
    if (row.first_event_id != 10) return true;
    const std::uint32_t all[] = {0, 1, 2, 3};
    body = must(schema::redact_events(must(schema::decode_stored_pack(row.body)), all));
    return true;
  }));
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
  EXPECT_EQ(must(session->execute("UPDATE pack SET body = ?1 WHERE first_event_id = 10",
                                  {db::Blob{body}})),
            1);
  static_cast<void>(run("DELETE FROM event_2"));
  const auto report = verify();
  for (int id = 10; id < 14; ++id) {
    const auto wanted =
        fmt::format("event {}: its bytes are gone, and no event of the ledger says why", id);
    EXPECT_NE(said(report).find(wanted), std::string::npos) << wanted << " in " << said(report);
  }
  EXPECT_NE(said(report).find("event 14: its row is missing"), std::string::npos) << said(report);
}

TEST_F(Retained, ARowOfWhatWasRemovedIsFound) {
  store_year(0);
  store_year(1);
  EXPECT_EQ(remove_before(0), 1);
  static_cast<void>(
      run("INSERT INTO event_1 SELECT 3, kind, occurred_at, room_id, actor_id, target_id, content,"
          " chat_id, file_name, file_sha256, node_id, epoch, 4, 1 FROM event_2"
          " WHERE event_id = 13"));
  EXPECT_FALSE(verify().ok());
}

TEST_F(Retained, AnotherRootInThePlaceOfARemovedPacksIsFound) {
  store_year(0);
  store_year(1);
  EXPECT_EQ(remove_before(0), 1);
  static_cast<void>(run("UPDATE pack SET root = sha256 WHERE first_event_id = 4"));
  const std::string lines = said(verify());
  for (const char* part : {"pack chat-1/1/5: its Merkle root does not match its events",
                           "events 0 to 9 were removed, with another root than their packs have"}) {
    EXPECT_NE(lines.find(part), std::string::npos) << part << " in " << lines;
  }
}

#ifdef MGC_FAILPOINTS
TEST_F(Retained, AKillLeavesAllOfASegmentOrNothing) {
  store_year(0);
  store_year(1);
  auto log = must(db::DutyLog::open(dsn_));
  db::Retention retention(log);
  must(retention.note(must(retention.find(year(0)))[0], year(0), {"c", "h"}));
  record();
  arm("removal.before_commit=error@1");
  EXPECT_FALSE(retention.remove(1));
  disarm();
  EXPECT_EQ(hits("year0"), 10U);
  EXPECT_TRUE(verify().ok()) << said(verify());
  arm("removal.after_commit=error@1");
  EXPECT_FALSE(retention.remove(1));
  disarm();
  EXPECT_EQ(hits("year0"), 0U);
  EXPECT_EQ(must(retention.find(year(0))).size(), 0U) << "it is done";
  EXPECT_TRUE(verify().ok()) << said(verify());
}
#endif

}  // namespace
}  // namespace mgc::test
