#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::transport {

struct DeclaredQueue {
  std::string address;
  bool made = false;  ///< else it was there, or the broker does not say
};

struct Declared {
  std::string broker;                 ///< "RabbitMQ", "Apache ActiveMQ Artemis", ...
  std::vector<DeclaredQueue> queues;  ///< are there now, durable
  std::string dead_letters;           ///< where what a consumer rejects goes, and who arranges it
};

/// Makes what the pipeline needs for the queue `address`, as far as the broker can do that over
/// AMQP: the queue itself, ADDRESS.dead, and ADDRESS.receipts.NODE for each of `nodes`. Doing it
/// twice changes nothing. What AMQP cannot make (users, permissions, policies) is in deploy/.
///
/// RabbitMQ:  links to /queue/NAME; the login needs configure, and read to say what was there.
/// Artemis:   requests to activemq.management; the login needs manage and send there, and
///            createNonDurableQueue for the answers.
/// @errors reconnect  not reachable. stop  no rights, or a queue of that name that is not durable.
[[nodiscard]] Result<Declared> declare_queues(BrokerOptions broker, std::string_view address,
                                              const std::vector<std::string>& nodes,
                                              std::chrono::milliseconds timeout);

}  // namespace mgc::transport
