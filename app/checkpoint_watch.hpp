#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint_signer.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// What the rounds of mgc audit checkpoint came to, for its metrics.
///
/// Threads: any.
class CheckpointWatch {
 public:
  struct State {
    std::vector<audit::SignedLane> lanes;  ///< of the last round that worked
    std::uint64_t checkpoints = 0;         ///< that were signed
    std::uint64_t failures = 0;            ///< rounds that did not work
    std::optional<UtcTime> checked_at;     ///< when the last round that worked ended
    std::string failure;                   ///< of the last round; empty = it worked
    SteadyTime moved_at{};                 ///< when a round last made a step
  };

  explicit CheckpointWatch(const Clock& clock) : clock_(clock) { note_progress(); }

  void note_progress() { state_.lock()->moved_at = clock_.steady_now(); }
  void note_round(const Result<audit::SignReport>& round);
  [[nodiscard]] State state() { return *state_.lock(); }

 private:
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace mgc::app
