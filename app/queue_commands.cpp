#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/host_port.hpp"
#include "app/metrics_sources.hpp"
#include "app/table.hpp"
#include "core/guarded.hpp"
#include "schema/lane.hpp"
#include "transport/queue_declare.hpp"
#include "transport/queue_server.hpp"

namespace mgc::app {
namespace {

struct QueueFlags {
  std::string listen = "127.0.0.1:5672";
  std::string metrics;
  transport::QueueServerOptions server;
  transport::BrokerOptions broker;  // of `status`
  BrokerFlags declared;
  std::uint32_t lanes = 0;
  std::vector<std::string> nodes;
  bool json = false;
};

int serve(Context& context, QueueFlags& flags) {
  const auto listen = parse_host_port("--listen", flags.listen);
  if (!listen) return report(listen.error());
  flags.server.host = listen->host;
  flags.server.port = listen->port;
  auto server = transport::QueueServer::start(flags.server, context.clock);
  if (!server) return report(server.error());
  log_info("queue on {}:{}, stored in {}", flags.server.host, (*server)->port(),
           flags.server.store.string());
  auto metrics = start_metrics(flags.metrics, queue_metrics(**server, flags.server));
  if (!metrics) return report(metrics.error());
  Guarded<bool> waiting(false);
  const std::stop_callback wake(context.stop, [&waiting] { waiting.lock().notify_all(); });
  while (!context.stop.stop_requested()) {
    if (auto failure = (*server)->failure()) {
      (void)report(*failure);
      return kExitUnreachable;
    }
    waiting.lock().wait_until(context.clock.steady_now() + std::chrono::milliseconds{500},
                              [&](bool) { return context.stop.stop_requested(); });
  }
  metrics->reset();
  server->reset();
  log_info("queue closed; what was not consumed stays in {}", flags.server.store.string());
  return kExitFine;
}

int show_status(const QueueFlags& flags) {
  const auto status = transport::read_queue_status(flags.broker, std::chrono::seconds{5});
  if (!status) return report(status.error());
  nlohmann::json json = {{"addresses", nlohmann::json::array()}};
  std::vector<std::vector<std::string>> rows;
  for (const transport::AddressStatus& one : *status) {
    json["addresses"].push_back({{"address", one.address},
                                 {"messages", one.messages},
                                 {"bytes", one.bytes},
                                 {"oldest_age_seconds", one.oldest_age_seconds},
                                 {"consumers", one.consumers}});
    rows.push_back({one.address, with_commas(one.messages), with_commas(one.bytes),
                    fmt::format("{:.1f}", one.oldest_age_seconds), with_commas(one.consumers)});
  }
  print_result(flags.json, json.dump(2),
               table({"address", "messages", "bytes", "oldest s", "consumers"}, rows));
  return kExitFine;
}

/// The queue, or each of its lanes with the nodes that are in it.
Result<transport::Declared> declare_all(const QueueFlags& flags) {
  transport::Declared all;
  for (std::uint32_t lane = 0; lane < std::max(flags.lanes, 1U); ++lane) {
    const std::string address = flags.lanes == 0
                                    ? flags.declared.address
                                    : schema::lane_address(flags.declared.address, lane);
    std::vector<std::string> nodes = flags.nodes;
    std::erase_if(nodes, [&](const std::string& node) {
      return schema::address_of_node(flags.declared.address, node, flags.lanes) != address;
    });
    auto one = transport::declare_queues(broker_options(flags.declared, "mgc-declare"), address,
                                         nodes, std::chrono::seconds{10});
    if (!one) return one.error();
    all.broker = one->broker;
    std::move(one->queues.begin(), one->queues.end(), std::back_inserter(all.queues));
    all.dead_letters += (lane == 0 ? "" : "; ") + one->dead_letters;
  }
  return all;
}

int declare(const QueueFlags& flags) {
  const auto declared = declare_all(flags);
  if (!declared) return report(declared.error());
  nlohmann::json json = {{"broker", declared->broker},
                         {"queues", nlohmann::json::array()},
                         {"dead_letters", declared->dead_letters}};
  std::vector<std::pair<std::string, std::string>> rows = {{"broker", declared->broker}};
  for (const transport::DeclaredQueue& queue : declared->queues) {
    json["queues"].push_back({{"address", queue.address}, {"made", queue.made}});
    rows.emplace_back(queue.made ? "made" : "was there", queue.address);
  }
  rows.emplace_back("dead letters go to", declared->dead_letters);
  print_result(flags.json, json.dump(2), two_columns(rows));
  return kExitFine;
}

}  // namespace

void add_queue_commands(CLI::App& app, Context& context) {
  auto flags = std::make_shared<QueueFlags>();
  CLI::App* queue = app.add_subcommand("queue", "Serve the embedded durable AMQP 1.0 queue");
  queue->require_subcommand(0, 1);
  queue
      ->add_option("--listen", flags->listen,
                   "HOST:PORT; port 0 = any free one; other hosts than loopback need TLS")
      ->capture_default_str();
  queue->add_option("--store", flags->server.store, "The queue's file")->capture_default_str();
  queue
      ->add_option("--address-bytes-max", flags->server.address_bytes_max,
                   "Quota of one address; senders wait beyond it")
      ->capture_default_str();
  queue
      ->add_option("--address-messages-max", flags->server.address_messages_max,
                   "Quota of one address; senders wait beyond it")
      ->capture_default_str();
  queue
      ->add_option("--disk-reserve-bytes", flags->server.disk_reserve_bytes,
                   "Free bytes of the disk that messages leave, so that it can still be emptied")
      ->capture_default_str();
  queue->add_option("--tls-cert", flags->server.tls.certificate,
                    "PEM file of the queue's certificate; its clients then use amqps://");
  queue->add_option("--tls-key", flags->server.tls.key, "PEM file of its key");
  queue->add_option("--tls-client-ca", flags->server.tls.ca,
                    "PEM file of the CAs whose certificates clients have to show");
  add_metrics_flag(*queue, flags->metrics);
  CLI::App* status = queue->add_subcommand("status", "Depth and oldest age of every address");
  add_broker_flags(*status, flags->broker);
  status->add_flag("--json", flags->json, "One JSON document on stdout");
  CLI::App* declare_it = queue->add_subcommand(
      "declare",
      "Make the queue, its dead-letter queue and the receipt queues of nodes, as far as they are\n"
      "missing. Users, permissions and where rejected messages go: see deploy/");
  add_broker_flags(*declare_it, flags->declared);
  add_lanes_flag(*declare_it, flags->lanes);
  declare_it->add_option("--node", flags->nodes, "A node whose receipt queue is made; repeatable");
  declare_it->add_flag("--json", flags->json, "One JSON document on stdout");
  queue->callback([&context, flags, status, declare_it] {
    context.run = [&context, flags, status, declare_it] {
      if (declare_it->parsed()) return declare(*flags);
      return status->parsed() ? show_status(*flags) : serve(context, *flags);
    };
  });
}

}  // namespace mgc::app
