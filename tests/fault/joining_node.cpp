// A chat server whose rooms are full: lets people join, waits until all of that is stored, says
// "joined", and goes on until SIGTERM, at which it lets everybody part and stops cleanly. Killed,
// it leaves them joined.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "producer/publisher.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::test {
namespace {

constexpr std::size_t kRooms = 5;
constexpr std::chrono::seconds kPatience{30};

/// Person `number` enters or leaves a room; people come back under the same address.
schema::Event moves(schema::EventKind kind, std::size_t number) {
  auto event = chat_event("");
  event.kind = kind;
  event.occurred_at = SystemClock().utc_now();
  event.chat_id = 0;
  event.room = schema::Room{"ma-chan://example.org/room-" + std::to_string(number % kRooms), ""};
  const std::string name = "person-" + std::to_string(number / kRooms);
  event.actor = schema::Person{"sip:" + name + "@example.org", name, "", false};
  return event;
}

bool publish(producer::Publisher& publisher, schema::EventKind kind, std::size_t people) {
  std::vector<schema::Event> events;
  for (std::size_t i = 0; i < people; ++i) events.push_back(moves(kind, i));
  const auto published = publisher.publish(events);
  if (!published) std::fprintf(stderr, "%s\n", published.error().message.c_str());
  return published.has_value();
}

int run(const producer::PublisherOptions& options, std::size_t people) {
  auto publisher = producer::Publisher::open(options);
  if (!publisher) {
    std::fprintf(stderr, "%s\n", publisher.error().message.c_str());
    return 1;
  }
  if (!publish(**publisher, schema::EventKind::join, people)) return 1;
  if (!(*publisher)->wait_receipted(kPatience)) return 1;
  std::puts("joined");
  std::fflush(stdout);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int caught = 0;
  sigwait(&signals, &caught);
  if (!publish(**publisher, schema::EventKind::part, people)) return 1;
  (*publisher)->close(std::chrono::milliseconds{10'000});
  return 0;
}

}  // namespace
}  // namespace mgc::test

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  CLI::App app("A chat server whose rooms are full");
  mgc::producer::PublisherOptions options;
  std::size_t people = 10;
  app.add_option("--node", options.node)->required();
  app.add_option("--outbox", options.outbox)->required();
  app.add_option("--broker", options.broker.url)->required();
  app.add_option("--people", people);
  CLI11_PARSE(app, argc, argv);
  options.receipt_wait = std::chrono::seconds{2};
  options.watermark_interval = std::chrono::seconds{1};
  mgc::start_log(mgc::LogLevel::info);
  return mgc::test::run(options, people);
}
