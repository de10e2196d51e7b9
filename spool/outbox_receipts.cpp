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
/// Receipts that are marked within one of so many parts of `keep_for` share a row.
constexpr std::int64_t kMarks = 64;

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

void move_packs(const Waiting& moved, Waiting& from, Waiting& to) {
  from.packs -= moved.packs;
  from.bytes -= moved.bytes;
  to.packs += moved.packs;
  to.bytes += moved.bytes;
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
  move_packs(covered->packs, next.waiting, next.kept);
  next.receipted = covered->more ? covered->last : through;
  next.accepted = std::max(next.accepted, next.receipted);
  // The end of the part that now is in, so that nothing is purged before its time.
  const std::int64_t part = std::max<std::int64_t>(retention_.keep_for.count() / kMarks, 1);
  const std::int64_t now = to_micros(clock_->utc_now());
  auto marked = statements_.mark_receipt.run((now / part + 1) * part, next.receipted);
  if (!marked) return marked.error();
  return Chunk{covered->packs.packs, covered->more};
}

Result<void> OutboxFile::uncover(std::uint64_t through, std::uint64_t accepted) {
  OutboxState next = state_;
  next.accepted = accepted;
  return change(std::move(next), [&](OutboxState& state) -> Result<void> {
    Counted kept{{}, through, true};
    while (kept.more) {
      auto chunk = count_chunk(statements_.packs_between.query(before(kept.last), kept.last,
                                                               state.receipted, kChunkPacks + 1),
                               [](std::uint64_t, const Waiting&) { return true; });
      if (!chunk) return chunk.error();
      kept = *chunk;
      move_packs(kept.packs, state.kept, state.waiting);
    }
    state.receipted = through;
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
                    const bool too_much = state_.kept.bytes - counted.bytes > retention_.keep_bytes;
                    return last <= state_.receipted && (last <= *expired || too_much);
                  });
  if (!oldest) return oldest.error();
  if (oldest->packs.packs == 0) return Chunk{};  // the usual case costs no fsync
  OutboxState next = state_;
  next.accepted = accepted;
  auto changed = change(std::move(next), [&](OutboxState& state) -> Result<void> {
    if (auto deleted = statements_.delete_packs.run(oldest->last); !deleted) return deleted;
    Waiting gone;
    move_packs(oldest->packs, state.kept, gone);
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
  return *row && rows.number(0) > 0 ? rows.number(0) : state_.chain.last_sequence + 1;
}

}  // namespace mgc::spool
