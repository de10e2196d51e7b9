#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "consumer/decode.hpp"
#include "core/clock.hpp"

namespace mgc::consumer {

/// Limits of one database transaction. Zero is a programming error.
struct BatchLimits {
  std::size_t events_max = 20'000;  ///< where COPY and SQLite stop gaining (design.md, mgccomp)
  std::size_t bytes_max = std::size_t{32} * 1024 * 1024;  ///< of pack bodies
  std::chrono::milliseconds age_max{50};  ///< wait of the oldest record while more keeps coming
};

using Batch = std::vector<DecodedRecord>;

/// Groups records into transactions by events, bytes, or age, whichever is first; the writer also
/// takes what is there when nothing more is coming, so that low load never lingers.
///
/// Threads:   one owner (the writer thread); not synchronised.
/// Ownership: holds each record's settlement token; destroying a non-empty Batcher releases them,
///            so the broker redelivers. Nothing is lost.
/// Errors:    none; a record above a limit travels alone.
/// Source:    docs/adr/0003-packs-and-segments.md.
class Batcher final {
 public:
  Batcher(BatchLimits limits, const Clock& clock);

  /// Takes `record`; returns the open batch first if `record` does not fit in it.
  [[nodiscard]] std::optional<Batch> add(DecodedRecord record);
  /// True when the open batch is full or older than `age_max`.
  [[nodiscard]] bool due() const;
  /// When the open batch becomes due by age; nullopt when empty.
  [[nodiscard]] std::optional<SteadyTime> due_at() const;
  /// Returns whatever is open, possibly nothing.
  [[nodiscard]] Batch take();
  [[nodiscard]] bool empty() const { return open_.empty(); }

 private:
  const BatchLimits limits_;
  const Clock& clock_;
  Batch open_;
  std::size_t open_events_ = 0;
  std::size_t open_bytes_ = 0;
  SteadyTime opened_at_{};
};

}  // namespace mgc::consumer
