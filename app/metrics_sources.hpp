#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "app/adapter_run.hpp"
#include "app/checkpoint_watch.hpp"
#include "app/metrics_server.hpp"
#include "app/node_run.hpp"
#include "app/store_watch.hpp"
#include "consumer/service_metrics.hpp"
#include "core/clock.hpp"
#include "transport/queue_server.hpp"

namespace mgc::app {

/// How long a thread may make no progress before /healthz says so. A call of a database may last
/// longer than one of a local file.
inline constexpr std::chrono::seconds kWriterPatience{120};
inline constexpr std::chrono::seconds kThreadPatience{60};

/// The metrics of each command that runs for long. What is passed by reference outlives the source.
[[nodiscard]] MetricsSource consume_metrics(std::shared_ptr<consumer::ServiceMetrics> service,
                                            std::string lane, StoreWatch& store,
                                            const Clock& clock);
[[nodiscard]] MetricsSource adapter_metrics(AdapterMetrics& adapter, const Clock& clock);
[[nodiscard]] MetricsSource queue_metrics(transport::QueueServer& server,
                                          const transport::QueueServerOptions& options);
[[nodiscard]] MetricsSource node_metrics(RunningNode& node, const NodeFlags& flags,
                                         const Clock& clock);
[[nodiscard]] MetricsSource checkpoint_metrics(std::shared_ptr<CheckpointWatch> watch,
                                               std::chrono::seconds every, const Clock& clock);

}  // namespace mgc::app
