#include "spool/outbox_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/backoff.hpp"
#include "core/failpoint.hpp"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"

namespace mgc::spool {
namespace {

// A file has one epoch, so the sequence alone is the key of a pack, and packs lie in the file in
// the order in which they are sent and purged. The totals are kept in the row of the outbox, so
// that opening it does not read a backlog of gigabytes.
constexpr const char* kTables = R"(
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  node BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  receipted INTEGER NOT NULL,
  waiting_packs INTEGER NOT NULL,
  waiting_bytes INTEGER NOT NULL,
  rejected_lines INTEGER NOT NULL,
  last_sha256 BLOB NOT NULL,
  kept_packs INTEGER NOT NULL DEFAULT 0,
  kept_bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE pack(
  first_sequence INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL,
  appended_at INTEGER NOT NULL,
  body BLOB NOT NULL);
CREATE TABLE progress(
  path BLOB PRIMARY KEY,
  bytes INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  line_number INTEGER NOT NULL,
  events INTEGER NOT NULL,
  rejects INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE rejected_line(
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL,
  line INTEGER NOT NULL,
  reason BLOB NOT NULL,
  raw BLOB NOT NULL);
CREATE TABLE receipt(
  at INTEGER PRIMARY KEY,
  through INTEGER NOT NULL);
)";

// Since version 2 packs are kept for a time after their receipt, and `receipt` says since when.
constexpr const char* kFromVersion1 = R"(
ALTER TABLE outbox ADD COLUMN kept_packs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE receipt(
  at INTEGER PRIMARY KEY,
  through INTEGER NOT NULL);
)";

constexpr std::string_view kInsertPack =
    "INSERT INTO pack(first_sequence, last_sequence, appended_at, body) VALUES(?1, ?2, ?3, ?4)";
// Packs that end in (?2, ?3]. None is longer than a pack may be, which ?1 makes use of.
constexpr std::string_view kPacksBetween =
    "SELECT last_sequence, length(body) FROM pack WHERE first_sequence > ?1"
    " AND last_sequence > ?2 AND first_sequence <= ?3 AND last_sequence <= ?3"
    " ORDER BY first_sequence LIMIT ?4";
constexpr std::string_view kOldestPacks =
    "SELECT last_sequence, length(body) FROM pack WHERE first_sequence <= ?1"
    " ORDER BY first_sequence LIMIT ?2";
constexpr std::string_view kMarkReceipt = "REPLACE INTO receipt(at, through) VALUES(?1, ?2)";
constexpr std::string_view kUnmarkReceipts =
    "DELETE FROM receipt WHERE through > ?1 OR through <= ?2";
constexpr std::string_view kExpiredReceipt =
    "SELECT coalesce(max(through), 0) FROM receipt WHERE at <= ?1";
constexpr std::string_view kFirstSequence = "SELECT min(first_sequence) FROM pack";
constexpr std::string_view kReusableBytes =
    "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";
constexpr std::string_view kDeletePacks = "DELETE FROM pack WHERE first_sequence <= ?1";
constexpr std::string_view kSaveProgress =
    "REPLACE INTO progress(path, bytes, lines, line_number, events, rejects, sha256, state)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kInsertRejected =
    "INSERT INTO rejected_line(path, line, reason, raw) VALUES(?1, ?2, ?3, ?4)";
constexpr std::string_view kSaveState =
    "REPLACE INTO outbox(id, node, epoch, recorded, accepted, receipted, waiting_packs,"
    " waiting_bytes, rejected_lines, last_sha256, kept_packs, kept_bytes)"
    " VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

Result<void> save(Statement& statement, const OutboxState& state) {
  return statement.run(state.chain.node, state.chain.epoch, state.chain.last_sequence,
                       state.accepted, state.receipted, state.waiting.packs, state.waiting.bytes,
                       state.rejected_lines, state.chain.last_sha256, state.kept.packs,
                       state.kept.bytes);
}

/// 42 bits of milliseconds, so that later epochs are larger, and 21 random bits, so that two files
/// that are made at once differ.
std::uint64_t new_epoch(const Clock& clock) {
  const auto millis = static_cast<std::uint64_t>(to_micros(clock.utc_now()) / 1000);
  constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << 21U) - 1;
  constexpr std::uint64_t kMillisMask = (std::uint64_t{1} << 42U) - 1;
  return (millis & kMillisMask) << 21U | (random_seed() & kRandomMask);
}

