// One event's content goes, and its leaf stays; on each engine.
#include "db/redaction.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "audit/verify.hpp"
#include "db/duty_source.hpp"
#include "db/holds.hpp"
#include "schema/stored_pack.hpp"
#include "tests/store/proven_export.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using schema::EventKind;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Redacted : public StoreTest {
 protected:
  static constexpr std::uint64_t kSegment = 10;  // events
  const db::DutyAuthor anna_{"anna", "desk-1"};
  const db::DutyAuthor bob_{"bob", "desk-2"};

  Redacted() {
    store_.reset();
    db::StoreOptions options;
    options.holder = "first";
    options.segments.events = kSegment;
    store_ = must(db::ComplianceStore::open(dsn_, options, clock_));
    if (!must(store_->take_lease())) throw std::runtime_error("no lease");
    auto pack = make_pack("chat-1", 1, 1, events());
    sha256_ = Bytes(schema::bytes_of(pack.sha256));
    must(commit(packs_of(std::move(pack))));
  }
  static std::vector<schema::Event> events() {
    auto upload = chat_event("the password is swordfish");
    upload.file = schema::File{"secret.txt", Bytes(32, 'f'), 9, ""};
    upload.kind = EventKind::file_upload;
    return {chat_event("hello"), upload, chat_event("thank you")};
  }
  void record() {
    auto source = must(db::DutySource::open(dsn_));
    for (const EventKind kind : schema::kDutyKinds) {
      must(store_->record_duties(must(source.find(kind, 1)).page));
    }
  }
  /// Fills and seals the first segment.
  void seal() {
    for (std::uint64_t i = 0; i < 2; ++i) {
      must(commit(packs_of(make_pack("chat-2", 1, 1 + 10 * i, 10))));
      bool more = true;
      while (more) {
        const auto tended = must(store_->tend_segments([](std::uint64_t) { return true; }));
        more = tended == db::Tended::a_step;
      }
    }
    ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  }
  std::int64_t request(std::uint64_t event_id = 1) {
    auto log = must(db::DutyLog::open(dsn_));
    return must(db::Redactions(log).request("compliance", event_id, "named by mistake", anna_));
  }
  Result<void> approve(std::int64_t request, const db::DutyAuthor& by) {
    if (engine_->product() != "SQLite") as_another_user(request);
    auto log = must(db::DutyLog::open(dsn_));
    return db::Redactions(log).approve(request, by);
  }
  Result<void> apply(std::int64_t request) {
    auto log = must(db::DutyLog::open(dsn_));
    return db::Redactions(log).apply(request);
  }
  /// The tests have one login; who asked is made another one before the ledger knows.
  void as_another_user(std::int64_t request) {
    static_cast<void>(
        run(fmt::format("UPDATE redaction SET db_user = 'anna' WHERE entry = {}"
                        " AND NOT EXISTS (SELECT 1 FROM duty_event AS d"
                        " WHERE d.kind = 19 AND d.entry = {})",
                        request, request)));
  }
  void redact(std::uint64_t event_id = 1) {
    const auto entry = request(event_id);
    must(approve(entry, bob_));
    record();
    must(apply(entry));
  }
  audit::VerifyReport verify() { return must(audit::verify_store(*reader(), {})); }
  static std::string said(const audit::VerifyReport& report) {
    std::string lines;
    for (const auto& finding : report.findings) lines += finding.where + ": " + finding.what + "\n";
    return lines;
  }
  std::vector<db::ComplianceEvent> search(const std::string& word) {
    db::EventQuery query;
    query.words = {word};
    return must(reader()->search(query));
  }
  schema::StoredPack stored() {
    std::optional<schema::StoredPack> found;
    must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
      EXPECT_EQ(row.sha256, sha256_);
      found.emplace(must(schema::decode_stored_pack(row.body)));
      return false;
    }));
    return std::move(*found);
  }

  Bytes sha256_;  ///< of the pack as it was sent
};

TEST_F(Redacted, TheContentIsGoneAndTheLedgerStillVerifies) {
  const auto before = stored();
  redact();
  const auto after = stored();
  ASSERT_EQ(after.pack.size(), 3U);
  EXPECT_EQ(after.pack.event(0), before.pack.event(0));
  EXPECT_EQ(after.pack.event(1), "");
  EXPECT_EQ(after.pack.event(2), before.pack.event(2));
  schema::Hasher hasher;
  EXPECT_EQ(after.leaf(hasher, 1), before.leaf(hasher, 1));
  EXPECT_EQ(after.root(hasher), before.root(hasher));
  EXPECT_EQ(run("SELECT " + engine_->hex("body") + " FROM pack WHERE first_event_id = 0")[0].find(
                "737764"),
            std::string::npos);

  const auto hits = must(reader()->search({}));
  ASSERT_EQ(hits.size(), 3U);
  const std::string by = engine_->product() == "SQLite"
                             ? "bob"
                             : ask("SELECT db_user FROM redaction WHERE command = 'approve'");
  EXPECT_EQ(hits[1].content,
            "REDACTED: named by mistake (redaction 1, asked for by anna, approved by " + by +
                "; leaf " + schema::to_hex(schema::bytes_of(before.leaf(hasher, 1))) + ")");
  EXPECT_EQ(hits[1].kind, "FILEUPLOAD") << "where it was, and who and when, stays";
  EXPECT_EQ(hits[1].actor_uri, "sip:anna@example.org");
  EXPECT_FALSE(hits[1].file_name);
  EXPECT_FALSE(hits[1].file_sha256);
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.redacted_events, 1U);
  EXPECT_EQ(report.removed_events, 0U);
}

