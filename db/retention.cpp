#include "db/retention.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/failpoint.hpp"
#include "db/sqlite/segment_removal.hpp"
#include "schema/ledger.hpp"
#include "schema/merkle.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::db {
namespace {

using nlohmann::json;

Result<void> remove_rows(Session& session, std::uint64_t segment) {
  if (session.engine() == "sqlite") return sqlite::remove_segment(session, segment);
  return session.call("remove_segment", {segment});
}

Result<void> replace_body(Session& session, const sqlite::RemovedPack& pack) {
  if (session.engine() == "sqlite") return sqlite::remove_pack(session, pack);
  return session.call("remove_pack", {pack.segment, pack.first_event_id, Blob{pack.body}});
}

/// The body of a pack that has leaves in the place of all events; empty when it has already.
Result<Bytes> without_events(ByteView body) {
  auto stored = schema::decode_stored_pack(body);
  if (!stored) {
    return Error{Action::stop,
                 "a pack cannot be read: " + stored.error().message + "; run mgc audit verify"};
  }
  std::vector<std::uint32_t> indexes;
  for (std::uint32_t index = 0; index < stored->pack.size(); ++index) {
    if (!stored->is_redacted(index)) indexes.push_back(index);
  }
  if (indexes.empty()) return Bytes();
  return schema::redact_events(*stored, indexes);
}

/// A few at a time: a body may have 2 MiB.
Result<void> remove_packs(Session& session, std::uint64_t segment) {
  constexpr std::uint64_t kPacks = 16;
  struct Found {
    std::uint64_t first_event_id = 0;
    Bytes body;
  };
  const std::string select = session.first_rows(
      "SELECT p.first_event_id, p.body FROM pack AS p JOIN segment AS s ON s.lane_id = p.lane_id"
      " WHERE s.segment = ?1 AND p.first_event_id >= ?2 AND p.first_event_id >= s.first_event_id"
      " AND p.first_event_id <= s.last_event_id AND NOT EXISTS (SELECT 1 FROM duty_event AS d"
      " WHERE d.lane_id = p.lane_id AND d.event_id = p.first_event_id) ORDER BY p.first_event_id",
      kPacks);
  std::uint64_t from = 0;
  while (true) {
    std::vector<Found> packs;
    const auto read = session.query(select, {segment, from}, [&](const Row& row) {
      packs.push_back({row.number(0), row.text(1)});
      return true;
    });
    if (!read) return read;
    for (const Found& pack : packs) {
      const auto body = without_events(pack.body);
      if (!body) return body.error();
      from = pack.first_event_id + 1;
      if (body->empty()) continue;
      auto replaced = replace_body(session, {segment, pack.first_event_id, *body});
      if (!replaced) return replaced;
    }
    if (packs.size() < kPacks) return {};
  }
}

}  // namespace

Result<std::vector<OldSegment>> Retention::find(UtcTime before) {
  std::vector<OldSegment> begun_before;
  const auto read = session_.query(
      "SELECT s.segment, s.lane_id, lane.name, s.first_event_id, s.last_event_id,"
      " s.least_occurred_at, s.greatest_occurred_at,"
      " (SELECT count(*) FROM removal AS r WHERE r.segment = s.segment)"
      " FROM segment AS s JOIN lane ON lane.lane_id = s.lane_id"
      " WHERE s.state = 'sealed' AND s.removed_at IS NULL AND s.least_occurred_at < ?1"
      " ORDER BY s.lane_id, s.first_event_id",
      {to_micros(before)}, [&](const Row& row) {
        OldSegment one;
        one.segment = row.number(0);
        one.lane_id = row.integer(1);
        one.lane = row.text(2);
        one.first_event_id = row.number(3);
        one.last_event_id = row.number(4);
        one.least_occurred_at = utc_from_micros(row.integer(5));
        one.greatest_occurred_at = utc_from_micros(row.integer(6));
        one.is_noted = row.integer(7) > 0;
        begun_before.push_back(std::move(one));
        return true;
      });
  if (!read) return read.error();
  std::vector<OldSegment> found;
  for (OldSegment& one : begun_before) {
    if (one.greatest_occurred_at >= before) {
      const auto newest = newest_event(one.segment);
      if (!newest) return newest.error();
      one.greatest_occurred_at = *newest;
    }
    if (one.greatest_occurred_at >= before) continue;
    if (auto known = add_facts(one); !known) return known.error();
    found.push_back(std::move(one));
  }
  return found;
}

