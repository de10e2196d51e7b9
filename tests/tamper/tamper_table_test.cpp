// Everything that somebody with all rights can change in a store, one by one, and what verify says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "audit/verify.hpp"
#include "db/acknowledge_gap.hpp"
#include "tests/tamper/tampering.hpp"
#include "tests/unit/audit/checkpointed_store.hpp"

namespace mgc::test {
namespace {

namespace fs = std::filesystem;

/// What may change without a finding, and why. A change that is not here is found.
struct NoEvidence {
  const char* table;   ///< ends with '*': all that begin so
  const char* change;  ///< "edit COLUMN", "delete", "copy", "swap"; "*" = every one
  const char* why;
};
constexpr const char* kLease = "the lease: which process writes the lane, and until when";
constexpr const char* kSession =
    "what `mgc audit nodes` shows, and the work list for sessions that crashed; made from NODE "
    "events, which are evidence";
constexpr const char* kFilled =
    "a name that was asked of the chat database later; the name that came with the event is in "
    "its pack and in room and person";
constexpr const char* kEmptySegment =
    "only of the segment that holds no event yet, so that nothing is in it or missing from it";
constexpr const char* kTending = "how far the tending of a segment is: it makes the indexes";
constexpr const char* kClosedGap =
    "only of a gap that was closed: its sequences are there, and their block says when they came";
constexpr NoEvidence kNoEvidence[] = {
    {"attempt", "*", "how often a message was tried that is neither stored nor a dead letter yet"},
    {"checkpoint", "edit signed_at",
     "when the row was written, for people; what was signed is in the note"},
    {"gap", "delete", kClosedGap},
    {"gap", "edit last_sequence", kClosedGap},
    {"gap", "edit closed_at", kClosedGap},
    {"gap", "edit first_seen_at", "when the service noticed it, by its own clock"},
    {"gap", "edit acknowledged",
     "what an operator said of it; that it was missing is found without"},
    {"lane", "edit holder", kLease},
    {"lane", "edit fence", kLease},
    {"lane", "edit lease_until", kLease},
    {"node_position", "edit last_block", "where the service goes on; the blocks say it as well"},
    {"node_position", "edit updated_at", "when the service last wrote the row"},
    {"node_session", "*", kSession},
    {"person_detail", "*", kFilled},
    {"room_detail", "*", kFilled},
    {"schema_migration", "*",
     "which migrations ran; a program that does not know the schema refuses it"},
    {"segment", "delete", kEmptySegment},
    {"segment", "edit first_event_id", kEmptySegment},
    {"segment", "edit lane_id", kEmptySegment},
    {"segment", "edit least_occurred_at", kEmptySegment},
    {"segment", "edit greatest_occurred_at", kEmptySegment},
    {"segment", "edit state", kTending},
    {"segment", "edit opened_at", kTending},
    {"segment", "edit sealed_at", kTending},
    {"segment", "edit removed_at",
     "when its content went; what may be gone is what the ledger's own events say"},
    {"words_*", "*",
     "an index of words, which only searches for text read; every other search and export goes "
     "without it"},
};

class TamperTable : public CheckpointedStore {
 protected:
  void SetUp() override {
    CheckpointedStore::SetUp();
    fill();
    store_.reset();
    SqliteFile file(dir_ / "mgccomp.db");
    file.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  void fill();
  /// A small store with something in every table.
  void commit_any(const std::vector<Bytes>& bodies,
                  const std::vector<db::DeadLetterRecord>& letters) {
    db::PackReader reader;
    std::vector<db::PackRecord> records;
    for (const Bytes& body : bodies) {
      Bytes taken = body;
      records.push_back(db::read_pack_record(taken, reader).value());
    }
    std::vector<const db::PackRecord*> packs;
    for (const db::PackRecord& record : records) packs.push_back(&record);
    std::vector<const db::DeadLetterRecord*> kept;
    for (const db::DeadLetterRecord& letter : letters) kept.push_back(&letter);
    const auto stored = store_->commit({clock_.utc_now(), packs, kept});
    ASSERT_TRUE(stored) << stored.error().message;
    clock_.advance(std::chrono::seconds{1});
  }
  void open_lane(const std::string& lane) {
    ASSERT_TRUE(store_->drop_lease());
    store_ = db::ComplianceStore::open(
                 dsn(), {lane, "test", std::chrono::seconds{60}, {.events = 6}}, clock_)
                 .value();
    ASSERT_TRUE(store_->take_lease());
    tend();
  }
  void tend() {
    while (*store_->tend_segments([](std::uint64_t) { return true; }) == db::Tended::a_step) {
    }
  }
  static Bytes pack_of(const std::string& node, std::uint64_t first,
                       const std::vector<schema::Event>& events, const Bytes& previous = {}) {
    std::vector<Bytes> wires;
    for (const schema::Event& event : events) wires.push_back(schema::encode_event(event).value());
    return schema::encode_pack({node, 1, first, 0, previous}, wires).value();
  }
  void commit_body(const Bytes& body) {
    commit({body});
    clock_.advance(std::chrono::seconds{1});
  }
  void commit_events(const std::string& node, std::uint64_t first,
                     const std::vector<schema::Event>& events, const Bytes& previous = {}) {
    last_body_ = pack_of(node, first, events, previous);
    commit_body(last_body_);
  }

  /// The first finding; empty when there is none. Without the directory of this run.
  std::string found(const fs::path& database) {
    std::string text = verify_with_kept(database);
    const std::string dir = (dir_ / "").string();
    for (std::size_t at = text.find(dir); at != std::string::npos; at = text.find(dir, at)) {
      text.erase(at, dir.size());
    }
    return text;
  }
  std::string verify_with_kept(const fs::path& database) {
    audit::VerifyOptions options;
    options.keys = {key_};
    auto kept = audit::KeptCheckpoints::open(this->kept());
    if (!kept) return kept.error().message;
    options.kept = &*kept;
    auto reader = db::ComplianceReader::open("sqlite3://db=" + database.string());
    if (!reader) return "refused: " + reader.error().message;
    const auto report = audit::verify_store(**reader, options);
    if (!report) return "refused: " + report.error().message;
    if (report->ok()) return "";
    return report->findings.front().where + ": " + report->findings.front().what;
  }
  std::string found_after(const std::string& sql) {
    const fs::path work = dir_ / "work.db";
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(work.string() + suffix);
    fs::copy_file(dir_ / "mgccomp.db", work, fs::copy_options::overwrite_existing);
    SqliteFile(work).run(sql);
    return found(work);
  }

  audit::VerifierKey key_ = audit::VerifierKey::of("none", Bytes(32, 'k')).value();
  Bytes last_body_;
};

/// Three segments, one of them sealed; gaps that are open, closed and acknowledged; dead letters of
/// each kind; a second lane.
void TamperTable::fill() {
  key_ = audit::SigningKey::read(key_file_).value().verifier();
  open_lane("compliance");
  auto mark = chat_event("");
  mark.kind = schema::EventKind::node;
  mark.room.reset();
  mark.actor.reset();
  mark.watermark = schema::Watermark{0, false, true, 77};
  auto invite = chat_event("come");
  invite.kind = schema::EventKind::invite;
  invite.target = schema::Person{"sip:bob@example.org", "bob", "", true};
  auto upload = chat_event("");
  upload.kind = schema::EventKind::file_upload;
  upload.occurred_at += std::chrono::seconds{5};
  upload.file = schema::File{"plan.pdf", Bytes(32, '\x7f'), 1000, "https://example.org/f/1"};
  commit_events("a", 1, {mark, invite, upload, chat_event("first")});
  sign();
  commit_events("b", 1, {chat_event("of b"), chat_event("again")});
  commit_events("b", 5, {chat_event("behind a gap")}, Bytes(32, 'p'));
  sign();
  const Bytes first = pack_of("c", 1, {chat_event("of c")});
  const Bytes late = pack_of("c", 2, {chat_event("late")}, sha256_of(first));
  commit_body(first);
  commit_body(pack_of("c", 3, {chat_event("early")}, sha256_of(late)));
  commit_body(late);
  db::DeadLetterRecord refused{"b/1/6", "it cannot be stored", pack_body("b", 1, 6, 2)};
  refused.header = schema::PackHeader{"b", 1, 6, 2, {}};
  commit_any({pack_body("a", 1, 1, 1)},
             {{"id 1", "no pack", "garbage"}, {"id 2", "none", "more garbage"}, refused});
  ASSERT_TRUE(db::acknowledge_gap(dsn(), {"b", 1, {3, 4}}, "lost with its disk, says anna"));
  commit_events("d", 9, {chat_event("of d")}, Bytes(32, 'r'));
  tend();
  open_lane("hr");
  commit_events("e", 1, {chat_event("of e"), chat_event("of e too")});
  commit_events("e", 3, {chat_event("last")}, sha256_of(last_body_));
  sign();
  tamper(
      "INSERT INTO room_detail SELECT room_id, 'a name', 1 FROM room;"
      "INSERT INTO person_detail SELECT person_id, 'a name', 'an address', 1 FROM person;"
      "INSERT INTO attempt SELECT lane_id, zeroblob(32), 'an id', 1, 1, 1 FROM lane");
}

/// The changes of one kind and column.
struct Tally {
  int all = 0;
  int found = 0;
  std::string example;  ///< of what was found
  std::string unfound;  ///< a row whose change was not
};
struct Change {
  std::string table;
  std::string change;
  auto operator<=>(const Change&) const = default;
};
using Tallies = std::map<Change, Tally>;

const NoEvidence* why_not(const Change& change) {
  const auto applies = [&](const NoEvidence& one) {
    const std::string_view table = one.table;
    const bool is_it = table.ends_with('*')
                           ? change.table.starts_with(table.substr(0, table.size() - 1))
                           : change.table == table;
    return is_it && (one.change == std::string("*") || one.change == change.change);
  };
  const auto* found = std::ranges::find_if(kNoEvidence, applies);
  return found == std::end(kNoEvidence) ? nullptr : found;
}

/// docs/tampering.md.
std::string document_of(const Tallies& tallies) {
  std::string found;
  std::string rest;
  int all = 0;
  for (const auto& [key, tally] : tallies) {
    all += tally.all;
    const std::string row = fmt::format("| {} | {} |", key.table, key.change);
    if (tally.found == tally.all) {
      found += fmt::format("{} {} | {} |\n", row, tally.all, tally.example);
    } else if (const NoEvidence* no = why_not(key)) {
      rest += fmt::format("{} {} of {} | {} |\n", row, tally.found, tally.all, no->why);
    }
  }
  return fmt::format(
      "# Tampering\n\n"
      "What `mgc audit verify` says when somebody with all rights changes the database behind the\n"
      "service: {} changes of a small store, one at a time. `tests/tamper` makes this page, and "
      "fails when\nit is not so any more. The store has two lanes, five segments of which one is "
      "sealed, gaps that are\nopen, closed and acknowledged, dead letters of each kind, and "
      "checkpoints that are also kept elsewhere.\n\n"
      "Every column of every row is edited; every row is deleted, copied under a key of its own, "
      "exchanged\nwith the next one (the keys stay), and moved into each table of the same "
      "columns. What names a table or\na column is read from the schema, so that a new one is on "
      "this page or fails the test.\n\n"
      "Not among them: definitions. Who may change views or triggers shows auditors what he likes, "
      "whatever\nis in the tables. `mgc audit verify` reads each row from its table, and `mgc "
      "audit verify-export` "
      "holds each row of an\nexport with proofs to the bytes that its node sent.\n\n"
      "## Found, each time\n\n| table | change | times | what verify says, for example "
      "|\n|---|---|---|---|\n{}\n"
      "## No evidence\n\nThese may change without a finding.\n\n"
      "| table | change | found | why it is none |\n|---|---|---|---|\n{}",
      all, found, rest);
}

TEST_F(TamperTable, EveryColumnAndRowIsEvidenceThatIsFoundOrIsNoEvidence) {
  ASSERT_EQ(found(dir_ / "mgccomp.db"), "");
  SqliteFile file(dir_ / "mgccomp.db");
  Tallies tallies;
  for (const Tampering& tampering : all_tamperings(file)) {
    const std::string column = tampering.column.empty() ? "" : ' ' + tampering.column;
    Tally& tally = tallies[{tampering.table, tampering.kind + column}];
    const std::string finding = found_after(tampering.sql);
    ++tally.all;
    if (finding.empty()) tally.unfound = tampering.row;
    if (finding.empty()) continue;
    ++tally.found;
    if (tally.example.empty()) tally.example = finding;
  }
  std::set<const NoEvidence*> used;
  for (const auto& [key, tally] : tallies) {
    if (tally.found == tally.all) continue;
    used.insert(why_not(key));
    EXPECT_NE(why_not(key), nullptr)
        << key.change << " of " << key.table << " is not found: " << tally.unfound;
  }
  for (const NoEvidence& one : kNoEvidence) {
    EXPECT_TRUE(used.contains(&one)) << one.table << " " << one.change << " is found each time";
  }
  const std::string document = document_of(tallies);
  if (std::getenv("MGC_WRITE_TAMPER_TABLE") != nullptr) {
    std::ofstream(MGC_TAMPER_TABLE, std::ios::trunc) << document;
  }
  EXPECT_TRUE(read(MGC_TAMPER_TABLE) == document)
      << MGC_TAMPER_TABLE << " is not of this program; run this with MGC_WRITE_TAMPER_TABLE=1";
}

}  // namespace
}  // namespace mgc::test