TEST_F(Redacted, ASecondRequestOfOneEventIsNotApproved) {
  const auto first = request();
  const auto second = request();
  must(approve(first, bob_));
  const auto again = approve(second, bob_);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("was approved already"), std::string::npos);
  record();
  must(apply(first));
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
}

// Which lane's service sees the rows first is chance.
TEST_F(Redacted, TheServiceOfAnotherLaneMayRecordIt) {
  const auto entry = request();
  must(approve(entry, bob_));
  auto other = open_store("first", "other");
  ASSERT_TRUE(must(other->take_lease()));
  auto source = must(db::DutySource::open(dsn_));
  must(other->record_duties(must(source.find(EventKind::redaction, 1)).page));
  must(apply(entry));
  const auto report = verify();
  EXPECT_TRUE(report.ok()) << said(report);
  EXPECT_EQ(report.redacted_events, 1U);
}

TEST_F(Redacted, AnExportWithProofsShowsItsPlaceAndTheNotice) {
  ProvenExports exports(dsn_, clock_);
  redact();
  for (const std::string form : {"jsonl", "csv"}) {
    exports.make(form, {});
    const auto verdict = exports.verify(form);
    EXPECT_TRUE(verdict.ok()) << verdict.findings.at(0).what;
    EXPECT_EQ(verdict.events, 3U);
    EXPECT_EQ(verdict.redacted, 1U);
    // Somebody puts words into the place of the notice, and makes all sums right.
    const auto file = exports.rows(form);
    std::string rows = contents(file);
    const auto place = rows.find("REDACTED: named");
    ASSERT_NE(place, std::string::npos);
    EXPECT_EQ(rows.find("swordfish"), std::string::npos);
    std::ofstream(file) << rows.replace(place, 8, "I SAID: ");
    EXPECT_FALSE(exports.verify(form).ok());
    EXPECT_THAT(
        exports.verify(form).findings,
        testing::Contains(testing::Field(&audit::Finding::what, testing::HasSubstr("content"))));
  }
}

