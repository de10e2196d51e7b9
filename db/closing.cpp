#include "db/closing.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "db/service_events.hpp"

namespace mgc::db {
namespace {

/// False when the page was stored before, or is not to be stored any more.
Result<bool> move_session(Session& session, const ClosingPage& page, UtcTime now) {
  const CrashedSession& of = page.of;
  const auto closed_at = page.is_last ? std::optional(to_micros(now)) : std::nullopt;
  const auto moved = session.execute(
      "UPDATE node_session SET ending = 'crashed', ended_at = ?5, through_sequence = ?6,"
      " closed_people = ?7, closed_at = ?8 WHERE node_id = ?1 AND epoch = ?2 AND session = ?3"
      " AND closed_at IS NULL AND closed_people = ?4",
      {of.node_id, of.epoch, of.session, of.closed_people, to_micros(page.ended_at),
       of.through_sequence, of.closed_people + page.people.size(), closed_at});
  if (!moved) return moved.error();
  return *moved > 0;
}

schema::Event part_of(const ClosingPage& page, const LeftJoined& left) {
  const CrashedSession& of = page.of;
  const std::string reason = fmt::format("node {} crashed", of.node);
  schema::Event event;
  event.kind = schema::EventKind::part;
  event.occurred_at = page.ended_at;
  event.room = left.room;
  event.actor = left.person;
  event.content = "closed by the service: " + reason;
  event.synthetic = schema::Synthetic{of.node, of.epoch, of.session, of.through_sequence, reason};
  return event;
}

}  // namespace

Result<std::uint64_t> close_people(Session& session, Dictionary& dictionary, std::int64_t lane_id,
                                   const ClosingPage& page, UtcTime now) {
  const auto moved = move_session(session, page, now);
  if (!moved) return moved.error();
  if (!*moved || page.people.empty()) return std::uint64_t{0};
  std::vector<schema::Event> events;
  events.reserve(page.people.size());
  for (const LeftJoined& left : page.people) events.push_back(part_of(page, left));
  const auto stored = store_service_events(session, dictionary, lane_id, events, now);
  if (!stored) return stored.error();
  return events.size();
}

}  // namespace mgc::db