Result<void> create(Database& database, const OutboxOptions& options, const Clock& clock) {
  Transaction transaction(database);
  if (auto begun = transaction.begin(); !begun) return begun;
  if (auto made = database.create_tables(kTables, kOutboxFile); !made) return made;
  auto statement = database.prepare(kSaveState);
  if (!statement) return statement.error();
  OutboxState state;
  state.chain.node = options.node;
  state.chain.epoch = new_epoch(clock);
  if (auto saved = save(*statement, state); !saved) return saved;
  return transaction.commit();
}

Result<void> bring_up_to_date(Database& database) {
  Transaction transaction(database);
  if (auto begun = transaction.begin(); !begun) return begun;
  if (auto raised = database.create_tables(kFromVersion1, kOutboxFile); !raised) return raised;
  return transaction.commit();
}

/// What of `state` this program never writes; empty when it is in order. A disk may have changed it
/// behind SQLite's back, and all that is recorded from here on would bear it.
std::string_view fault_of(const OutboxState& state) {
  constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62U;
  const PackChain& chain = state.chain;
  if (!schema::is_node_id(chain.node)) return "its node is no node id";
  if (chain.epoch == 0 || chain.epoch > schema::kNumberMax) return "its epoch is out of range";
  if (chain.last_sequence > schema::kNumberMax) return "its last sequence is out of range";
  if (!chain.last_sha256.empty() && chain.last_sha256.size() != sizeof(schema::Digest))
    return "the SHA-256 of its last pack is not whole";
  if (state.accepted > chain.last_sequence || state.receipted > chain.last_sequence)
    return "more was accepted or has a receipt than was recorded";
  for (const std::uint64_t count : {state.waiting.packs, state.waiting.bytes, state.kept.packs,
                                    state.kept.bytes, state.rejected_lines}) {
    if (count > kCountMax) return "a count is out of range";
  }
  return {};
}

}  // namespace

const FileKind kOutboxFile{"an outbox", 0x6D67636F, 2, 1};  // "mgco"

Result<OutboxState> load_state(Database& database) {
  auto statement = database.prepare(
      "SELECT node, epoch, recorded, accepted, receipted, waiting_packs, waiting_bytes,"
      " rejected_lines, last_sha256, kept_packs, kept_bytes FROM outbox");
  if (!statement) return statement.error();
  auto rows = statement->query();
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found) return database.error("find how far it is");
  OutboxState state;
  state.chain = {Bytes(rows.bytes(0)), rows.number(1), rows.number(2), Bytes(rows.bytes(8))};
  state.accepted = rows.number(3);
  state.receipted = rows.number(4);
  state.waiting = {rows.number(5), rows.number(6)};
  state.rejected_lines = rows.number(7);
  state.kept = {rows.number(9), rows.number(10)};
  if (const auto fault = fault_of(state); !fault.empty()) return database.damaged(fault);
  return state;
}

Result<OutboxFile> OutboxFile::open(const OutboxOptions& options, const Clock& clock) {
  auto database = Database::open(options.file, kOutboxFile);
  if (!database) return database.error();
  if (database->is_empty()) {
    if (auto created = create(*database, options, clock); !created) return created.error();
  } else if (database->version() < kOutboxFile.version) {
    if (auto raised = bring_up_to_date(*database); !raised) return raised.error();
  }
  auto state = load_state(*database);
  if (!state) return state.error();
  if (state->chain.node != options.node) {
    return Error{Action::stop,
                 fmt::format("{}: is the outbox of node {}, not of {}; name another file, or run "
                             "as that node",
                             options.file.string(), state->chain.node, options.node)};
  }
  auto statements = prepare_all(*database);
  if (!statements) return statements.error();
  return OutboxFile(std::move(*database), std::move(*statements), std::move(*state),
                    {options.pack_events_max, options.pack_bytes_max},
                    {options.keep_for, options.keep_bytes}, clock);
}

