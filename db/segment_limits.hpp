#pragma once

#include <chrono>
#include <cstdint>

namespace mgc::db {

/// When a segment takes no more events.
struct SegmentLimits {
  std::uint64_t events = 1'000'000;  ///< it may be a batch more
  std::chrono::seconds age{3600};    ///< since its first event; see kAgeShare

  /// Of `events`, what a segment has to hold so that its age ends it: quiet hours make no segments
  /// of their own, since each is a part of every view over all of them.
  static constexpr std::uint64_t kAgeShare = 100;

  /// Whether a segment with so many events, the first of them so long ago, is full. Pure.
  [[nodiscard]] bool are_reached(std::uint64_t held, std::chrono::microseconds since) const {
    return held >= events || (held > 0 && held >= events / kAgeShare && since >= age);
  }
};

}  // namespace mgc::db
