#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/assert.hpp"

namespace mgc::consumer {

/// Why a batch may be as large as it may be.
enum class BatchSizeReason : std::uint8_t {
  start,      ///< nothing was measured yet
  fixed,      ///< the operator said so
  grown,      ///< the batches were full, and faster than the target
  held,       ///< growing would miss the target
  shrunk,     ///< commits took longer than the target
  timed_out,  ///< a commit ended with a time-out
};

/// How many events the next transaction may hold. The larger, the more events a second, until the
/// database gains nothing any more; but everybody waits as long as a commit takes. So full batches
/// grow while their commits stay within the target, and shrink when 1 in 100 does not.
///
/// Pure: no clock, no I/O. Threads: one owner. Errors: none.
/// Source: docs/performance.md, Batch sizes.
class BatchTuner {
 public:
  static constexpr std::size_t kFirst = 2'000;
  /// What slow commits shrink batches to. Below it, what every commit costs outweighs its events: a
  /// database that is slow for another reason would only be asked more often.
  static constexpr std::size_t kWorthwhile = kFirst;
  static constexpr std::size_t kLeast = 100;  ///< what time-outs do

  /// @param target  of the 99th percentile of commits; 0: every batch may have `most` events.
  BatchTuner(std::size_t most, std::chrono::milliseconds target)
      : most_(most), target_(target), events_max_(target.count() == 0 ? most : first(most)) {
    MGC_ASSERT(most > 0);
    if (target.count() == 0) reason_ = BatchSizeReason::fixed;
  }

  [[nodiscard]] std::size_t events_max() const { return events_max_; }
  [[nodiscard]] BatchSizeReason reason() const { return reason_; }

  /// A batch was committed. `full`: no more events fitted.
  void committed(bool full, std::chrono::nanoseconds took) {
    if (reason_ == BatchSizeReason::fixed) return;
    note(took);
    if (too_slow()) {
      // Not for one slow commit in a row of fast ones.
      const std::size_t least = std::min(events_max_, kWorthwhile);
      set(std::max(events_max_ * 3 / 4, least), BatchSizeReason::shrunk);
      return;
    }
    if (!full || events_max_ == most_) return;
    // A batch of twice the size takes at most twice as long.
    if (took * 2 > target_) {
      reason_ = BatchSizeReason::held;
    } else {
      set(events_max_ * 2, BatchSizeReason::grown);
    }
  }

  /// A transaction ended with a time-out, or with its session.
  void timed_out() {
    if (reason_ == BatchSizeReason::fixed) return;
    set(std::max(events_max_ / 2, kLeast), BatchSizeReason::timed_out);
  }

 private:
  static constexpr std::size_t kWindow = 100;

  static std::size_t first(std::size_t most) { return std::min(most, kFirst); }

  void note(std::chrono::nanoseconds took) {
    slow_[at_] = took > target_;
    at_ = (at_ + 1) % kWindow;
  }
  [[nodiscard]] bool too_slow() const { return std::count(slow_.begin(), slow_.end(), true) > 1; }
  void set(std::size_t events, BatchSizeReason reason) {
    events_max_ = std::min(events, most_);
    reason_ = reason;
    // What larger or smaller batches took says nothing of these.
    slow_.fill(false);
  }

  const std::size_t most_;
  const std::chrono::milliseconds target_;
  std::size_t events_max_;
  BatchSizeReason reason_ = BatchSizeReason::start;
  std::array<bool, kWindow> slow_{};  ///< of the last commits
  std::size_t at_ = 0;
};

[[nodiscard]] constexpr const char* to_string(BatchSizeReason reason) {
  switch (reason) {
    case BatchSizeReason::start: return "start";
    case BatchSizeReason::fixed: return "fixed";
    case BatchSizeReason::grown: return "grown";
    case BatchSizeReason::held: return "held";
    case BatchSizeReason::shrunk: return "shrunk";
    case BatchSizeReason::timed_out: return "timed_out";
  }
  return "";
}

}  // namespace mgc::consumer
