#pragma once

#include <gtest/gtest.h>

#include <string>

#include "audit/verify.hpp"
#include "db/compliance_reader.hpp"
#include "db/compliance_store.hpp"
#include "db/duty_source.hpp"
#include "db/redaction.hpp"
#include "db/retention.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {

/// What a custodian and a second one do to the record of a service that runs as its role does.
struct Custodians {
  std::string writer, first, second;  ///< DSNs

  void work(const Clock& clock) const {
    db::StoreOptions options;
    options.holder = "service";
    options.lane = "kept";
    options.segments.events = 10;
    auto store = must(db::ComplianceStore::open(writer, options, clock));
    ASSERT_TRUE(must(store->take_lease()));
    const auto sent = make_pack("chat-1", 1, 1, 10);
    const auto next =
        make_pack("chat-1", 1, 11, posts(11, 10), Bytes(schema::bytes_of(sent.sha256)));
    for (const db::PackRecord* pack : {&sent, &next}) {
      must(store->commit({clock.utc_now(), {&pack, 1}, {}}));
      const auto always = [](std::uint64_t) { return true; };
      while (must(store->tend_segments(always)) == db::Tended::a_step) continue;
    }
    remove(*store);
    redact(*store);
    auto reader = must(db::ComplianceReader::open(first));
    const auto report = must(audit::verify_store(*reader, {}));
    EXPECT_TRUE(report.ok()) << report.findings.at(0).where << ": " << report.findings[0].what;
    EXPECT_EQ(report.removed_events, 10U);
    EXPECT_EQ(report.redacted_events, 1U);
  }

 private:
  static constexpr UtcTime kBefore{std::chrono::microseconds{4'102'444'800'000'000}};  ///< 2100

  void record(db::ComplianceStore& store, schema::EventKind kind) const {
    auto source = must(db::DutySource::open(writer));
    must(store.record_duties(must(source.find(kind, 1)).page));
  }
  void remove(db::ComplianceStore& store) const {
    auto log = must(db::DutyLog::open(first));
    db::Retention retention(log);
    const auto old = must(retention.find(kBefore));
    ASSERT_EQ(old.size(), 1U);
    must(retention.note(old[0], kBefore, {"u", "h"}));
    EXPECT_FALSE(retention.remove(old[0].segment)) << "it is no event yet";
    record(store, schema::EventKind::removal);
    must(retention.remove(old[0].segment));
  }
  /// Nor does the database redact for one who writes both rows.
  void expect_refused_alone(db::ComplianceStore& store, db::DutyLog& log,
                            std::int64_t request) const {
    const auto both = log.session().insert_id(
        "INSERT INTO redaction (of_entry, os_user, host, command, details, lane_id, event_id)"
        " SELECT entry, 'another', 'h', 'approve', '{}', lane_id, event_id FROM redaction"
        " WHERE entry = ?1",
        "entry", {request});
    ASSERT_TRUE(both) << both.error().message;
    record(store, schema::EventKind::redaction);
    const auto alone = log.session().call(
        "redact_event", {request, db::Blob{"x"}, db::Blob{"y"}, std::string_view("notice")});
    ASSERT_FALSE(alone);
    EXPECT_NE(alone.error().message.find("approval by somebody else"), std::string::npos)
        << alone.error().message;
  }
  /// Nor when what was asked and approved, as the ledger has it, names another event.
  void expect_refused_of_another(db::ComplianceStore& store, db::DutyLog& log,
                                 db::DutyLog& other) const {
    const auto request = log.session().insert_id(
        "INSERT INTO redaction (of_entry, os_user, host, command, details, lane_id, event_id)"
        " SELECT NULL, 'u', 'h', 'request', '{\"lane\":\"kept\",\"event_id\":13}', lane_id, 14"
        " FROM lane WHERE name = ?1",
        "entry", {std::string_view("kept")});
    ASSERT_TRUE(request) << request.error().message;
    const auto approval = other.session().insert_id(
        "INSERT INTO redaction (of_entry, os_user, host, command, details, lane_id, event_id)"
        " SELECT entry, 'v', 'h', 'approve', '{}', lane_id, event_id FROM redaction"
        " WHERE entry = ?1",
        "entry", {*request});
    ASSERT_TRUE(approval) << approval.error().message;
    record(store, schema::EventKind::redaction);
    const auto done = log.session().call(
        "redact_event", {*request, db::Blob{"x"}, db::Blob{"y"}, std::string_view("notice")});
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("no events of the ledger"), std::string::npos)
        << done.error().message;
  }
  void redact(db::ComplianceStore& store) const {
    auto log = must(db::DutyLog::open(first));
    db::Redactions redactions(log);
    const auto request = must(redactions.request("kept", 12, "why", {"u", "h"}));
    const auto own = redactions.approve(request, {"somebody else, they say", "h"});
    ASSERT_FALSE(own);
    EXPECT_NE(own.error().message.find("somebody else has to"), std::string::npos)
        << own.error().message;
    expect_refused_alone(store, log, request);
    auto other = must(db::DutyLog::open(second));
    must(db::Redactions(other).approve(request, {"u", "h"}));
    EXPECT_FALSE(redactions.apply(request)) << "they are no events yet";
    record(store, schema::EventKind::redaction);
    must(redactions.apply(request));
    expect_refused_of_another(store, log, other);
  }
};

}  // namespace mgc::test
