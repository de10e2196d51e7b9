#include "bench/pipeline/publish.hpp"

#include <sys/resource.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "producer/publisher.hpp"
#include "producer/simulate/latency.hpp"
#include "producer/simulate/simulator.hpp"

namespace mgc::bench {
namespace {

constexpr std::size_t kDistinctEvents = 10'000;
constexpr std::chrono::milliseconds kLinger{30'000};

std::chrono::duration<double> cpu_now() {
  rusage used{};
  static_cast<void>(::getrusage(RUSAGE_SELF, &used));  // cannot fail for this process
  const auto seconds = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::vector<schema::Event> make_events(UtcTime start) {
  producer::SimulatorOptions options;
  options.profile = producer::Profile::max;
  options.start = start;
  producer::Simulator simulator(options);
  std::vector<schema::Event> events;
  events.reserve(kDistinctEvents);
  while (events.size() < kDistinctEvents) events.push_back(simulator.next().event);
  return events;
}

struct Outcome {
  producer::Durations calls;
  std::optional<Error> failure;
};

}  // namespace

Result<PublishCost> measure_publish(const PublishLoad& load) {
  const SystemClock clock;
  const std::vector<schema::Event> events = make_events(clock.utc_now());
  producer::PublisherOptions options;
  options.node = "bench";
  options.outbox = load.outbox;
  options.broker = load.broker;
  options.address = load.address;
  auto publisher = producer::Publisher::open(std::move(options));
  if (!publisher) return publisher.error();
  Guarded<Outcome> outcome;
  std::atomic<std::uint64_t> next{0};
  const auto publish = [&] {
    Outcome
        own;  // a lock that all of them take after each call would be a part of what is measured
    for (std::uint64_t i = next++; i < load.events && !own.failure; i = next++) {
      const SteadyTime called = clock.steady_now();
      const auto published = (*publisher)->publish(events[i % events.size()]);
      own.calls.add(
          std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - called));
      if (!published) own.failure = published.error();
    }
    auto all = outcome.lock();
    all->calls.add(own.calls);
    if (own.failure) all->failure = own.failure;
  };
  const SteadyTime begun = clock.steady_now();
  const auto cpu_before = cpu_now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < load.threads; ++i) threads.emplace_back(publish);
  }
  PublishCost cost{clock.steady_now() - begun, cpu_now() - cpu_before, {}, {}};
  (*publisher)->close(kLinger);
  auto shared = outcome.lock();
  if (shared->failure) return *shared->failure;
  cost.call_p50 = shared->calls.quantile(0.5);
  cost.call_p99 = shared->calls.quantile(0.99);
  return cost;
}

}  // namespace mgc::bench
