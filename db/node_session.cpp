#include "db/node_session.hpp"

namespace mgc::db {

void NodeSessions::note(std::int64_t node_id, std::uint64_t epoch, std::uint64_t sequence,
                        const schema::EventView& event) {
  if (event.kind != schema::EventKind::node || !event.watermark) return;
  const Mark mark{sequence, to_micros(event.occurred_at)};
  Heard& heard = heard_[{node_id, epoch, event.watermark->session}];
  if (mark.sequence > heard.last.sequence) heard.last = mark;
  if (event.watermark->starting && !heard.start) heard.start = mark;
  if (event.watermark->stopping) heard.stop = mark;
}

Result<void> NodeSessions::write(std::int64_t received_at) {
  for (const auto& [key, heard] : heard_) {
    if (const auto written = write_last(key, heard.last, received_at); !written) return written;
    if (heard.start) {
      const auto started = session_.execute(
          "UPDATE node_session SET first_sequence = ?4, started_at = ?5 WHERE node_id = ?1"
          " AND epoch = ?2 AND session = ?3 AND first_sequence IS NULL",
          {key.node_id, key.epoch, key.session, heard.start->sequence, heard.start->occurred_at});
      if (!started) return started.error();
    }
    if (!heard.stop) continue;
    // Not one that was called crashed: its people are closed, or are being closed.
    const auto stopped = session_.execute(
        "UPDATE node_session SET ending = 'stopped', ended_at = ?5, through_sequence = ?4,"
        " closed_at = ?6 WHERE node_id = ?1 AND epoch = ?2 AND session = ?3"
        " AND (ending IS NULL OR (ending = 'stopped' AND through_sequence < ?4))",
        {key.node_id, key.epoch, key.session, heard.stop->sequence, heard.stop->occurred_at,
         received_at});
    if (!stopped) return stopped.error();
  }
  return {};
}

Result<void> NodeSessions::write_last(const Key& key, const Mark& last, std::int64_t received_at) {
  const auto there = session_.query_number(
      "SELECT last_sequence FROM node_session WHERE node_id = ?1 AND epoch = ?2 AND session = ?3",
      {key.node_id, key.epoch, key.session});
  if (!there) return there.error();
  if (!*there) {
    const Value values[] = {key.node_id,   key.epoch,        key.session,
                            last.sequence, last.occurred_at, received_at};
    return session_.insert_rows(
        "INSERT INTO node_session (node_id, epoch, session, last_sequence, heard_at, received_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        "node_id", values);
  }
  if (static_cast<std::uint64_t>(**there) >= last.sequence) return {};
  const auto moved = session_.execute(
      "UPDATE node_session SET last_sequence = ?4, heard_at = ?5, received_at = ?6"
      " WHERE node_id = ?1 AND epoch = ?2 AND session = ?3 AND last_sequence < ?4",
      {key.node_id, key.epoch, key.session, last.sequence, last.occurred_at, received_at});
  if (!moved) return moved.error();
  return {};
}

}  // namespace mgc::db
