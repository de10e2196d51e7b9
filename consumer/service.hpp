#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "consumer/batcher.hpp"
#include "consumer/service_metrics.hpp"
#include "consumer/writer.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::consumer {

struct ServiceOptions {
  transport::BrokerOptions broker;
  std::string address = "compliance";  ///< the queue; also the lane's name
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string mgc;    ///< the chat database, for names that events lack; empty = none is asked
  BatchLimits batch;  ///< `events_max` is what batches may grow to
  /// Of the 99th percentile of commits, which the size of batches is held to (batch_tuner.hpp); 0:
  /// every batch may have `batch.events_max` events.
  std::chrono::milliseconds commit_p99_target{100};
  std::uint32_t credit_max = 4'000;                         ///< deliveries in the process
  std::size_t credit_bytes = std::size_t{8} * 1024 * 1024;  ///< of them, or one that is larger
  std::chrono::seconds lease{15};
  std::optional<std::chrono::seconds> until_idle;  ///< stop when nothing has come for so long
  std::chrono::milliseconds crashed_look{10'000};  ///< between two looks for nodes that crashed
  std::chrono::milliseconds duties_look{2'000};    ///< as that, for what was done with the record
  std::shared_ptr<ServiceMetrics> metrics = std::make_shared<ServiceMetrics>();
  db::SegmentLimits segments;
  std::uint64_t unsealed_max = 32;  ///< full segments that wait for their indexes under load
  std::chrono::milliseconds segments_look{500};  ///< between two looks for what they need
};

/// The compliance service: intake, decode, batch, write, settle, receipt.
///
/// Order of truth: COMMIT acknowledged, then the deliveries are accepted, then the receipts go out.
/// Returns when `stop` is requested, or when idle for `until_idle`: credit is stopped, what is in
/// hand is committed and settled, the lane is left. Takes under 10 seconds.
///
/// Threads: runs the writer on the calling thread; `on_batch` is called on it after each batch.
/// Errors:  reconnect  the broker could not be reached at the start.
///          stop       the database cannot be used, or failed in a way that waiting does not mend;
///                     what was not committed stays in the queue.
/// Source:  docs/architecture.md, docs/threads.md.
[[nodiscard]] Result<Totals> run_service(const ServiceOptions& options, const Clock& clock,
                                         std::stop_token stop,
                                         const std::function<void(const Totals&)>& on_batch);

}  // namespace mgc::consumer
