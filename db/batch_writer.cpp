#include "db/batch_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/assert.hpp"
#include "db/segment_upkeep.hpp"

namespace mgc::db {
namespace {

SequenceRange range_of(const schema::PackHeader& header) {
  return {header.first_sequence, header.last_sequence()};
}

}  // namespace

Result<CommitCounts> BatchWriter::write() {
  if (const auto read = read_head(); !read) return read.error();
  std::size_t events = 0;
  for (const PackRecord* pack : batch_.packs) events += pack->events.size();
  projector_.reserve(events);
  for (const PackRecord* pack : batch_.packs) {
    if (const auto added = add_pack(*pack); !added) return added.error();
  }
  for (const DeadLetterRecord* letter : batch_.dead_letters) {
    if (const auto kept = keep_letter(*letter); !kept) return kept.error();
  }
  if (const auto written = write_positions(); !written) return written.error();
  if (const auto written = node_sessions_.write(now()); !written) return written.error();
  if (counts_.packs_stored > 0) {
    if (const auto loaded = load_rows(); !loaded) return loaded.error();
  }
  return std::move(counts_);
}

Result<void> BatchWriter::load_rows() {
  const auto hot =
      hot_segment(session_, lane_id_, head_.first_event_id, limits_, batch_.received_at);
  if (!hot) return hot.error();
  if (const auto learnt = projector_.learn_names(); !learnt) return learnt.error();
  if (const auto loaded = session_.load_packs(packs_); !loaded) return loaded.error();
  if (const auto loaded = session_.load_events(hot->segment, projector_.rows()); !loaded) {
    return loaded.error();
  }
  return write_block(hot->segment);
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
      "SELECT contiguous_through, max_seen, updated_at FROM node_position"
      " WHERE node_id = ?1 AND epoch = ?2",
      {node.node_id, header.epoch}, [&](const Row& row) {
        node.position = {row.number(0), row.number(1)};
        node.stored = node.position;
        node.stored_at = row.integer(2);
        return false;
      });
  if (!read) return read.error();
  if (node.stored) {
    node.contiguous_end = ends_.find(node.node_id, header.epoch, node.stored_at);
  }
  return &node;
}

