// What the pipeline is measured against: each part alone. One JSON document on stdout.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "bench/pipeline/bulk_load.hpp"
#include "bench/pipeline/drop.hpp"
#include "bench/pipeline/publish.hpp"
#include "bench/pipeline/workload.hpp"

namespace mgc::bench {
namespace {

using nlohmann::json;

int fail(const Error& error) {
  std::cerr << error.message << '\n';
  return 1;
}

int print(const json& document) {
  std::cout << document.dump(2) << '\n';
  return 0;
}

int load(const std::string& dsn, const std::string& outbox, std::size_t events_max) {
  const auto packs = read_outbox_packs(outbox);
  if (!packs) return fail(packs.error());
  const auto batches = make_rows(*packs, events_max);
  std::uint64_t events = 0;
  for (const RowBatch& batch : batches) events += batch.events.size();
  const auto took = bulk_load(dsn, batches);
  if (!took) return fail(took.error());
  return print({{"events", events},
                {"packs", packs->size()},
                {"commits", batches.size()},
                {"seconds", took->count()},
                {"events_per_second", static_cast<double>(events) / took->count()}});
}

int drop(const app::BrokerFlags& broker, std::uint64_t events) {
  const auto dropped = drop_all(app::broker_options(broker, "mgc-bench"), broker.address, events);
  if (!dropped) return fail(dropped.error());
  const double seconds = dropped->took.count();
  return print({{"events", dropped->events},
                {"packs", dropped->packs},
                {"seconds", seconds},
                {"events_per_second", static_cast<double>(dropped->events) / seconds}});
}

int publish(const PublishLoad& load) {
  const auto cost = measure_publish(load);
  if (!cost) return fail(cost.error());
  const auto events = static_cast<double>(load.events);
  return print({{"events", load.events},
                {"threads", load.threads},
                {"seconds", cost->took.count()},
                {"events_per_second", events / cost->took.count()},
                {"cpu_us_per_event", cost->cpu.count() * 1e6 / events},
                {"call_ms_p50", static_cast<double>(cost->call_p50.count()) / 1000},
                {"call_ms_p99", static_cast<double>(cost->call_p99.count()) / 1000}});
}

int run(int argc, char** argv) {
  CLI::App app("Each part of the pipeline alone");
  app.require_subcommand(1);
  std::string dsn;
  std::string outbox;
  app::BrokerFlags broker;
  std::uint64_t events = 0;
  std::size_t events_max = 20'000;
  PublishLoad load_of_node;
  auto* a = app.add_subcommand("load", "The engine's own bulk load of the packs of an outbox");
  a->add_option("--mgccomp", dsn, "An empty mgccomp")->required();
  a->add_option("--outbox", outbox, "Whose packs")->required();
  a->add_option("--batch-events-max", events_max, "Events of a transaction")->capture_default_str();
  auto* b = app.add_subcommand("drop", "A consumer that decodes and drops");
  app::add_broker_flags(*b, broker);
  b->add_option("--events", events, "How many to wait for")->required();
  auto* c = app.add_subcommand("publish", "Threads that publish one event a call");
  app::add_broker_flags(*c, broker);
  c->add_option("--outbox", load_of_node.outbox, "The node's durable file")->required();
  c->add_option("--events", load_of_node.events, "How many")->capture_default_str();
  c->add_option("--threads", load_of_node.threads, "Callers at once")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (a->parsed()) return load(dsn, outbox, events_max);
  if (b->parsed()) return drop(broker, events);
  load_of_node.broker = app::broker_options(broker, "mgc-bench");
  load_of_node.address = broker.address;
  return publish(load_of_node);
}

}  // namespace
}  // namespace mgc::bench

int main(int argc, char** argv) { return mgc::bench::run(argc, argv); }