/// What was done with the record is newer than what came from an old log, and stays anyway.
Result<UtcTime> Retention::newest_event(std::uint64_t segment) {
  const auto newest =
      session_.query_number(fmt::format("SELECT max(e.occurred_at) FROM event_{} AS e"
                                        " WHERE e.kind NOT IN (16, 17, 18, 19)",
                                        segment));
  if (!newest) return newest.error();
  return newest->has_value() ? utc_from_micros(**newest) : UtcTime::max();
}

Result<void> Retention::add_facts(OldSegment& segment) {
  auto held = held_in(session_, segment.segment);
  if (!held) return held.error();
  segment.held = std::move(*held);
  const auto recorded = is_recorded(segment.segment);
  if (!recorded) return recorded.error();
  segment.is_recorded = *recorded;
  return {};
}

/// In a transaction. The root is over the roots of all packs of the segment, as they stay.
Result<std::string> Retention::details_of(const OldSegment& segment, UtcTime before) {
  schema::CompactRange roots;
  std::uint64_t events = 0;
  const auto read = session_.stream(
      "SELECT root, event_count FROM pack WHERE lane_id = ?1 AND first_event_id >= ?2"
      " AND first_event_id <= ?3 ORDER BY first_event_id",
      {segment.lane_id, segment.first_event_id, segment.last_event_id}, [&](const Row& row) {
        roots.append(schema::digest_of(row.bytes(0)));
        events += row.number(1);
        return true;
      });
  if (!read) return read.error();
  return json({{"lane", segment.lane},
               {"segment", segment.segment},
               {"first_event_id", segment.first_event_id},
               {"last_event_id", segment.last_event_id},
               {"events", events},
               {"packs", roots.size()},
               {"root", schema::to_hex(schema::bytes_of(roots.root()))},
               {"first_occurred_at", format_utc(segment.least_occurred_at)},
               {"last_occurred_at", format_utc(segment.greatest_occurred_at)},
               {"before", format_utc(before)}})
      .dump();
}

Result<void> Retention::note(const OldSegment& segment, UtcTime before, const DutyAuthor& author) {
  if (const auto begun = session_.begin(); !begun) return begun.error();
  Transaction transaction(session_);
  const auto noted =
      session_.query_number("SELECT count(*) FROM removal WHERE segment = ?1", {segment.segment});
  if (!noted) return noted.error();
  if (noted->value_or(0) > 0) return {};
  const auto details = details_of(segment, before);
  if (!details) return details.error();
  const Value values[] = {author.os_user, author.host, *details, segment.segment};
  const auto added = session_.insert_rows(
      "INSERT INTO removal (os_user, host, command, details, segment)"
      " VALUES (?1, ?2, 'segment', ?3, ?4)",
      "entry", values);
  if (!added) return added.error();
  return transaction.commit();
}

Result<bool> Retention::is_recorded(std::uint64_t segment) {
  const auto events = session_.query_number(
      "SELECT count(*) FROM removal AS r JOIN duty_event AS d ON d.kind = ?2 AND d.entry = r.entry"
      " WHERE r.segment = ?1",
      {segment, static_cast<int>(schema::EventKind::removal)});
  if (!events) return events.error();
  return events->value_or(0) > 0;
}

Result<void> Retention::remove(std::uint64_t segment) {
  if (const auto begun = session_.begin(); !begun) return begun.error();
  Transaction transaction(session_);
  const auto before = count_holds(session_);
  if (!before) return before.error();
  if (auto removed = remove_rows(session_, segment); !removed) return removed;
  if (auto removed = remove_packs(session_, segment); !removed) return removed;
  if (reach_failpoint("removal.before_commit") == Failure::error) {
    return Error{Action::reconnect, "failure point removal.before_commit"};
  }
  // The events that it would keep are not to be seen any more.
  const auto after = count_holds(session_);
  if (!after) return after.error();
  if (*after != *before) {
    return Error{Action::retry, "a hold was added meanwhile: what it keeps is looked at again"};
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  if (reach_failpoint("removal.after_commit") == Failure::error) {
    return Error{Action::in_doubt, "failure point removal.after_commit"};
  }
  return {};
}

}  // namespace mgc::db
