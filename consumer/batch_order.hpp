#pragma once

#include <array>
#include <cstdint>

#include "core/planted_bug.hpp"

namespace mgc::consumer {

/// What is done with a batch.
enum class BatchStep : std::uint8_t { commit, settle, receipt };

/// The order of truth: COMMIT acknowledged, then settle, then receipt. A step that fails ends the
/// batch, and what follows is not done: not settled, it is delivered again; without a receipt, its
/// node sends it again.
/// Source: docs/adr/0001-settlement.md.
[[nodiscard]] inline std::array<BatchStep, 3> order_of_steps() {
  using enum BatchStep;
  if (planted_bug("settle_before_commit")) return {settle, commit, receipt};
  if (planted_bug("receipt_before_commit")) return {receipt, commit, settle};
  return {commit, settle, receipt};
}

}  // namespace mgc::consumer
