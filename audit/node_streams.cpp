#include "audit/node_streams.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mgc::audit {
namespace {

/// Stored packs and open gaps together cover a stream, once each.
struct Tile {
  enum Kind : std::uint8_t { stored, acknowledged, missing };
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Kind kind = stored;
};

/// What the position of a stream has to say.
struct Reach {
  std::uint64_t contiguous = 0;
  std::uint64_t max = 0;
};

/// A program without an outbox may leave out which pack came before.
bool names(ByteView previous, ByteView sha256) { return previous.empty() || previous == sha256; }

/// Walks the tiles of one stream and reports what is covered twice or not at all.
Reach reach_of(std::vector<Tile> tiles, const std::string& stream, VerifyReport& report) {
  std::ranges::sort(tiles, {}, [](const Tile& tile) { return std::pair(tile.first, tile.kind); });
  Reach reach;
  bool whole = true;
  const Tile* gap = nullptr;  // the last one that is called missing
  for (const Tile& tile : tiles) {
    if (tile.first > reach.max + 1) {
      report.add(stream, fmt::format("sequences {} to {} are missing and no gap says so",
                                     reach.max + 1, tile.first - 1));
      whole = false;
    }
    if (tile.kind != Tile::stored) gap = &tile;
    if (tile.first <= reach.max && gap != nullptr) {
      report.add(stream, fmt::format("sequences {} to {} are called missing and are not",
                                     gap->first, gap->last));
    }
    if (tile.kind == Tile::missing) whole = false;
    reach.max = std::max(reach.max, tile.last);
    if (whole) reach.contiguous = reach.max;
  }
  return reach;
}

std::string stream_name(const std::string& node, std::uint64_t epoch) {
  return fmt::format("node {} epoch {}", node, epoch);
}

}  // namespace

void NodeStreams::add(const schema::PackHeader& header, ByteView sha256, VerifyReport& report) {
  Runs& runs = streams_[{header.node, header.epoch}];
  const std::uint64_t first = header.first_sequence;
  const std::uint64_t last = header.last_sequence();
  const auto after = runs.upper_bound(first);
  const auto before = after == runs.begin() ? runs.end() : std::prev(after);
  const bool overlaps = (before != runs.end() && before->second.last >= first) ||
                        (after != runs.end() && after->first <= last);
  if (overlaps) {
    report.add("pack " + header.message_id(), "its sequences are stored twice");
    return;
  }
  const auto broken = [&](std::uint64_t sequence) {
    report.add(fmt::format("pack {}/{}/{}", header.node, header.epoch, sequence),
               "it does not name the pack that is stored before it");
  };
  if (first == 1 && !header.previous_sha256.empty()) broken(first);

  Run run{last, header.previous_sha256, Bytes(sha256)};
  std::uint64_t run_first = first;
  if (before != runs.end() && before->second.last + 1 == first) {
    if (!names(header.previous_sha256, before->second.last_sha256)) broken(first);
    run_first = before->first;
    run.first_previous = before->second.first_previous;
    runs.erase(before);
  }
  if (after != runs.end() && last + 1 == after->first) {
    if (!names(after->second.first_previous, run.last_sha256)) broken(after->first);
    run.last = after->second.last;
    run.last_sha256 = after->second.last_sha256;
    runs.erase(after);
  }
  runs.emplace(run_first, std::move(run));
}

// The pack that closes a gap is all of it.
void NodeStreams::check_closed(const db::GapRow& gap, VerifyReport& report) const {
  const auto stream = streams_.find({gap.node, gap.epoch});
  if (stream != streams_.end()) {
    const auto after = stream->second.upper_bound(gap.first_sequence);
    if (after != stream->second.begin() && gap.first_sequence <= gap.last_sequence &&
        std::prev(after)->second.last >= gap.last_sequence) {
      return;
    }
  }
  report.add(stream_name(gap.node, gap.epoch),
             fmt::format("the gap of sequences {} to {} is called closed, and they are not there",
                         gap.first_sequence, gap.last_sequence));
}

void NodeStreams::compare(const std::vector<db::PositionRow>& positions,
                          const std::vector<db::GapRow>& gaps, VerifyReport& report) const {
  std::map<Key, std::vector<Tile>> tiles;
  for (const auto& [key, runs] : streams_) {
    for (const auto& [first, run] : runs) tiles[key].push_back({first, run.last, Tile::stored});
  }
  for (const db::GapRow& gap : gaps) {
    if (gap.closed_at) {
      check_closed(gap, report);
      continue;
    }
    tiles[{gap.node, gap.epoch}].push_back({gap.first_sequence, gap.last_sequence,
                                            gap.acknowledged ? Tile::acknowledged : Tile::missing});
  }
  std::map<Key, Reach> expected;
  for (auto& [key, of_key] : tiles) {
    expected[key] = reach_of(std::move(of_key), stream_name(key.first, key.second), report);
  }
  for (const db::PositionRow& row : positions) {
    const auto found = expected.find({row.node, row.epoch});
    if (found == expected.end()) {
      if (row.max_seen > 0) report.add(stream_name(row.node, row.epoch), "its packs are missing");
      continue;
    }
    const Reach& reach = found->second;
    if (reach.contiguous != row.contiguous_through || reach.max != row.max_seen) {
      report.add(stream_name(row.node, row.epoch),
                 fmt::format("the position says through {} of {}; the packs say through {} of {}",
                             row.contiguous_through, row.max_seen, reach.contiguous, reach.max));
    }
    expected.erase(found);
  }
  for (const auto& [key, unused] : expected) {
    report.add(stream_name(key.first, key.second), "it has packs or gaps, and no position");
  }
}

}  // namespace mgc::audit
