// The rows of a batch beside its packs: gaps, positions, dead letters and the ledger's block.
#include <fmt/format.h>

#include <algorithm>

#include "core/utf8.hpp"
#include "db/batch_writer.hpp"
#include "db/letter_parts.hpp"

namespace mgc::db {

Result<void> BatchWriter::insert_gap(std::int64_t node_id, std::uint64_t epoch, SequenceRange range,
                                     std::int64_t first_seen_at,
                                     std::optional<std::string_view> acknowledged) {
  const Value values[] = {node_id, epoch, range.first, range.last, first_seen_at, acknowledged};
  return session_.insert_rows(
      "INSERT INTO gap (node_id, epoch, first_sequence, last_sequence, first_seen_at,"
      " acknowledged)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      "node_id", values);
}

Result<void> BatchWriter::write_gaps(const PositionChange& change, SequenceRange range,
                                     std::int64_t node_id, std::uint64_t epoch) {
  if (change.gap_opened) {
    ++counts_.gaps_opened;
    return insert_gap(node_id, epoch, *change.gap_opened, now(), std::nullopt);
  }
  if (change.gap_filled) return fill_gap(change, range, node_id, epoch);
  return {};
}

Result<void> BatchWriter::fill_gap(const PositionChange& change, SequenceRange range,
                                   std::int64_t node_id, std::uint64_t epoch) {
  const std::uint64_t gap = change.gap_filled->first;
  std::int64_t seen = now();
  std::optional<std::string> acknowledged;
  const auto found = session_.query(
      "SELECT first_seen_at, acknowledged FROM gap"
      " WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
      {node_id, epoch, gap}, [&](const Row& row) {
        seen = row.integer(0);
        if (!row.is_null(1)) acknowledged = row.text(1);
        return false;
      });
  if (!found) return found.error();
  // What arrived is a closed row of its own; what is still missing keeps when it was first seen.
  // An update, because the service may not delete rows.
  const auto closed = session_.execute(
      "UPDATE gap SET first_sequence = ?4, last_sequence = ?5, closed_at = ?6"
      " WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
      {node_id, epoch, gap, range.first, range.last, now()});
  if (!closed) return closed.error();
  for (const SequenceRange& missing : change.still_missing) {
    const auto kept = insert_gap(node_id, epoch, missing, seen, acknowledged);
    if (!kept) return kept.error();
  }
  // Opened minus closed is always the number of open gaps, so a split counts as one opened.
  if (change.still_missing.empty()) ++counts_.gaps_closed;
  if (change.still_missing.size() == 2) ++counts_.gaps_opened;
  return {};
}

Result<void> BatchWriter::keep_letter(const DeadLetterRecord& letter) {
  if (!letter.header) return add_dead_letter(letter, nullptr, 0);
  const auto node = node_state(*letter.header);
  if (!node) return node.error();
  if (const auto known = acknowledge(letter, **node); !known) return known;
  return add_dead_letter(letter, &*letter.header, (*node)->node_id);
}

Result<void> BatchWriter::acknowledge(const DeadLetterRecord& letter, NodeState& node) {
  const schema::PackHeader& header = *letter.header;
  constexpr std::string_view kWhy = "kept as a dead letter";
  const SequenceRange range{header.first_sequence, header.last_sequence()};
  const auto gaps = open_gaps(node, header.epoch, range);
  if (!gaps) return gaps.error();
  const PositionChange change = place_range(node.position, *gaps, range);
  if (change.fit == Fit::covered || change.fit == Fit::overlaps) return {};
  if (const auto noted = write_gaps(change, range, node.node_id, header.epoch); !noted) {
    return noted;
  }
  if (change.fit == Fit::extends) {
    ++counts_.gaps_opened;
    const auto opened = insert_gap(node.node_id, header.epoch, range, now(), kWhy);
    if (!opened) return opened;
  } else {
    // The row that was just closed is what is acknowledged, and it is still open.
    if (change.still_missing.empty()) --counts_.gaps_closed;
    if (!change.still_missing.empty()) ++counts_.gaps_opened;
    const auto marked = session_.execute(
        "UPDATE gap SET closed_at = NULL, acknowledged = ?4"
        " WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
        {node.node_id, header.epoch, range.first, kWhy});
    if (!marked) return marked.error();
  }
  node.position = change.position;
  node.changed = true;
  node.newest_end = {range.last, Bytes(schema::bytes_of(hasher_.sha256(letter.raw)))};
  if (range.last == node.position.contiguous_through) node.contiguous_end = node.newest_end;
  return {};
}

Result<Bytes> BatchWriter::letter_before(std::int64_t node_id, std::uint64_t epoch,
                                         std::uint64_t sequence) {
  const auto first = session_.query_number(
      "SELECT max(first_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2"
      " AND closed_at IS NULL AND last_sequence >= ?3 AND last_sequence <= ?3"
      " AND acknowledged IS NOT NULL",
      {node_id, epoch, sequence});
  if (!first) return first.error();
  Bytes sha256;
  if (!*first) return sha256;
  const auto found = session_.query(
      "SELECT sha256 FROM dead_letter WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3"
      " AND reason NOT LIKE 'contradicts stored packs%'",
      {node_id, epoch, **first}, [&](const Row& row) {
        sha256 = Bytes(row.bytes(0));
        return false;
      });
  if (!found) return found.error();
  return sha256;
}

Result<void> BatchWriter::add_dead_letter(const DeadLetterRecord& letter,
                                          const schema::PackHeader* header, std::int64_t node_id) {
  const ByteView raw = letter.raw;
  const std::size_t parts =
      std::max<std::size_t>(1, (raw.size() + kLetterPartBytes - 1) / kLetterPartBytes);
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string id =
        parts == 1 ? letter.message_id : part_message_id({letter.message_id, part + 1, parts});
    auto added = insert_letter(
        id, letter.reason, raw.substr(part * kLetterPartBytes, kLetterPartBytes), header, node_id);
    if (!added) return added;
  }
  return {};
}

Result<void> BatchWriter::insert_letter(std::string_view message_id, std::string_view reason,
                                        ByteView raw, const schema::PackHeader* header,
                                        std::int64_t node_id) {
  const bool known = header != nullptr;
  const schema::Digest sha256 = hasher_.sha256(raw);
  ++counts_.dead_letters;
  // Only the holder of the lease writes to a lane, so looking first is safe.
  const auto known_letter = session_.query_number(
      "SELECT 1 FROM dead_letter WHERE lane_id = ?1 AND sha256 = ?2 AND message_id = ?3",
      {lane_id_, Blob{schema::bytes_of(sha256)}, message_id});
  if (!known_letter) return known_letter.error();
  if (*known_letter) return {};
  const auto inserted = session_.execute(
      "INSERT INTO dead_letter (lane_id, received_at, message_id, reason, raw, sha256, node_id,"
      " epoch, first_sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      {lane_id_, now(), message_id, reason, Blob{raw}, Blob{schema::bytes_of(sha256)},
       known ? Value(node_id) : Value(nullptr), known ? Value(header->epoch) : Value(nullptr),
       known ? Value(header->first_sequence) : Value(nullptr)});
  if (!inserted) return inserted.error();
  return {};
}

