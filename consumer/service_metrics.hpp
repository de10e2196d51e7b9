#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "consumer/batch_tuner.hpp"
#include "consumer/batcher.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/metrics.hpp"
#include "db/compliance_store.hpp"

namespace mgc::consumer {

/// Why a batch was closed.
enum class ClosedBy : std::uint8_t {
  events,    ///< full: no more events, or the next pack would have been too many
  bytes,     ///< full by bytes
  age,       ///< its oldest record had waited long enough
  idle,      ///< nothing more was coming
  suspect,   ///< a suspect came, or it is one (trials.hpp)
  stopping,  ///< the service ends
};
inline constexpr std::size_t kClosedByCount = 6;
/// "events", "bytes", ...
[[nodiscard]] std::string_view to_string(ClosedBy why);
[[nodiscard]] std::size_t events_of(const Batch& batch);
/// Which limit made a batch due.
[[nodiscard]] ClosedBy why_due(const Batch& batch, const BatchLimits& limits);

enum class LaneState : std::uint8_t {
  starting,     ///< the database has not answered yet
  standing_by,  ///< another service has the lane
  consuming,    ///< it is ours
};

/// Whether a part that others are asked for answers, and if not, why. Usually one atomic read.
///
/// Threads: any.
class Answering {
 public:
  explicit Answering(bool fine) : fine_(fine) {}
  void answered() {
    if (fine_.exchange(true)) return;
    *why_.lock() = {};
  }
  void failed(std::string_view why) {
    *why_.lock() = why;
    fine_ = false;
  }
  [[nodiscard]] bool fine() const { return fine_; }
  /// Of the last failure; empty while fine.
  [[nodiscard]] std::string why() { return *why_.lock(); }

 private:
  std::atomic<bool> fine_;
  Guarded<std::string> why_;
};

/// What a compliance service has counted since its start, and how it is now: plain numbers that
/// others read at any time. The service pays a few atomic additions for a batch.
///
/// Threads: any. Ownership: shared by the service and by whoever reads it.
struct ServiceMetrics {
  using Count = std::atomic<std::uint64_t>;

  Count packs = 0, events = 0;
  Count duplicates = 0;  ///< packs that were stored already
  Count dead_letters = 0;
  Count gaps_opened = 0, gaps_closed = 0;
  Count database_retries = 0;  ///< calls of the database that failed and were made again
  Count receipts_sent = 0;
  /// Of each ClosedBy: the events of the batches.
  std::array<Histogram, kClosedByCount> batch_events;
  Histogram commit_seconds{growing_bounds(0.001, 2, 15)};  ///< transactions that were stored

  Count batch_events_max = 0;  ///< what the next batch may have, and why so many
  std::atomic<BatchSizeReason> batch_size_reason = BatchSizeReason::start;

  /// Messages that the process holds and has not accepted, and the bytes of their bodies.
  std::atomic<std::int64_t> deliveries_in_hand = 0, bytes_in_hand = 0;

  std::atomic<LaneState> lane = LaneState::starting;
  std::atomic<std::int64_t> last_commit_at = 0;  ///< UTC microseconds; 0 = none yet
  std::atomic<std::int64_t> writer_seen_at = 0;  ///< steady microseconds; 0 = not yet
  Answering database{true};
  Answering broker{false};  ///< nobody has looked at its link yet

  ServiceMetrics();
  /// A batch of so many events is stored, settled and receipted.
  void note_batch(ClosedBy why, std::size_t events_in_it, const db::CommitCounts& counts,
                  UtcTime now);
  /// The writer's thread makes progress.
  void writer_lives(SteadyTime now) {
    writer_seen_at =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  }
};

}  // namespace mgc::consumer