Result<OutboxFile::Statements> OutboxFile::prepare_all(Database& database) {
  Statements all;
  const std::pair<Statement&, std::string_view> wanted[] = {
      {all.insert_pack, kInsertPack},         {all.packs_between, kPacksBetween},
      {all.oldest_packs, kOldestPacks},       {all.delete_packs, kDeletePacks},
      {all.mark_receipt, kMarkReceipt},       {all.unmark_receipts, kUnmarkReceipts},
      {all.expired_receipt, kExpiredReceipt}, {all.first_sequence, kFirstSequence},
      {all.reusable_bytes, kReusableBytes},   {all.save_progress, kSaveProgress},
      {all.insert_rejected, kInsertRejected}, {all.save_state, kSaveState}};
  for (const auto& [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
  }
  return all;
}

Result<void> OutboxFile::change(OutboxState next,
                                const std::function<Result<void>(OutboxState&)>& body) {
  if (failure_) return *failure_;
  auto changed = change_once(next, body);
  if (changed) {
    state_ = std::move(next);
  } else if (changed.error().action == Action::stop) {
    failure_ = changed.error();
  }
  return changed;
}

Result<void> OutboxFile::change_once(OutboxState& next,
                                     const std::function<Result<void>(OutboxState&)>& body) {
  Transaction transaction(database_);
  if (auto begun = transaction.begin(); !begun) return begun;
  if (auto done = body(next); !done) return done;
  if (auto saved = save(statements_.save_state, next); !saved) return saved;
  if (reach_failpoint("outbox.before_commit") == Failure::error) {
    return Error{Action::retry, "failure point outbox.before_commit"};
  }
  if (auto committed = transaction.commit(); !committed) return committed;
  if (reach_failpoint("outbox.after_commit") == Failure::error) {
    return Error{Action::stop, "failure point outbox.after_commit"};
  }
  return {};
}

Result<std::vector<Appended>> OutboxFile::record(std::span<const Append* const> group,
                                                 std::uint64_t accepted) {
  OutboxState next = state_;
  next.accepted = accepted;
  std::vector<Appended> appended;
  std::vector<std::span<const Bytes>> events;
  std::uint64_t last = next.chain.last_sequence;
  for (const Append* one : group) {
    const std::uint64_t count = one->events.size();
    appended.push_back(
        {next.chain.epoch, count == 0 ? 0 : last + 1, count == 0 ? 0 : last + count});
    events.push_back(one->events);
    last += count;
  }
  const auto packs = form_packs(events, limits_, next.chain);
  if (!packs) return packs.error();
  auto changed = change(std::move(next), [&](OutboxState& state) -> Result<void> {
    if (auto done = write_packs(*packs, state); !done) return done;
    for (const Append* one : group) {
      if (auto done = write_lines(*one, state); !done) return done;
    }
    return {};
  });
  if (!changed) return changed.error();
  return appended;
}

Result<void> OutboxFile::write_packs(std::span<const FormedPack> packs, OutboxState& next) {
  const std::int64_t now = to_micros(clock_->utc_now());
  for (const FormedPack& pack : packs) {
    auto done =
        statements_.insert_pack.run(pack.first_sequence, pack.last_sequence, now, pack.body);
    if (!done) return done;
    note_recorded(next, pack.body.size());
  }
  return {};
}

Result<void> OutboxFile::write_lines(const Append& append, OutboxState& next) {
  for (const RejectedLine& line : append.rejects) {
    auto done = statements_.insert_rejected.run(line.path, line.line, line.reason, line.raw);
    if (!done) return done;
    ++next.rejected_lines;
  }
  if (append.progress == nullptr) return {};
  const SourceProgress& at = *append.progress;
  return statements_.save_progress.run(at.path, at.bytes, at.lines, at.line_number, at.events,
                                       at.rejects, at.sha256, at.state);
}

Result<void> OutboxFile::save_accepted(std::uint64_t accepted) {
  if (accepted == state_.accepted) return {};
  OutboxState next = state_;
  next.accepted = accepted;
  return change(std::move(next), [](OutboxState&) { return Result<void>(); });
}

}  // namespace mgc::spool