TEST_F(Redacted, AnExportDoesNotGoOnAcrossARedaction) {
  ProvenExports exports(dsn_, clock_);
  exports.sign();
  std::stop_source stop;
  stop.request_stop();
  ASSERT_FALSE(exports.try_to_make("jsonl", {}, stop.get_token()));
  redact();
  const auto refused = exports.try_to_make("jsonl", {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("removed or redacted while"), std::string::npos)
      << refused.error().message;
}

TEST_F(Redacted, TheIndexForgetsTheWordsAndKnowsTheNotice) {
  seal();
  EXPECT_EQ(search("swordfish").size(), 1U);
  redact();
  EXPECT_EQ(search("swordfish").size(), 0U);
  EXPECT_EQ(search("redacted").size(), 1U);
  EXPECT_EQ(search("hello").size(), 1U);
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Redacted, WhoAskedMayNotApprove) {
  const auto entry = request();
  auto log = must(db::DutyLog::open(dsn_));
  const auto refused = db::Redactions(log).approve(entry, anna_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
  EXPECT_NE(refused.error().message.find("somebody else"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(ask("SELECT count(*) FROM redaction"), "1") << "nothing of it stays";
  record();
  EXPECT_FALSE(apply(entry));
  EXPECT_EQ(search("swordfish").size(), 1U);
}

TEST_F(Redacted, NothingGoesBeforeTheLedgerSaysSo) {
  const auto entry = request();
  EXPECT_FALSE(apply(entry)) << "nobody approved it";
  must(approve(entry, bob_));
  EXPECT_FALSE(apply(entry)) << "it is no event yet";
  record();
  must(apply(entry));
  must(apply(entry));
  EXPECT_TRUE(verify().ok()) << said(verify());
}

TEST_F(Redacted, AHeldEventIsNotRedacted) {
  const auto entry = request();
  must(approve(entry, bob_));
  record();
  auto log = must(db::DutyLog::open(dsn_));
  const auto hold = must(db::add_hold(log, {{.person = "anna"}, "case", "why"}, bob_));
  const auto refused = apply(entry);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop) << refused.error().message;
  EXPECT_EQ(search("swordfish").size(), 1U);
  must(db::release_hold(log, hold, "over", bob_));
  must(apply(entry));
  EXPECT_EQ(search("swordfish").size(), 0U);
}

TEST_F(Redacted, TwoEventsOfOnePackGoOneAfterTheOther) {
  redact(1);
  redact(0);
  const auto after = stored();
  EXPECT_EQ(after.leaves.size(), 2U);
  EXPECT_EQ(verify().redacted_events, 2U);
  EXPECT_TRUE(verify().ok()) << said(verify());
  auto log = must(db::DutyLog::open(dsn_));
  EXPECT_FALSE(db::Redactions(log).request("compliance", 1, "again", anna_));
  EXPECT_FALSE(db::Redactions(log).request("compliance", 99, "no such", anna_));
  EXPECT_FALSE(db::Redactions(log).request("other", 1, "no such", anna_));
  EXPECT_FALSE(db::Redactions(log).request("compliance", 2, "", anna_));
  EXPECT_FALSE(db::Redactions(log).request("compliance", 3, "a duty", anna_));
}

TEST_F(Redacted, TheSamePackThatIsSentAgainIsKnown) {
  redact();
  EXPECT_EQ(must(commit(packs_of(make_pack("chat-1", 1, 1, events())))).packs_duplicate, 1U);
  EXPECT_EQ(search("swordfish").size(), 0U);
}

/// Puts a body of its own in the place of the first pack's.
class RedactedByHand : public Redacted {
 protected:
  void replace_body(const Bytes& body) {
    const auto session = must(db::open_session(dsn_, db::OpenMode::read_write));
    EXPECT_EQ(must(session->execute("UPDATE pack SET body = ?1 WHERE first_event_id = 0",
                                    {db::Blob{body}})),
              1);
  }
};

TEST_F(RedactedByHand, WhatNoEventOfTheLedgerNamesIsFound) {
  const std::uint32_t second[] = {1};
  replace_body(must(schema::redact_events(stored(), second)));
  const auto report = verify();
  EXPECT_NE(said(report).find("event 1: its bytes are gone, and no event of the ledger says why"),
            std::string::npos)
      << said(report);
}

TEST_F(RedactedByHand, ARequestThatNobodyApprovedIsNotEnough) {
  request();
  record();
  const std::uint32_t second[] = {1};
  replace_body(must(schema::redact_events(stored(), second)));
  EXPECT_NE(said(verify()).find("event 1: its bytes are gone, and no event of the ledger says why"),
            std::string::npos);
}

TEST_F(RedactedByHand, AnApprovalOfAnotherEventIsNotEnough) {
  const auto entry = request();
  must(approve(entry, bob_));
  static_cast<void>(
      run("UPDATE redaction SET details = '{\"event_id\":2,\"lane\":\"compliance\"}'"
          " WHERE command = 'approve'"));
  record();
  const std::uint32_t second[] = {1};
  replace_body(must(schema::redact_events(stored(), second)));
  EXPECT_NE(said(verify()).find("event 1: its bytes are gone, and no event of the ledger says why"),
            std::string::npos);
}

TEST_F(RedactedByHand, TwoRowsOfTheSamePersonAreNotEnough) {
  const auto entry = request();
  static_cast<void>(
      run(fmt::format("INSERT INTO redaction (of_entry, os_user, host, command, details, lane_id,"
                      " event_id) SELECT entry, os_user, host, 'approve', '{{}}', lane_id, event_id"
                      " FROM redaction WHERE entry = {}",
                      entry)));
  record();
  EXPECT_FALSE(apply(entry));
  const std::uint32_t second[] = {1};
  replace_body(must(schema::redact_events(stored(), second)));
  EXPECT_NE(said(verify()).find("event 1: its bytes are gone, and no event of the ledger says why"),
            std::string::npos);
}

TEST_F(RedactedByHand, ARequestThatNamesAnotherLeafIsFound) {
  const auto entry = request();
  static_cast<void>(
      run("UPDATE redaction SET details = replace(details, '\"leaf\":\"', '\"leaf\":\"00')"));
  must(approve(entry, bob_));
  record();
  must(apply(entry));
  EXPECT_NE(said(verify()).find("event 1: its redaction names another leaf than its pack"),
            std::string::npos)
      << said(verify());
}

TEST_F(RedactedByHand, AnotherLeafInItsPlaceIsFound) {
  redact();
  auto pack = stored();
  pack.leaves.at(1)[0] ^= 1U;
  replace_body(must(schema::redact_events(pack, {})));
  EXPECT_NE(said(verify()).find("its Merkle root does not match its events"), std::string::npos);
}

TEST_F(RedactedByHand, AnotherNoticeInItsPlaceIsFound) {
  redact();
  static_cast<void>(run("UPDATE event_1 SET content = 'nothing to see' WHERE event_id = 1"));
  EXPECT_NE(said(verify()).find("event 1: its row says something else"), std::string::npos);
}

TEST_F(RedactedByHand, WhoAndWhenOfARedactedEventIsStillChecked) {
  redact();
  static_cast<void>(run("UPDATE event_1 SET occurred_at = occurred_at + 1 WHERE event_id = 1"));
  EXPECT_NE(said(verify()).find("event 1: its row says something else"), std::string::npos);
}

}  // namespace
}  // namespace mgc::test
