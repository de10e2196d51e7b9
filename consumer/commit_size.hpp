#pragma once

#include <cstddef>
#include <limits>

namespace mgc::consumer {

/// How many records one transaction may hold, learned from those that were too slow: a batch that
/// always ends with a time-out would otherwise be repeated for ever, and smaller ones might pass.
///
/// Pure: no clock, no I/O. Threads: one owner. Errors: none.
class CommitSize {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  /// Time-outs in a row of the same records before they are halved: one may be a lock of others.
  static constexpr std::size_t kTriesMax = 2;
  /// Transactions at the limit that have to be stored before the limit is doubled.
  static constexpr std::size_t kGrowAfter = 8;

  [[nodiscard]] std::size_t limit() const { return limit_; }

  /// A transaction of `records` ended with a time-out, or with its session; nothing was stored.
  void was_too_slow(std::size_t records) {
    stored_ = 0;
    if (++slow_ < kTriesMax || records <= 1) return;
    slow_ = 0;
    limit_ = records - records / 2;
  }
  /// Nobody knows whether the transaction was stored: the same records have to be tried again.
  void is_in_doubt() { slow_ = 0; }

  void was_stored(std::size_t records) {
    slow_ = 0;
    // What is far below the limit, as at night, says nothing about the limit.
    if (limit_ == kNoLimit || records <= limit_ / 2 || ++stored_ < kGrowAfter) return;
    stored_ = 0;
    limit_ = limit_ > kForget ? kNoLimit : limit_ * 2;
  }

 private:
  static constexpr std::size_t kForget = 65'536;  ///< no batch has so many records

  std::size_t limit_ = kNoLimit;
  std::size_t slow_ = 0;
  std::size_t stored_ = 0;
};

}  // namespace mgc::consumer
