#include "db/segment_upkeep.hpp"

#include <optional>

#include "core/assert.hpp"
#include "core/failpoint.hpp"

namespace mgc::db {
namespace {

Error failed_at(const char* point) {
  return Error{Action::reconnect, std::string("failure point ") + point};
}

/// What the lane's segments are, as the next step sees them.
struct Segments {
  std::int64_t lane_id = 0;
  std::uint64_t all = 0;  ///< of every lane
  bool has_next = false;
  std::uint64_t full = 0;
  std::uint64_t oldest_full = 0;
};

/// nullopt when the lane is not the holder's.
Result<std::optional<Segments>> read_segments(Session& session, const LaneHolder& of) {
  const auto lane = session.query_number("SELECT lane_id FROM lane WHERE name = ?1 AND holder = ?2",
                                         {of.lane, of.holder});
  if (!lane) return lane.error();
  if (!*lane) return std::optional<Segments>{};
  Segments segments;
  segments.lane_id = **lane;
  const auto listed =
      session.query("SELECT lane_id, state, segment FROM segment ORDER BY first_event_id DESC", {},
                    [&](const Row& row) {
                      ++segments.all;
                      if (row.integer(0) != segments.lane_id) return true;
                      if (row.bytes(1) == "next") segments.has_next = true;
                      if (row.bytes(1) != "full") return true;
                      ++segments.full;
                      segments.oldest_full = row.number(2);
                      return true;
                    });
  if (!listed) return listed.error();
  return std::optional(segments);
}

/// The table comes before its row: where making a table commits, a kill between the two leaves an
/// empty table, which the next attempt takes.
Result<void> add_next(Session& session, const Segments& segments, UtcTime now) {
  const auto last = session.query_number("SELECT max(segment) FROM segment");
  if (!last) return last.error();
  const std::int64_t number = last->value_or(0) + 1;
  const auto added = session.add_event_table(static_cast<std::uint64_t>(number));
  if (!added) return added.error();
  if (reach_failpoint("segment.table_made") == Failure::error) {
    return failed_at("segment.table_made");
  }
  const Value values[] = {number, segments.lane_id, to_micros(now)};
  return session.insert_rows(
      "INSERT INTO segment (segment, lane_id, state, first_event_id, opened_at)"
      " VALUES (?1, ?2, 'next', 0, ?3)",
      "segment", values);
}

Result<void> seal(Session& session, std::uint64_t segment, UtcTime now) {
  const auto more = session.build_index(segment);
  if (!more) return more.error();
  if (reach_failpoint("segment.index_built") == Failure::error) {
    return failed_at("segment.index_built");
  }
  if (*more) return {};
  const auto sealed = session.execute(
      "UPDATE segment SET state = 'sealed', sealed_at = ?2 WHERE segment = ?1 AND state = 'full'",
      {segment, to_micros(now)});
  if (!sealed) return sealed.error();
  if (reach_failpoint("segment.before_sealed") == Failure::error) {
    return failed_at("segment.before_sealed");
  }
  return {};
}

}  // namespace

Result<HotSegment> hot_segment(Session& session, std::int64_t lane_id, std::uint64_t next_event_id,
                               const SegmentLimits& limits, UtcTime now) {
  HotSegment hot;
  std::optional<std::uint64_t> next;
  const auto read = session.query(
      "SELECT segment, first_event_id, opened_at, state FROM segment WHERE lane_id = ?1"
      " AND state IN ('hot', 'next') ORDER BY segment",
      {lane_id}, [&](const Row& row) {
        if (row.bytes(3) == "hot") {
          hot = {row.number(0), row.number(1), utc_from_micros(row.integer(2))};
        } else if (!next) {
          next = row.number(0);
        }
        return true;
      });
  if (!read) return read.error();
  MGC_ASSERT(hot.segment > 0);
  if (!next || !limits.are_reached(next_event_id - hot.first_event_id, now - hot.opened_at)) {
    return hot;
  }
  const auto ended =
      session.execute("UPDATE segment SET state = 'full' WHERE segment = ?1", {hot.segment});
  if (!ended) return ended.error();
  if (reach_failpoint("segment.rolling") == Failure::error) return failed_at("segment.rolling");
  const auto opened = session.execute(
      "UPDATE segment SET state = 'hot', first_event_id = ?2, opened_at = ?3 WHERE segment = ?1",
      {*next, next_event_id, to_micros(now)});
  if (!opened) return opened.error();
  return HotSegment{*next, next_event_id, now};
}

Result<Tended> tend_segments(Session& session, const LaneHolder& of,
                             const std::function<bool(std::uint64_t waiting)>& may_seal,
                             UtcTime now) {
  // Looked at without a transaction: most often there is nothing to do.
  const auto segments = read_segments(session, of);
  if (!segments) return segments.error();
  if (!*segments) return Tended::nothing;
  const bool adds = !(*segments)->has_next && (*segments)->all < kSegmentsMax;
  if (!adds && ((*segments)->full == 0 || !may_seal((*segments)->full))) return Tended::nothing;
  if (const auto begun = session.begin(); !begun) return begun.error();
  Transaction transaction(session);
  // The lane may have got another holder, who does this too: then its row of `segment` is in the
  // way of ours, or the index is there.
  const auto done =
      adds ? add_next(session, **segments, now) : seal(session, (*segments)->oldest_full, now);
  if (!done) return done.error();
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  return Tended::a_step;
}

}  // namespace mgc::db
