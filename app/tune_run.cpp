#include "app/tune_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "consumer/service.hpp"
#include "db/scratch_store.hpp"
#include "producer/relay.hpp"
#include "producer/simulate/latency.hpp"
#include "producer/simulate/simulator.hpp"
#include "schema/event_view.hpp"
#include "spool/outbox.hpp"

namespace mgc::app {
namespace {

constexpr const char* kNode = "tune";
constexpr std::uint64_t kBatchesOnTheWay = 4;
constexpr std::chrono::milliseconds kTick{50};
constexpr std::chrono::seconds kLastReceipt{30};
constexpr std::chrono::seconds kFirstAnswer{10};

/// A service in a thread, which ends with it.
class ServiceThread {
 public:
  ServiceThread(consumer::ServiceOptions options, const Clock& clock)
      : options_(std::move(options)), thread_([this, &clock](std::stop_token stop) {
          outcome_ = consumer::run_service(options_, clock, stop, {});
          ended_ = true;
        }) {}
  /// What it returned, once it has ended.
  [[nodiscard]] std::optional<Error> failure() const {
    if (!ended_ || outcome_->has_value()) return std::nullopt;
    return outcome_->error();
  }

 private:
  const consumer::ServiceOptions options_;
  std::optional<Result<consumer::Totals>> outcome_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: it uses everything above
};

/// A node that records into its outbox as long as little is on the way.
class Load {
 public:
  Load(spool::Outbox& outbox, producer::Relay& relay, std::uint64_t on_the_way_max,
       std::size_t append_events, const Clock& clock)
      : outbox_(outbox),
        relay_(relay),
        on_the_way_max_(on_the_way_max),
        append_events_(append_events),
        clock_(clock),
        watch_(relay, clock) {}

  /// One append, or a wait until there is room for one.
  Result<void> step() {
    const std::uint64_t last = outbox_.last().sequence;
    if (last - relay_.receipted().sequence + append_events_ > on_the_way_max_) {
      spool::Position room = outbox_.last();
      room.sequence -= on_the_way_max_ - append_events_;
      relay_.wait_receipted(room, clock_.steady_now() + kTick);
      return {};
    }
    std::vector<Bytes> events;
    events.reserve(append_events_);
    while (events.size() < append_events_) {
      auto wire = schema::encode_event(simulator_.next().event);
      if (!wire) return wire.error();
      events.push_back(std::move(*wire));
    }
    const SteadyTime called = clock_.steady_now();
    auto appended = outbox_.append({events});
    if (!appended) return appended.error();
    watch_.appended(outbox_.last(), append_events_, called);
    relay_.notify_appended();
    return {};
  }
  [[nodiscard]] producer::Durations committed() { return watch_.committed(); }

 private:
  spool::Outbox& outbox_;
  producer::Relay& relay_;
  const std::uint64_t on_the_way_max_;
  const std::size_t append_events_;
  const Clock& clock_;
  producer::Simulator simulator_{{.profile = producer::Profile::max}};
  producer::ReceiptWatch watch_;
};

consumer::ServiceOptions service_options(const TuneOptions& options, const TunePoint& point,
                                         const std::string& mgccomp) {
  consumer::ServiceOptions service;
  service.broker = options.broker;
  service.broker.client += "-service";
  service.address = options.address;
  service.mgccomp = mgccomp;
  service.batch.events_max = point.batch_events;
  service.commit_p99_target = std::chrono::milliseconds{0};
  return service;
}

Result<TuneResult> run_load(const TuneOptions& options, TunePoint point, spool::Outbox& outbox,
                            producer::Relay& relay, const ServiceThread& service,
                            const Clock& clock, std::stop_token stop) {
  const std::size_t append_events = std::max<std::size_t>(point.pack_events, 200);
  Load load(outbox, relay,
            std::max<std::uint64_t>(kBatchesOnTheWay * point.batch_events, 2 * append_events),
            append_events, clock);
  const SteadyTime begun = clock.steady_now();
  while (clock.steady_now() < begun + options.duration) {
    if (stop.stop_requested()) return Error{Action::retry, "stopped"};
    if (auto failure = relay.failure()) return *failure;
    if (auto failure = service.failure()) return *failure;
    if (auto done = load.step(); !done) return done.error();
  }
  if (!relay.wait_receipted(outbox.last(), clock.steady_now() + kLastReceipt)) {
    return Error{Action::stop, "not everything that was recorded got its receipt"};
  }
  const std::chrono::duration<double> took = clock.steady_now() - begun;
  const producer::Durations committed = load.committed();
  return TuneResult{point, static_cast<double>(outbox.last().sequence) / took.count(),
                    committed.quantile(0.5), committed.quantile(0.99)};
}

}  // namespace

Result<TuneResult> measure_point(const TuneOptions& options, TunePoint point, const Clock& clock,
                                 std::stop_token stop) {
  auto store = db::ScratchStore::make(options.mgccomp, clock);
  if (!store) return store.error();
  const std::filesystem::path file =
      options.directory / fmt::format("tune-{}-{}.outbox", point.pack_events, point.batch_events);
  spool::OutboxOptions spooling;
  spooling.file = file;
  spooling.node = kNode;
  spooling.keep_for = std::chrono::seconds{0};
  spooling.pack_events_max = point.pack_events;
  auto outbox = spool::Outbox::open(std::move(spooling), clock);
  if (!outbox) return outbox.error();
  producer::RelayOptions relaying;
  relaying.broker = options.broker;
  relaying.broker.client += "-node";
  relaying.address = options.address;
  relaying.node = kNode;
  auto relay = producer::Relay::start(**outbox, std::move(relaying), clock);
  if (!relay) return relay.error();
  if (auto open = (*relay)->wait_open(clock.steady_now() + kFirstAnswer); !open) {
    return open.error();
  }
  const ServiceThread service(service_options(options, point, (*store)->dsn()), clock);
  return run_load(options, point, **outbox, **relay, service, clock, stop);
}

}  // namespace mgc::app
