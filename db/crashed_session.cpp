#include "db/crashed_session.hpp"

#include <utility>

#include "db/id_windows.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::db {
namespace {

constexpr std::int64_t kWindowSequences = 10'000;
/// Three watermarks that did not come.
constexpr std::int64_t kUnheardMicros = 180'000'000;

std::optional<std::uint64_t> unsigned_of(const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

std::optional<std::uint64_t> crashed_through(const OpenSession& session) {
  if (session.next_start) {
    // All that was recorded before the next start: had it stopped, that would be stored too.
    if (session.missing_from && *session.missing_from < *session.next_start) return std::nullopt;
    return *session.next_start - 1;
  }
  if (!session.later_epoch_started || session.missing_from) return std::nullopt;
  return session.max_seen;
}

struct CrashedSessionSource::Candidate {
  CrashedSession session;
  bool judged = false;  ///< its first people were closed, so `through_sequence` stays
  std::uint64_t max_seen = 0;
  std::int64_t heard_at = 0;  ///< the node's time of its last watermark
};

CrashedSessionSource::CrashedSessionSource(std::unique_ptr<Session> session)
    : session_(std::move(session)) {}
CrashedSessionSource::CrashedSessionSource(CrashedSessionSource&&) noexcept = default;
CrashedSessionSource& CrashedSessionSource::operator=(CrashedSessionSource&&) noexcept = default;
CrashedSessionSource::~CrashedSessionSource() = default;

Result<CrashedSessionSource> CrashedSessionSource::open(const std::string& mgccomp) {
  auto session = open_schema(mgccomp, OpenMode::look_up, Schema::mgccomp);
  if (!session) return session.error();
  return CrashedSessionSource(std::move(*session));
}

Result<std::vector<CrashedSessionSource::Candidate>> CrashedSessionSource::list_open() {
  std::vector<Candidate> open;
  const auto listed = session_->stream(
      "SELECT s.node_id, node.name, s.epoch, s.session, s.first_sequence, s.through_sequence,"
      " s.closed_people, p.max_seen, s.heard_at FROM node_session AS s"
      " JOIN node ON node.node_id = s.node_id"
      " JOIN node_position AS p ON p.node_id = s.node_id AND p.epoch = s.epoch"
      " WHERE s.closed_at IS NULL AND s.first_sequence IS NOT NULL"
      " ORDER BY s.node_id, s.epoch, s.first_sequence",
      {}, [&](const Row& row) {
        Candidate one;
        one.session = {row.integer(0), row.text(1),   row.number(2), row.number(3),
                       row.number(4),  row.number(5), row.number(6)};
        one.judged = !row.is_null(5);
        one.max_seen = row.number(7);
        one.heard_at = row.integer(8);
        open.push_back(std::move(one));
        return true;
      });
  if (!listed) return listed.error();
  return open;
}

Result<OpenSession> CrashedSessionSource::facts_of(const Candidate& candidate) {
  const CrashedSession& session = candidate.session;
  const auto next_start = session_->query_number(
      "SELECT min(first_sequence) FROM node_session WHERE node_id = ?1 AND epoch = ?2"
      " AND first_sequence > ?3",
      {session.node_id, session.epoch, session.first_sequence});
  if (!next_start) return next_start.error();
  const auto later = session_->query_number(
      "SELECT max(heard_at) FROM node_session WHERE node_id = ?1 AND epoch > ?2"
      " AND first_sequence IS NOT NULL",
      {session.node_id, session.epoch});
  if (!later) return later.error();
  const auto missing = session_->query_number(
      "SELECT min(first_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2 AND closed_at IS NULL"
      " AND last_sequence >= ?3",
      {session.node_id, session.epoch, session.first_sequence});
  if (!missing) return missing.error();
  return OpenSession{session.first_sequence, unsigned_of(*next_start),
                     later->value_or(0) >= candidate.heard_at + kUnheardMicros, candidate.max_seen,
                     unsigned_of(*missing)};
}

Result<std::vector<CrashedSession>> CrashedSessionSource::find() {
  if (const auto begun = session_->begin_snapshot(); !begun) return begun.error();
  const Transaction snapshot(*session_);
  auto open = list_open();
  if (!open) return open.error();
  std::vector<CrashedSession> crashed;
  for (Candidate& candidate : *open) {
    if (!candidate.judged) {
      const auto facts = facts_of(candidate);
      if (!facts) return facts.error();
      const auto through = crashed_through(*facts);
      if (!through) continue;
      candidate.session.through_sequence = *through;
    }
    crashed.push_back(std::move(candidate.session));
  }
  return crashed;
}

Result<void> CrashedSessionSource::each_event(
    const CrashedSession& crashed,
    const std::function<bool(std::uint64_t sequence, const schema::EventView&)>& visit) {
  const auto first_pack = session_->query_number(
      "SELECT max(first_sequence) FROM pack WHERE node_id = ?1 AND epoch = ?2"
      " AND first_sequence <= ?3",
      {crashed.node_id, crashed.epoch, crashed.first_sequence});
  if (!first_pack) return first_pack.error();
  Result<void> unreadable;
  const auto show = [&](const Row& row) {
    const auto stored = schema::decode_stored_pack(row.bytes(0));
    if (!stored) {
      unreadable = Error{Action::stop, stored.error().message};
      return false;
    }
    for (std::size_t index = 0; index < stored->pack.size(); ++index) {
      const std::uint64_t sequence = stored->pack.header().first_sequence + index;
      if (sequence < crashed.first_sequence || sequence > crashed.through_sequence) continue;
      if (stored->is_redacted(index)) continue;  // nobody knows any more who came or went
      const auto event = schema::view_event(stored->pack.event(index));
      if (!event) unreadable = Error{Action::stop, event.error().message};
      if (!event || !visit(sequence, *event)) return false;
    }
    return true;
  };
  const auto read = [&](const IdWindow& window) -> Result<bool> {
    // One snapshot for each window: packs never change, and a long one holds up the engine.
    if (const auto begun = session_->begin_snapshot(); !begun) return begun.error();
    const Transaction snapshot(*session_);
    bool more = true;
    const auto streamed = session_->stream(
        "SELECT body FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence >= ?3"
        " AND first_sequence <= ?4 ORDER BY first_sequence",
        {crashed.node_id, crashed.epoch, window.first, window.last},
        [&](const Row& row) { return more = show(row); });
    if (!streamed) return streamed.error();
    if (!unreadable) return unreadable.error();
    return more;
  };
  return each_id_window(
      {first_pack->value_or(0), static_cast<std::int64_t>(crashed.through_sequence)},
      kWindowSequences,
      [&](std::int64_t at) {
        return session_->query_number(
            "SELECT min(first_sequence) FROM pack WHERE node_id = ?1 AND epoch = ?2"
            " AND first_sequence >= ?3",
            {crashed.node_id, crashed.epoch, at});
      },
      read);
}

}  // namespace mgc::db
