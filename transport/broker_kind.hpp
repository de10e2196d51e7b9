#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mgc::transport {

/// Brokers that want to be spoken to in their own way; known by what they say of themselves when
/// a connection opens.
enum class BrokerKind : std::uint8_t {
  embedded,  ///< `mgc queue`: any address is a queue
  rabbitmq,  ///< 3.x with the plugin rabbitmq_amqp1_0
  artemis,   ///< Apache ActiveMQ Artemis
  other,     ///< an address is the queue's name
};

/// @param container  the broker's container id. @param product  its property of that name.
[[nodiscard]] BrokerKind broker_kind(std::string_view container, std::string_view product);

/// What a link to the queue `name` is attached to.
///
/// RabbitMQ 3.x: /amq/queue/NAME is the queue itself, and it has to be there. The plain name would
/// declare a queue, which is not durable when it is new and refused when it differs.
/// Source: rabbitmq-server 3.10.8, rabbit_routing_util:parse_endpoint; docs/engines.md.
[[nodiscard]] std::string link_address(BrokerKind kind, std::string_view name);

/// RabbitMQ 3.x declares a queue when a link with a durable terminus is attached to this.
[[nodiscard]] std::string declaring_address(std::string_view name);

/// "There is no queue ...", with the way out.
[[nodiscard]] std::string missing_queue(std::string_view name, std::string_view peer,
                                        std::string_view said);

}  // namespace mgc::transport
