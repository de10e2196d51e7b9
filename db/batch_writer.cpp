#include "db/batch_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "core/planted_bug.hpp"

namespace mgc::db {
namespace {

SequenceRange range_of(const schema::PackHeader& header) {
  return {header.first_sequence, header.last_sequence()};
}

}  // namespace

Result<CommitCounts> BatchWriter::write() {
  if (const auto read = read_head(); !read) return read.error();
  for (const PackRecord* pack : batch_.packs) {
    if (const auto added = add_pack(*pack); !added) return added.error();
  }
  for (const DeadLetterRecord* letter : batch_.dead_letters) {
    const auto added = add_dead_letter(*letter, nullptr, 0);
    if (!added) return added.error();
  }
  if (const auto written = write_positions(); !written) return written.error();
  if (counts_.packs_stored > 0) {
    if (const auto loaded = session_.load_packs(packs_); !loaded) return loaded.error();
    if (const auto loaded = session_.load_events(head_.segment, rows_); !loaded) {
      return loaded.error();
    }
    if (const auto written = write_block(); !written) return written.error();
  }
  return std::move(counts_);
}

Result<void> BatchWriter::read_head() {
  const auto last = session_.query(
      "SELECT block, first_event_id + events, digest FROM block WHERE lane_id = ?1"
      " AND block = (SELECT max(block) FROM block WHERE lane_id = ?1)",
      {lane_id_}, [&](const Row& row) {
        const ByteView digest = row.bytes(2);
        MGC_ASSERT(digest.size() == head_.previous.size());
        std::memcpy(head_.previous.data(), digest.data(), digest.size());
        head_.block = row.number(0);
        head_.first_event_id = row.number(1);
        return false;
      });
  if (!last) return last.error();
  ++head_.block;
  const auto segment = session_.query_number(
      "SELECT segment FROM segment WHERE lane_id = ?1 AND state = 'hot'", {lane_id_});
  if (!segment) return segment.error();
  MGC_ASSERT(segment->has_value());
  head_.segment = static_cast<std::uint64_t>(**segment);
  return {};
}

Result<BatchWriter::NodeState*> BatchWriter::node_state(const schema::PackHeader& header) {
  const auto [place, is_new] = nodes_.try_emplace({header.node, header.epoch});
  NodeState& node = place->second;
  if (!is_new) return &node;
  const auto node_id = dictionary_.node(header.node);
  if (!node_id) return node_id.error();
  node.node_id = *node_id;
  const auto read = session_.query(
      "SELECT contiguous_through, max_seen FROM node_position WHERE node_id = ?1 AND epoch = ?2",
      {node.node_id, header.epoch}, [&](const Row& row) {
        node.position = {row.number(0), row.number(1)};
        node.stored = node.position;
        return false;
      });
  if (!read) return read.error();
  return &node;
}

// Two look-ups, each of which ends at the first entry of an index: gaps that were closed stay as
// rows, and there may be very many of them.
Result<std::optional<SequenceRange>> BatchWriter::open_gap(std::int64_t node_id,
                                                           std::uint64_t epoch,
                                                           std::uint64_t from) {
  const auto last = session_.query_number(
      "SELECT min(last_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2 AND closed_at IS NULL"
      " AND last_sequence >= ?3",
      {node_id, epoch, from});
  if (!last) return last.error();
  if (!*last) return std::optional<SequenceRange>{};
  // No other row lies within an open gap.
  const auto first = session_.query_number(
      "SELECT max(first_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2"
      " AND first_sequence <= ?3",
      {node_id, epoch, **last});
  if (!first) return first.error();
  MGC_ASSERT(first->has_value());
  return std::optional<SequenceRange>(
      SequenceRange{static_cast<std::uint64_t>(**first), static_cast<std::uint64_t>(**last)});
}

Result<std::vector<SequenceRange>> BatchWriter::open_gaps(const NodeState& node,
                                                          std::uint64_t epoch,
                                                          SequenceRange range) {
  std::vector<SequenceRange> gaps;
  if (range.first > node.position.max_seen) return gaps;  // the usual case needs none
  std::uint64_t from = range.first;
  while (gaps.size() < 2) {
    const auto gap = open_gap(node.node_id, epoch, from);
    if (!gap) return gap.error();
    if (!*gap) break;
    gaps.push_back(**gap);
    from = (*gap)->last + 1;
  }
  return gaps;
}

Result<void> BatchWriter::add_pack(const PackRecord& pack) {
  const schema::PackHeader& header = pack.pack.header();
  MGC_ASSERT(pack.events.size() == pack.pack.size() && !pack.events.empty());
  MGC_ASSERT(header.event_count == pack.events.size());
  const auto state = node_state(header);
  if (!state) return state.error();
  NodeState& node = **state;
  const SequenceRange range = range_of(header);
  const auto gaps = open_gaps(node, header.epoch, range);
  if (!gaps) return gaps.error();
  const PositionChange change = place_range(node.position, *gaps, range);
  // A range that is wholly new cannot be stored already: positions and packs change together.
  const bool repeated = change.fit == Fit::covered || change.fit == Fit::overlaps;
  if (repeated && !planted_bug("ignore_key")) {
    return repeat_pack(pack, node, change.fit);
  }
  const auto noted = write_gaps(change, range, node.node_id, header.epoch);
  if (!noted) return noted.error();
  node.position = change.position;
  node.changed = true;
  return store_pack(pack, node.node_id);
}

Result<std::string> BatchWriter::stored_sha256(const schema::PackHeader& header,
                                               std::int64_t node_id) {
  const auto same = [&](const NewPackRow& row) {
    return row.node_id == node_id && row.epoch == header.epoch &&
           row.first_sequence == header.first_sequence;
  };
  if (const auto mine = std::ranges::find_if(packs_, same); mine != packs_.end()) {
    return std::string(mine->sha256);
  }
  std::string sha256;
  const auto found = session_.query(
      "SELECT sha256 FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
      {node_id, header.epoch, header.first_sequence}, [&](const Row& row) {
        sha256 = row.text(0);
        return false;
      });
  if (!found) return found.error();
  return sha256;
}

Result<void> BatchWriter::repeat_pack(const PackRecord& pack, const NodeState& node, Fit fit) {
  const schema::PackHeader& header = pack.pack.header();
  const auto stored = stored_sha256(header, node.node_id);
  if (!stored) return stored.error();
  const bool same_key = !stored->empty();
  const bool same_bytes = *stored == schema::bytes_of(pack.sha256);
  if (same_bytes) {
    ++counts_.packs_duplicate;
    return {};
  }
  const std::string_view reason =
      same_key              ? "contradicts the stored pack of the same key: other bytes"
      : fit == Fit::covered ? "contradicts stored packs: its sequences are stored in other packs"
                            : "contradicts stored packs: a part of its sequences is stored already";
  return add_dead_letter({header.message_id(), std::string(reason), pack.body}, &header,
                         node.node_id);
}

Result<EventRow> BatchWriter::project(const schema::EventView& event) {
  EventRow row;
  row.kind = static_cast<std::int32_t>(event.kind);
  row.occurred_at = to_micros(event.occurred_at);
  row.content = event.content;
  row.chat_id = event.chat_id;
  if (event.file) {
    row.file_name = event.file->name;
    if (!event.file->sha256.empty()) row.file_sha256 = event.file->sha256;
  }
  if (event.room) {
    const auto id = dictionary_.room(*event.room);
    if (!id) return id.error();
    row.room_id = *id;
  }
  if (event.actor) {
    const auto id = person_id(*event.actor);
    if (!id) return id.error();
    row.actor_id = *id;
  }
  if (event.target) {
    const auto id = person_id(*event.target);
    if (!id) return id.error();
    row.target_id = *id;
  }
  return row;
}

Result<std::int64_t> BatchWriter::person_id(const schema::PersonView& person) {
  if (const auto known = dictionary_.known(person)) return *known;
  if (!people_learnt_) {
    // The first that is not known: the rest of the batch will have more of them.
    people_learnt_ = true;
    std::vector<schema::PersonView> people;
    for (const PackRecord* pack : batch_.packs) {
      for (const schema::EventView& event : pack->events) {
        if (event.actor) people.push_back(*event.actor);
        if (event.target) people.push_back(*event.target);
      }
    }
    if (const auto learnt = dictionary_.learn(people); !learnt) return learnt.error();
  }
  return dictionary_.person(person);
}

void BatchWriter::note_time(std::int64_t occurred_at, bool first) {
  head_.least_occurred_at = first ? occurred_at : std::min(head_.least_occurred_at, occurred_at);
  head_.greatest_occurred_at =
      first ? occurred_at : std::max(head_.greatest_occurred_at, occurred_at);
}

Result<void> BatchWriter::store_pack(const PackRecord& pack, std::int64_t node_id) {
  const schema::PackHeader& header = pack.pack.header();
  const std::uint64_t first_event_id = head_.first_event_id + counts_.events_stored;
  packs_.push_back({.node_id = node_id,
                    .epoch = header.epoch,
                    .first_sequence = header.first_sequence,
                    .event_count = header.event_count,
                    .lane_id = lane_id_,
                    .block = head_.block,
                    .first_event_id = first_event_id,
                    .body = pack.body,
                    .sha256 = schema::bytes_of(pack.sha256),
                    .root = schema::bytes_of(pack.root)});
  for (std::uint64_t i = 0; i < pack.events.size(); ++i) {
    auto row = project(pack.events[i]);
    if (!row) return row.error();
    row->event_id = first_event_id + i;
    row->sequence = header.first_sequence + i;
    row->node_id = node_id;
    row->epoch = header.epoch;
    row->block = head_.block;
    note_time(row->occurred_at, rows_.empty());
    rows_.push_back(*row);
  }
  roots_.push_back(pack.root);
  ++counts_.packs_stored;
  counts_.events_stored += pack.events.size();
  return {};
}

}  // namespace mgc::db
