#include "transport/broker_kind.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "transport/queue_server.hpp"

namespace mgc::transport {
namespace {

/// RabbitMQ splits addresses at '/', and knows the one escape %2F.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '/') {
      text += "%2F";
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
  constexpr std::string_view kReceipts = ".receipts.";  // schema::receipt_address()
  std::string flags = fmt::format("--address {}", printable(name));
  if (const auto at = name.find(kReceipts); at != std::string_view::npos) {
    flags = fmt::format("--address {} --node {}", printable(name.substr(0, at)),
                        printable(name.substr(at + kReceipts.size())));
  }
  return fmt::format(
      "there is no queue '{}' at {}; make it with `mgc queue declare {}` and the same --broker "
      "flags ({})",
      printable(name), peer, flags, printable(said));
}

}  // namespace mgc::transport
