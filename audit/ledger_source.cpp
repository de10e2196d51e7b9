#include "audit/ledger_source.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "audit/checkpoint.hpp"
#include "audit/signed_note.hpp"
#include "schema/limits.hpp"

namespace mgc::audit {
namespace {

/// The block that a checkpoint is of. One that cannot be read is shown at once.
std::uint64_t block_of(const db::CheckpointRow& row) {
  const auto text = unverified_text(row.note);
  if (!text) return 0;
  const auto checkpoint = read_checkpoint(*text);
  return checkpoint ? checkpoint->block : 0;
}

}  // namespace

Result<std::optional<LedgerPiece>> LedgerSource::next() {
  if (ended_) return std::optional<LedgerPiece>();
  LedgerPiece piece;
  if (auto read = read_packs(piece); !read) return read.error();
  if (auto read = read_blocks(piece); !read) return read.error();
  if (parts_.projection) {
    if (auto read = read_projection(piece); !read) return read.error();
  }
  if (parts_.checkpoints) {
    if (auto read = read_checkpoints(piece); !read) return read.error();
  }
  ended_ = piece.packs.empty() && ahead_.empty() && piece.checkpoints.empty();
  if (ended_) return std::optional<LedgerPiece>();
  return std::optional(std::move(piece));
}

Result<void> LedgerSource::read_packs(LedgerPiece& piece) {
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  if (packs_ended_) return {};
  return reader_.each_pack_from(lane_, next_, [&](const db::PackRow& row) {
    const auto of_row = std::min<std::uint64_t>(row.event_count, schema::kPackEventsMax);
    const bool fits = events + of_row <= kEvents && bytes + row.body.size() <= kBytes;
    if (!fits && !piece.packs.empty()) return false;
    events += of_row;
    bytes += row.body.size();
    packs_ended_ = row.first_event_id == schema::kNumberMax;
    next_ = packs_ended_ ? 0 : static_cast<std::int64_t>(row.first_event_id) + 1;
    piece.packs.push_back(row);
    return true;
  });
}

Result<void> LedgerSource::read_blocks(LedgerPiece& piece) {
  for (std::size_t i = 0; i < piece.packs.size(); ++i) {
    if (piece.packs[i].block == block_) continue;
    block_ = piece.packs[i].block;
    auto row = reader_.block(lane_, *block_);
    if (!row) return row.error();
    piece.blocks.push_back({i, *block_, std::move(*row)});
  }
  return {};
}

// What a row says of its place and size may be anything: no more rows are read for it than a pack
// can have.
Result<void> LedgerSource::read_projection(LedgerPiece& piece) {
  if (!projection_) {
    auto opened = reader_.projection(lane_);
    if (!opened) return opened.error();
    projection_.emplace(std::move(*opened));
  }
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  const auto read = [&]() -> Result<void> {
    return first == end ? Result<void>() : projection_->read(first, end, piece.projection);
  };
  for (const db::PackRow& row : piece.packs) {
    const auto count = std::min<std::uint64_t>(row.event_count, schema::kPackEventsMax);
    if (row.first_event_id > schema::kNumberMax - count) continue;
    if (row.first_event_id != end) {
      if (auto done = read(); !done) return done;
      first = std::max(end, row.first_event_id);
    }
    end = std::max(end, row.first_event_id + count);
    first = std::min(first, end);
  }
  return read();
}

Result<void> LedgerSource::read_checkpoints(LedgerPiece& piece) {
  constexpr std::uint64_t kAtOnce = 200;
  const bool is_last = piece.packs.empty();
  while (piece.checkpoints.size() < kCheckpoints) {
    if (ahead_.empty()) {
      auto rows = reader_.ledger().checkpoints(lane_, last_checkpoint_, kAtOnce);
      if (!rows) return rows.error();
      if (rows->empty()) return {};
      ahead_ = std::move(*rows);
      last_checkpoint_ = ahead_.back().number;
    }
    const auto reached = std::ranges::find_if(ahead_, [&](const db::CheckpointRow& row) {
      return !is_last && block_of(row) > block_.value_or(0);
    });
    const bool more_to_come = reached != ahead_.end();
    std::move(ahead_.begin(), reached, std::back_inserter(piece.checkpoints));
    ahead_.erase(ahead_.begin(), reached);
    if (more_to_come) return {};
  }
  return {};
}

}  // namespace mgc::audit
