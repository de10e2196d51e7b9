#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "consumer/decode.hpp"
#include "core/assert.hpp"
#include "core/clock.hpp"

namespace mgc::consumer {

/// Limits of one database transaction. Zero is a programming error.
struct BatchLimits {
  std::size_t events_max = 50'000;
  std::size_t bytes_max = std::size_t{32} * 1024 * 1024;  ///< as they came and expanded
  std::chrono::milliseconds age_max{50};  ///< wait of the oldest record while more keeps coming
};

/// Groups records into transactions by events, bytes, or age, whichever is first; the writer also
/// takes what is there when nothing more is coming, so that low load never lingers. A record says
/// its events() and its bytes().
///
/// Pure: no I/O, no threads.
/// Threads:   one owner (the writer thread); not synchronised.
/// Ownership: holds each record's settlement token; destroying a non-empty Batcher releases them,
///            so the broker redelivers. Nothing is lost.
/// Errors:    none; a record above a limit travels alone.
/// Source:    docs/adr/0003-packs-and-segments.md.
template <typename Record>
class BasicBatcher final {
 public:
  BasicBatcher(BatchLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {
    MGC_ASSERT(limits_.events_max > 0);
    MGC_ASSERT(limits_.bytes_max > 0);
    MGC_ASSERT(limits_.age_max.count() > 0);
  }

  /// Takes `record`; returns the open batch first if `record` does not fit in it.
  [[nodiscard]] std::optional<std::vector<Record>> add(Record record) {
    const bool fits = open_events_ + record.events() <= limits_.events_max &&
                      open_bytes_ + record.bytes() <= limits_.bytes_max;
    // An empty batch accepts any size: refusing would wedge the queue behind one large pack.
    std::optional<std::vector<Record>> closed;
    if (!fits && !open_.empty()) closed = take();
    if (open_.empty()) opened_at_ = clock_.steady_now();
    open_events_ += record.events();
    open_bytes_ += record.bytes();
    open_.push_back(std::move(record));
    return closed;
  }
  /// True when the open batch is full or older than `age_max`.
  [[nodiscard]] bool due() const {
    if (open_.empty()) return false;
    return open_events_ >= limits_.events_max || open_bytes_ >= limits_.bytes_max ||
           clock_.steady_now() >= opened_at_ + limits_.age_max;
  }
  /// When the open batch becomes due by age; nullopt when empty.
  [[nodiscard]] std::optional<SteadyTime> due_at() const {
    if (open_.empty()) return std::nullopt;
    return opened_at_ + limits_.age_max;
  }
  /// Returns whatever is open, possibly nothing.
  [[nodiscard]] std::vector<Record> take() {
    open_events_ = 0;
    open_bytes_ = 0;
    return std::exchange(open_, {});
  }
  [[nodiscard]] bool empty() const { return open_.empty(); }
  /// Of the next batches. Zero is a programming error.
  void set_events_max(std::size_t events_max) {
    MGC_ASSERT(events_max > 0);
    limits_.events_max = events_max;
  }
  [[nodiscard]] const BatchLimits& limits() const { return limits_; }

 private:
  BatchLimits limits_;
  const Clock& clock_;
  std::vector<Record> open_;
  std::size_t open_events_ = 0;
  std::size_t open_bytes_ = 0;
  SteadyTime opened_at_{};
};

using Batch = std::vector<DecodedRecord>;
using Batcher = BasicBatcher<DecodedRecord>;

}  // namespace mgc::consumer
