#include "db/closing.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "db/batch_writer.hpp"
#include "db/pack_record.hpp"
#include "schema/pack.hpp"

namespace mgc::db {
namespace {

// The service's node has one life, as the database has: its sequences go on for ever.
constexpr std::uint64_t kServiceEpoch = 1;

// The batches begin segments; this one goes where they do.
constexpr SegmentLimits kNoLimits{.events = std::numeric_limits<std::uint64_t>::max()};

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

/// Where the next pack of the service's node begins, and the pack before it.
Result<schema::PackHeader> next_header(Session& session, std::int64_t node_id, std::string node) {
  schema::PackHeader header;
  header.node = std::move(node);
  header.epoch = kServiceEpoch;
  const auto last =
      session.query_number("SELECT max_seen FROM node_position WHERE node_id = ?1 AND epoch = ?2",
                           {node_id, kServiceEpoch});
  if (!last) return last.error();
  header.first_sequence = static_cast<std::uint64_t>(last->value_or(0)) + 1;
  const auto previous = session.query(
      "SELECT sha256 FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence ="
      " (SELECT max(first_sequence) FROM pack WHERE node_id = ?1 AND epoch = ?2)",
      {node_id, kServiceEpoch}, [&](const Row& row) {
        header.previous_sha256 = row.text(0);
        return false;
      });
  if (!previous) return previous.error();
  return header;
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

Result<PackRecord> make_pack(const schema::PackHeader& header, const ClosingPage& page) {
  std::vector<Bytes> events;
  events.reserve(page.people.size());
  for (const LeftJoined& left : page.people) {
    auto event = schema::encode_event(part_of(page, left));
    if (!event) return event.error();
    events.push_back(std::move(*event));
  }
  auto body = schema::encode_pack(header, events);
  if (!body) return body.error();
  PackReader reader;
  return read_pack_record(*body, reader);
}

}  // namespace

Result<std::uint64_t> close_people(Session& session, Dictionary& dictionary, std::int64_t lane_id,
                                   const ClosingPage& page, UtcTime now) {
  const auto moved = move_session(session, page, now);
  if (!moved) return moved.error();
  if (!*moved || page.people.empty()) return std::uint64_t{0};
  std::string node = schema::service_node(lane_id);
  const auto node_id = dictionary.node(node);
  if (!node_id) return node_id.error();
  const auto header = next_header(session, *node_id, std::move(node));
  if (!header) return header.error();
  const auto pack = make_pack(*header, page);
  if (!pack) return pack.error();
  const PackRecord* const packs[] = {&*pack};
  const BatchRecord batch{now, packs, {}};
  const auto written =
      BatchWriter(session, dictionary, PackEnds{}, lane_id, kNoLimits, batch).write();
  if (!written) return written.error();
  MGC_ASSERT(written->packs_stored == 1);
  return written->events_stored;
}

}  // namespace mgc::db
