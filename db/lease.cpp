#include "db/lease.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/utf8.hpp"

namespace mgc::db {

Result<std::optional<Lease::LaneRow>> Lease::read() {
  std::optional<LaneRow> lane;
  const auto found =
      session_.query("SELECT lane_id, holder, fence, lease_until FROM lane WHERE name = ?1",
                     {options_.lane}, [&](const Row& row) {
                       lane = LaneRow{row.integer(0), row.text(1), row.integer(2), row.integer(3)};
                       return false;
                     });
  if (!found) return found.error();
  holder_ = lane ? lane->holder : std::string();
  return lane;
}

Result<Lease::LaneRow> Lease::make_lane() {
  const auto segment = session_.query_number("SELECT coalesce(max(segment), 0) + 1 FROM segment");
  if (!segment) return segment.error();
  MGC_ASSERT(segment->has_value());
  if (**segment > 1) {  // the migration has made event_1
    // Before the rows: engines that commit when a table is made must not commit half a lane.
    const auto added = session_.add_event_table(static_cast<std::uint64_t>(**segment));
    if (!added) return added.error();
  }
  const auto lane_id =
      session_.insert_id("INSERT INTO lane (name) VALUES (?1)", "lane_id", {options_.lane});
  if (!lane_id) return lane_id.error();
  // The service of another lane may have taken this number for its next segment.
  const Value values[] = {**segment, *lane_id, to_micros(clock_.utc_now())};
  const auto opened = session_.insert_rows(
      "INSERT INTO segment (segment, lane_id, state, first_event_id, opened_at)"
      " VALUES (?1, ?2, 'hot', 0, ?3)",
      "segment", values);
  if (!opened) return opened.error();
  LaneRow lane;
  lane.lane_id = *lane_id;
  return lane;
}

bool Lease::is_mine(const LaneRow& lane) const {
  return fence_ != 0 && lane.fence == fence_ && lane.holder == options_.holder;
}

bool Lease::is_free(const LaneRow& lane) const {
  // A holder that opened the database anew takes its own lease over, with a new fence: what its
  // earlier session may still try is refused.
  return lane.holder.empty() || lane.holder == options_.holder ||
         lane.lease_until <= to_micros(clock_.utc_now());
}

Result<bool> Lease::take() {
  // A standby asks again and again: it only reads while somebody else holds the lease.
  auto lane = read();
  if (!lane) return lane.error();
  if (*lane && !is_mine(**lane) && !is_free(**lane)) {
    fence_ = 0;
    return false;
  }
  if (const auto begun = session_.begin_exclusive(Schema::mgccomp); !begun) return begun.error();
  Transaction transaction(session_);
  lane = read();
  if (!lane) return lane.error();
  if (!*lane) {
    auto made = make_lane();
    if (!made) return made.error();
    *lane = std::move(*made);
  }
  const bool mine = is_mine(**lane);
  if (!mine && !is_free(**lane)) {
    fence_ = 0;
    return false;
  }
  const std::int64_t fence = (*lane)->fence + (mine ? 0 : 1);
  const auto until = clock_.utc_now() + options_.lease;
  // A batch of the holder may have renewed the lease since it was read: then it is not free.
  const auto taken = session_.execute(
      "UPDATE lane SET holder = ?2, fence = ?3, lease_until = ?4"
      " WHERE lane_id = ?1 AND fence = ?5 AND lease_until = ?6",
      {(*lane)->lane_id, options_.holder, fence, to_micros(until), (*lane)->fence,
       (*lane)->lease_until});
  if (!taken) return taken.error();
  if (*taken == 0) {
    fence_ = 0;
    if ((*lane)->holder != options_.holder) return false;
    // An earlier session of ours was still committing, perhaps the batch that is in doubt.
    return Error{Action::retry, fmt::format("{}: the lease of lane {} was renewed by an earlier "
                                            "session of this service; it will be taken again",
                                            printable(session_.name()), printable(options_.lane))};
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  if (!mine) taken_over_ = !(*lane)->holder.empty() && (*lane)->holder != options_.holder;
  lane_id_ = (*lane)->lane_id;
  fence_ = fence;
  holder_ = options_.holder;
  return true;
}

Result<void> Lease::drop() {
  if (fence_ == 0) return {};
  if (const auto begun = session_.begin(); !begun) return begun.error();
  Transaction transaction(session_);
  const auto dropped = session_.execute(
      "UPDATE lane SET holder = NULL, lease_until = 0 WHERE lane_id = ?1 AND fence = ?2",
      {lane_id_, fence_});
  if (!dropped) return dropped.error();
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  fence_ = 0;
  holder_.clear();
  return {};
}

Result<void> Lease::check() {
  // Each batch renews the lease in its own transaction: a service under load never has an idle
  // moment to do it in. The row stays locked until the batch is over, so nobody takes the lane in
  // the middle of it.
  const auto renewed = session_.execute(
      "UPDATE lane SET lease_until = ?4 WHERE lane_id = ?1 AND fence = ?2 AND holder = ?3",
      {lane_id_, fence_, options_.holder, to_micros(clock_.utc_now() + options_.lease)});
  if (!renewed) return renewed.error();
  if (*renewed > 0) return {};
  const auto lane = read();
  if (!lane) return lane.error();
  fence_ = 0;
  const bool held = *lane && !(*lane)->holder.empty();
  return Error{Action::stop,
               fmt::format("{}: lane {} is not ours to write: the lease is held by {}; only one "
                           "consumer may run for a lane",
                           printable(session_.name()), printable(options_.lane),
                           held ? printable((*lane)->holder) : "nobody")};
}

}  // namespace mgc::db
