#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "audit/adapter.hpp"
#include "consumer/service_metrics.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// What an adapter has done since its start. Threads: any.
struct AdapterMetrics {
  using Count = std::atomic<std::uint64_t>;

  Count runs = 0, failures = 0;  ///< runs that ended, and those that failed and are made again
  Count events = 0, files = 0, bytes = 0;
  std::atomic<std::int64_t> last_run_at = 0;  ///< UTC microseconds; 0 = none has ended yet
  std::atomic<std::int64_t> seen_at = 0;      ///< steady microseconds: it made a step, or waited
  consumer::Answering work{true};             ///< whether the last run was fine, and why not

  void lives(SteadyTime now) {
    seen_at = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  }
};

struct AdapterLoop {
  std::string mgccomp;
  std::chrono::seconds run_interval{900};
  bool once = false;  ///< one run, which is not made again
};

/// Makes a run every interval, counted from the beginning of the one before; one that failed is
/// made again after a second, then after longer and longer, up to five minutes. Until `stop`.
/// @errors of the run, with `once`.
[[nodiscard]] Result<void> run_adapter(audit::Adapter& adapter, const AdapterLoop& loop,
                                       AdapterMetrics& metrics, const Clock& clock,
                                       const std::stop_token& stop);

}  // namespace mgc::app