// Two look-ups, each of which ends at the first entry of an index: gaps that were closed stay as
// rows, and there may be very many of them.
Result<std::optional<SequenceRange>> BatchWriter::open_gap(std::int64_t node_id,
                                                           std::uint64_t epoch, std::uint64_t from,
                                                           Gaps which) {
  const auto last = session_.query_number(
      which == Gaps::all
          ? "SELECT min(last_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2"
            " AND closed_at IS NULL AND last_sequence >= ?3"
          : "SELECT min(last_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2"
            " AND closed_at IS NULL AND last_sequence >= ?3 AND acknowledged IS NULL",
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
  const auto first = open_gap(node.node_id, epoch, range.first, Gaps::all);
  if (!first) return first.error();
  if (!*first) return gaps;
  gaps.push_back(**first);
  const auto next = open_gap(node.node_id, epoch, (*first)->last + 1, Gaps::that_hold_receipts);
  if (!next) return next.error();
  if (*next) gaps.push_back(**next);
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
  const auto facts = facts_of(pack, node, change);
  if (!facts) return facts.error();
  const Judgement judgement = judge_pack(*facts);
  if (judgement.admission == Admission::repeat) {
    ++counts_.packs_duplicate;
    return {};
  }
  if (judgement.admission == Admission::contradict) {
    node.refused = {range.last, Bytes(schema::bytes_of(pack.sha256))};
    return add_dead_letter({header.message_id(), std::string(judgement.why), pack.body}, &header,
                           node.node_id);
  }
  const auto noted = write_gaps(change, range, node.node_id, header.epoch);
  if (!noted) return noted.error();
  node.position = change.position;
  node.changed = true;
  node.newest_end = {range.last, Bytes(schema::bytes_of(pack.sha256))};
  if (range.last == node.position.contiguous_through) node.contiguous_end = node.newest_end;
  store_pack(pack, node.node_id);
  return {};
}

Result<AdmissionFacts> BatchWriter::facts_of(const PackRecord& pack, const NodeState& node,
                                             const PositionChange& change) {
  const schema::PackHeader& header = pack.pack.header();
  AdmissionFacts facts;
  facts.fit = change.fit;
  if (change.fit == Fit::covered || change.fit == Fit::overlaps) {
    const auto stored = stored_sha256(header, node.node_id);
    if (!stored) return stored.error();
    facts.same_key = !stored->empty();
    facts.same_bytes = *stored == schema::bytes_of(pack.sha256);
    return facts;
  }
  const bool behind_hole =
      change.gap_opened || (change.gap_filled && change.gap_filled->first < header.first_sequence);
  if (header.first_sequence == 1) {
    facts.follows = header.previous_sha256.empty();
  } else if (header.previous_sha256.empty()) {
    facts.follows = true;  // of a program that does not say
  } else if (behind_hole) {
    // What came before it is not stored. It may be known all the same, as not of this history.
    const auto refused = was_refused(node.node_id, header.epoch, header.previous_sha256);
    if (!refused) return refused.error();
    facts.follows = !*refused;
  } else {
    const auto before = sha256_before(node, header.epoch, header.first_sequence - 1);
    if (!before) return before.error();
    facts.follows = before->empty() || *before == header.previous_sha256;
  }
  if (change.gap_filled && change.gap_filled->last == header.last_sequence()) {
    const auto named = named_by(node.node_id, header.epoch, header.last_sequence() + 1);
    if (!named) return named.error();
    facts.precedes = named->empty() || *named == schema::bytes_of(pack.sha256);
  }
  return facts;
}

Result<Bytes> BatchWriter::sha256_before(const NodeState& node, std::uint64_t epoch,
                                         std::uint64_t sequence) {
  for (const PackEnd* end : {&node.contiguous_end, &node.newest_end}) {
    if (end->sequence == sequence) return end->sha256;
  }
  const auto ends_there = [&](const NewPackRow& row) {
    return row.node_id == node.node_id && row.epoch == epoch &&
           row.first_sequence + row.event_count == sequence + 1;
  };
  if (const auto mine = std::ranges::find_if(packs_, ends_there); mine != packs_.end()) {
    return Bytes(mine->sha256);
  }
  Bytes sha256;
  const auto found = session_.query(
      "SELECT sha256 FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence ="
      " (SELECT max(first_sequence) FROM pack WHERE node_id = ?1 AND epoch = ?2"
      " AND first_sequence <= ?3) AND first_sequence + event_count > ?3"
      " AND first_sequence + event_count <= ?4",
      {node.node_id, epoch, sequence, sequence + 1}, [&](const Row& row) {
        sha256 = Bytes(row.bytes(0));
        return false;
      });
  if (!found) return found.error();
  if (sha256.empty() && sequence > 0) return letter_before(node.node_id, epoch, sequence);
  return sha256;
}

Result<bool> BatchWriter::was_refused(std::int64_t node_id, std::uint64_t epoch, ByteView sha256) {
  const auto found = session_.query_number(
      "SELECT min(dead_letter_id) FROM dead_letter WHERE sha256 = ?1"
      " AND node_id = ?2 AND epoch = ?3 AND reason LIKE 'contradicts stored packs%'",
      {Blob{sha256}, node_id, epoch});
  if (!found) return found.error();
  return found->has_value();
}

Result<Bytes> BatchWriter::named_by(std::int64_t node_id, std::uint64_t epoch,
                                    std::uint64_t sequence) {
  const auto begins_there = [&](const NewPackRow& row) {
    return row.node_id == node_id && row.epoch == epoch && row.first_sequence == sequence;
  };
  Bytes body;
  if (const auto mine = std::ranges::find_if(packs_, begins_there); mine != packs_.end()) {
    body = Bytes(mine->body);
  } else {
    const auto found = session_.query(
        "SELECT body FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
        {node_id, epoch, sequence}, [&](const Row& row) {
          body = Bytes(row.bytes(0));
          return false;
        });
    if (!found) return found.error();
  }
  if (body.empty()) return body;
  const auto pack = schema::decode_pack(body);
  // It was read once; if that is no longer so, verify says it, and this pack is not to blame.
  if (!pack) return Bytes{};
  return pack->header().previous_sha256;
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

void BatchWriter::note_time(std::int64_t occurred_at, bool first) {
  head_.least_occurred_at = first ? occurred_at : std::min(head_.least_occurred_at, occurred_at);
  head_.greatest_occurred_at =
      first ? occurred_at : std::max(head_.greatest_occurred_at, occurred_at);
}

/// Of another session they may not be there any more: the database may be an older one by now.
std::span<const EventNames> BatchWriter::names_of(const PackRecord& pack) const {
  if (pack.names.source != batch_.names_source) return {};
  return pack.names.ids;
}

void BatchWriter::store_pack(const PackRecord& pack, std::int64_t node_id) {
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
  projector_.add(pack.events,
                 {first_event_id, node_id, header.epoch, header.first_sequence, head_.block},
                 names_of(pack));
  for (std::uint64_t i = 0; i < pack.events.size(); ++i) {
    note_time(to_micros(pack.events[i].occurred_at), counts_.events_stored + i == 0);
    node_sessions_.note(node_id, header.epoch, header.first_sequence + i, pack.events[i]);
  }
  roots_.push_back(pack.root);
  ++counts_.packs_stored;
  counts_.events_stored += pack.events.size();
}

}  // namespace mgc::db
