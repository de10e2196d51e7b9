#pragma once

#include <chrono>
#include <cstdint>

#include "spool/pack_former.hpp"
#include "spool/quota.hpp"

namespace mgc::spool {

/// The one row that says how far an outbox is, as of the last transaction.
struct OutboxState {
  PackChain chain;              ///< node, epoch, and where the next pack goes on
  std::uint64_t accepted = 0;   ///< last sequence
  std::uint64_t receipted = 0;  ///< last sequence
  Waiting waiting;
  Waiting kept;  ///< that have their receipt and are not purged yet
  std::uint64_t rejected_lines = 0;
};

/// How long packs stay after their receipt.
struct Retention {
  std::chrono::microseconds keep_for{};
  std::uint64_t keep_bytes = 0;
};

// What happens to an outbox, as pure functions: the file executes them with SQL, the simulator in
// memory.

/// A pack of `bytes` was recorded; the chain was moved on by form_packs().
void note_recorded(OutboxState& state, std::uint64_t bytes);
/// A receipt through `through` covers `packs` more.
void note_covered(OutboxState& state, const Waiting& packs, std::uint64_t through);
/// Receipts went back to `through`: `packs` that were kept wait again.
void note_uncovered(OutboxState& state, const Waiting& packs, std::uint64_t through);
/// `packs` that were kept are gone.
void note_purged(OutboxState& state, const Waiting& packs);

/// Whether the oldest pack, which ends with `last`, is to be purged now.
/// @param expired  the sequence through which receipts are older than keep_for.
/// @param before   bytes of the packs before it that are purged with it.
[[nodiscard]] bool is_due(const OutboxState& state, const Retention& retention, std::uint64_t last,
                          std::uint64_t expired, std::uint64_t before);
/// When a receipt that came at `now` is noted to have come: the end of the part of keep_for that
/// now is in, so that few notes are kept and nothing is purged before its time. UTC microseconds.
[[nodiscard]] std::int64_t receipt_noted_at(std::int64_t now, const Retention& retention);

}  // namespace mgc::spool
