#pragma once

#include <cstdint>

#include "core/clock.hpp"

namespace mgc::consumer {

/// When a full segment gets its indexes: at once, as long as batches are not full. While they are,
/// the machine is busy with what cannot wait, so segments wait, up to a number of them. Building
/// is asked for one index at a time, so it also stops soon after batches become full.
///
/// Pure: no I/O, no threads. Threads: one at a time.
class SealPolicy {
 public:
  /// @param unsealed_max  from so many waiting segments on they are sealed whatever comes.
  explicit SealPolicy(std::uint64_t unsealed_max) : unsealed_max_(unsealed_max) {}

  /// After each batch.
  void note_batch(bool full, SteadyTime now) {
    if (full) busy_until_ = now + kBusy;
  }
  [[nodiscard]] bool may_seal(std::uint64_t waiting, SteadyTime now) const {
    return waiting > 0 && (waiting >= unsealed_max_ || now >= busy_until_);
  }

  /// How long a full batch says that more of them come: longer than a slow COMMIT takes.
  static constexpr std::chrono::seconds kBusy{2};

 private:
  const std::uint64_t unsealed_max_;
  SteadyTime busy_until_{};
};

}  // namespace mgc::consumer
