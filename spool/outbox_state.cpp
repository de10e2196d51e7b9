#include "spool/outbox_state.hpp"

#include <algorithm>

namespace mgc::spool {
namespace {

/// Receipts that are noted within one of so many parts of `keep_for` share a note.
constexpr std::int64_t kNotes = 64;

/// Never below 0, so that a file whose counts are damaged can still be emptied.
void move_packs(const Waiting& moved, Waiting& from, Waiting& to) {
  from.packs -= std::min(from.packs, moved.packs);
  from.bytes -= std::min(from.bytes, moved.bytes);
  to.packs += moved.packs;
  to.bytes += moved.bytes;
}

}  // namespace

void note_recorded(OutboxState& state, std::uint64_t bytes) {
  ++state.waiting.packs;
  state.waiting.bytes += bytes;
}

void note_covered(OutboxState& state, const Waiting& packs, std::uint64_t through) {
  move_packs(packs, state.waiting, state.kept);
  state.receipted = through;
  state.accepted = std::max(state.accepted, through);
}

void note_uncovered(OutboxState& state, const Waiting& packs, std::uint64_t through) {
  move_packs(packs, state.kept, state.waiting);
  state.receipted = through;
}

void note_purged(OutboxState& state, const Waiting& packs) {
  Waiting gone;
  move_packs(packs, state.kept, gone);
}

bool is_due(const OutboxState& state, const Retention& retention, std::uint64_t last,
            std::uint64_t expired, std::uint64_t before) {
  const bool too_much = state.kept.bytes - before > retention.keep_bytes;
  return last <= state.receipted && (last <= expired || too_much);
}

std::int64_t receipt_noted_at(std::int64_t now, const Retention& retention) {
  const std::int64_t part = std::max<std::int64_t>(retention.keep_for.count() / kNotes, 1);
  return (now / part + 1) * part;
}

}  // namespace mgc::spool
