#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::transport {

struct Declared {
  std::string broker;               ///< "RabbitMQ", "Apache ActiveMQ Artemis", ...
  std::vector<std::string> queues;  ///< are there now, durable
  std::string dead_letters;         ///< where what a consumer rejects goes, and who arranges it
};

/// Makes what the pipeline needs for the queue `address`, as far as the broker can do that over
/// AMQP: the queue itself, ADDRESS.dead, and ADDRESS.receipts.NODE for each of `nodes`. Doing it
/// twice changes nothing.
/// @errors reconnect  not reachable. stop  no rights, or a queue of that name that is not durable.
[[nodiscard]] Result<Declared> declare_queues(BrokerOptions broker, std::string_view address,
                                              const std::vector<std::string>& nodes,
                                              std::chrono::milliseconds timeout);

}  // namespace mgc::transport
