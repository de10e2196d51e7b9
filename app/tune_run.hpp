#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::app {

/// One pair of settings that is measured.
struct TunePoint {
  std::uint32_t pack_events = 0;   ///< at most in a pack of the node
  std::uint32_t batch_events = 0;  ///< at most in a transaction of the service
};

/// What the pipeline did with it.
struct TuneResult {
  TunePoint point;
  double events_per_second = 0;  ///< recorded and committed, beside each other
  std::chrono::microseconds committed_p50{0};
  std::chrono::microseconds committed_p99{0};  ///< from recording until the node knows
};

struct TuneOptions {
  transport::BrokerOptions broker;
  std::string address;              ///< a queue that nobody else uses
  std::string mgccomp;              ///< beside which scratch stores are made
  std::filesystem::path directory;  ///< for outboxes
  std::chrono::seconds duration{5};
};

/// Runs a node and a service beside each other, on a scratch store, for `duration`. The node
/// records as fast as it can, but never has more on the way than four batches: what is measured is
/// how long the pipeline takes for an event, not how long a queue it can grow.
/// @errors those of the broker, the database and the outbox. retry  `stop` was requested.
[[nodiscard]] Result<TuneResult> measure_point(const TuneOptions& options, TunePoint point,
                                               const Clock& clock, std::stop_token stop);

}  // namespace mgc::app
