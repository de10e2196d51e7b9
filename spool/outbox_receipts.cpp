// What receipts do to an outbox: packs that are covered wait no more, are kept for a time, and are
// purged then.
#include <algorithm>

#include "core/failpoint.hpp"
#include "core/planted_bug.hpp"
#include "schema/limits.hpp"
#include "spool/outbox_file.hpp"

namespace mgc::spool {
namespace {

// What one transaction takes at most, so that an append waits some milliseconds for it.
constexpr std::uint64_t kChunkPacks = 2'000;
constexpr std::uint64_t kChunkBytes = std::uint64_t{16} << 20U;

struct Counted {
  Waiting packs;
  std::uint64_t last = 0;  ///< sequence of the last of them
  bool more = false;
};

/// Counts rows of (last sequence, size) up to a chunk, while `wanted(last, counted so far)`.
template <typename Wanted>
Result<Counted> count_chunk(Rows rows, Wanted wanted) {
  Counted counted;
  auto row = rows.next();
  for (; row && *row && wanted(rows.number(0), counted.packs); row = rows.next()) {
    counted.more = counted.packs.packs == kChunkPacks || counted.packs.bytes >= kChunkBytes;
    if (counted.more) break;
    counted.last = rows.number(0);
    counted.packs.bytes += rows.number(1);
    ++counted.packs.packs;
  }
  if (!row) return row.error();
  return counted;
}

/// A bound below which no pack that ends behind `sequence` begins.
std::uint64_t before(std::uint64_t sequence) {
  return sequence - std::min<std::uint64_t>(sequence, schema::kPackEventsMax);
}

}  // namespace

Result<OutboxFile::Chunk> OutboxFile::cover(std::uint64_t through, std::uint64_t accepted) {
  OutboxState next = state_;
  next.accepted = accepted;
  Chunk chunk;
  auto changed = change(std::move(next), [&](OutboxState& state) -> Result<void> {
    auto moved = move_covered(through, state);
    if (!moved) return moved.error();
    chunk = *moved;
    return {};
  });
  if (!changed) return changed.error();
  return chunk;
}

Result<OutboxFile::Chunk> OutboxFile::move_covered(std::uint64_t through, OutboxState& next) {
  const auto covered =
      count_chunk(statements_.packs_between.query(before(next.receipted), next.receipted, through,
                                                  kChunkPacks + 1),
                  [](std::uint64_t, const Waiting&) { return true; });
  if (!covered) return covered.error();
  note_covered(next, covered->packs, covered->more ? covered->last : through);
  auto marked = statements_.mark_receipt.run(
      receipt_noted_at(to_micros(clock_->utc_now()), retention_), next.receipted);
  if (!marked) return marked.error();
  return Chunk{covered->packs.packs, covered->more};
}

Result<void> OutboxFile::uncover(std::uint64_t through, std::uint64_t accepted) {
  OutboxState next = state_;
  next.accepted = accepted;
  return change(std::move(next), [&](OutboxState& state) -> Result<void> {
    Counted kept{{}, through, true};
    Waiting uncovered;
    while (kept.more) {
      auto chunk = count_chunk(statements_.packs_between.query(before(kept.last), kept.last,
                                                               state.receipted, kChunkPacks + 1),
                               [](std::uint64_t, const Waiting&) { return true; });
      if (!chunk) return chunk.error();
      kept = *chunk;
      uncovered.packs += kept.packs.packs;
      uncovered.bytes += kept.packs.bytes;
    }
    note_uncovered(state, uncovered, through);
    return statements_.unmark_receipts.run(through, std::uint64_t{0});
  });
}

Result<OutboxFile::Chunk> OutboxFile::purge(std::uint64_t accepted, Purge what) {
  if (reach_failpoint("outbox.before_purge") == Failure::error) {
    return Error{Action::retry, "failure point outbox.before_purge"};
  }
  const auto expired = expired_sequence(what);
  if (!expired) return expired.error();
  const auto oldest =
      count_chunk(statements_.oldest_packs.query(state_.receipted, kChunkPacks + 1),
                  [&](std::uint64_t last, const Waiting& counted) {
                    return is_due(state_, retention_, last, *expired, counted.bytes);
                  });
  if (!oldest) return oldest.error();
  if (oldest->packs.packs == 0) return Chunk{};  // the usual case costs no fsync
  OutboxState next = state_;
  next.accepted = accepted;
  auto changed = change(std::move(next), [&](OutboxState& state) -> Result<void> {
    if (auto deleted = statements_.delete_packs.run(oldest->last); !deleted) return deleted;
    note_purged(state, oldest->packs);
    return statements_.unmark_receipts.run(state.chain.last_sequence, oldest->last);
  });
  if (!changed) return changed.error();
  return Chunk{oldest->packs.packs, oldest->more};
}

/// The sequence through which packs were kept for long enough.
Result<std::uint64_t> OutboxFile::expired_sequence(Purge what) {
  if (what == Purge::all_that_is_kept || retention_.keep_for.count() == 0 ||
      planted_bug("purge_on_accepted")) {
    return state_.receipted;
  }
  auto rows =
      statements_.expired_receipt.query(to_micros(clock_->utc_now()) - retention_.keep_for.count());
  const auto row = rows.next();
  if (!row) return row.error();
  // A receipt that went back since then has made them wait again.
  return std::min(*row ? rows.number(0) : 0, state_.receipted);
}

Result<std::uint64_t> OutboxFile::reusable_bytes() {
  auto rows = statements_.reusable_bytes.query();
  const auto row = rows.next();
  if (!row) return row.error();
  return rows.number(0);
}

Result<std::uint64_t> OutboxFile::first_sequence() {
  auto rows = statements_.first_sequence.query();
  const auto row = rows.next();
  if (!row) return row.error();
  const std::uint64_t end = state_.chain.last_sequence + 1;
  if (!*row || rows.number(0) == 0) return end;
  if (rows.number(0) > end) return database_.damaged("a pack has impossible sequences");
  return rows.number(0);
}

}  // namespace mgc::spool
