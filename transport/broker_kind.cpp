#include "transport/broker_kind.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "transport/queue_server.hpp"

namespace mgc::transport {
namespace {

/// RabbitMQ splits addresses at '/', and takes what follows '%' for the hexadecimal digits of a
/// byte.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '/' || c == '%') {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

BrokerKind broker_kind(std::string_view container, std::string_view product) {
  if (container == kQueueContainer) return BrokerKind::embedded;
  if (product == "RabbitMQ") return BrokerKind::rabbitmq;
  if (product == "apache-activemq-artemis") return BrokerKind::artemis;
  return BrokerKind::other;
}

std::string link_address(BrokerKind kind, std::string_view name) {
  if (kind == BrokerKind::rabbitmq) return "/amq/queue/" + escaped(name);
  return std::string(name);
}

std::string declaring_address(std::string_view name) { return "/queue/" + escaped(name); }

std::string missing_queue(std::string_view name, std::string_view peer, std::string_view said) {
  return fmt::format(
      "there is no queue '{0}' at {1}; make it with `mgc queue declare --address {0}`, and the "
      "same --broker flags ({2})",
      printable(name), peer, printable(said));
}

}  // namespace mgc::transport