Result<void> BatchWriter::write_positions() {
  for (const auto& [key, node] : nodes_) {
    const std::uint64_t through = node.position.contiguous_through;
    auto sha256 = sha256_before(node, key.second, through);
    if (!sha256) return sha256.error();
    if (node.changed) new_ends_[{node.node_id, key.second}] = {{through, *sha256}, now()};
    counts_.progress.push_back({std::string(key.first), key.second, through, std::move(*sha256),
                                node.refused.sha256, node.refused.sequence});
    if (!node.changed) continue;
    auto written =
        node.stored ? move_position(node, key.second) : insert_position(node, key.second);
    if (!written) return written;
  }
  return {};
}

Result<void> BatchWriter::insert_position(const NodeState& node, std::uint64_t epoch) {
  const Value values[] = {node.node_id,           epoch,        node.position.contiguous_through,
                          node.position.max_seen, last_block(), now()};
  return session_.insert_rows(
      "INSERT INTO node_position (node_id, epoch, contiguous_through, max_seen, last_block,"
      " updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      "node_id", values);
}

// A lease guards a lane, and a node that was moved to another queue has packs in two: whoever comes
// second decides again.
Result<void> BatchWriter::move_position(const NodeState& node, std::uint64_t epoch) {
  const auto moved = session_.execute(
      "UPDATE node_position SET contiguous_through = ?3, max_seen = ?4, last_block = ?5,"
      " updated_at = ?6 WHERE node_id = ?1 AND epoch = ?2 AND contiguous_through = ?7"
      " AND max_seen = ?8 AND updated_at = ?9",
      {node.node_id, epoch, node.position.contiguous_through, node.position.max_seen, last_block(),
       now(), node.stored->contiguous_through, node.stored->max_seen, node.stored_at});
  if (!moved) return moved.error();
  if (*moved > 0) return {};
  return Error{Action::retry,
               fmt::format("{}: another lane stored packs of the same node meanwhile; "
                           "the batch is stored again",
                           printable(session_.name()))};
}

Result<void> BatchWriter::write_block(std::uint64_t segment) {
  const schema::Digest root = hasher_.root(roots_);
  const schema::Digest digest = hasher_.block(head_.previous, root,
                                              {.block = head_.block,
                                               .first_event_id = head_.first_event_id,
                                               .events = counts_.events_stored,
                                               .packs = counts_.packs_stored});
  const auto inserted = session_.execute(
      "INSERT INTO block (lane_id, block, first_event_id, events, packs, previous_digest, root,"
      " digest, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      {lane_id_, head_.block, head_.first_event_id, counts_.events_stored, counts_.packs_stored,
       Blob{schema::bytes_of(head_.previous)}, Blob{schema::bytes_of(root)},
       Blob{schema::bytes_of(digest)}, now()});
  if (!inserted) return inserted.error();
  const auto widened = session_.execute(
      // MariaDB sets columns one after the other, so the one that looks at another comes first.
      "UPDATE segment SET opened_at = CASE WHEN last_event_id IS NULL THEN ?5 ELSE opened_at END,"
      " last_event_id = ?2,"
      " least_occurred_at = CASE WHEN least_occurred_at < ?3 THEN least_occurred_at ELSE ?3 END,"
      " greatest_occurred_at = CASE WHEN greatest_occurred_at > ?4 THEN greatest_occurred_at"
      " ELSE ?4 END WHERE segment = ?1",
      {segment, head_.first_event_id + counts_.events_stored - 1, head_.least_occurred_at,
       head_.greatest_occurred_at, now()});
  if (!widened) return widened.error();
  return {};
}

}  // namespace mgc::db
