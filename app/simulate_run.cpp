#include "app/simulate_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/progress.hpp"
#include "app/table.hpp"
#include "core/guarded.hpp"
#include "producer/replay/recorder.hpp"
#include "producer/simulate/latency.hpp"
#include "producer/simulate/simulator.hpp"
#include "schema/event_view.hpp"

namespace mgc::app {
namespace {

// Events that are recorded with one fsync when many are due at once.
constexpr std::size_t kBatchEvents = 2'000;

/// Waits until `due` or a stop; false when stopped.
bool wait_until(SteadyTime due, std::stop_token stop) {
  Guarded<bool> waiting(false);
  const std::stop_callback wake(stop, [&waiting] { waiting.lock().notify_all(); });
  return !waiting.lock().wait_until(due, [&](bool) { return stop.stop_requested(); });
}

double as_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

int print_simulated(spool::Outbox& outbox, SimulatedLoad& load, std::chrono::duration<double> took,
                    bool as_json) {
  const auto status = outbox.status();
  if (!status) return report(status.error());
  const producer::Durations committed = load.watch->committed();
  const double rate = took.count() > 0 ? static_cast<double>(load.recorded) / took.count() : 0;
  const nlohmann::json document = {{"events", load.recorded},
                                   {"recorded", status->recorded},
                                   {"accepted", status->accepted},
                                   {"receipted", status->receipted},
                                   {"seconds", took.count()},
                                   {"events_per_second", rate},
                                   {"append_ms_p50", as_ms(load.appends.quantile(0.5))},
                                   {"append_ms_p99", as_ms(load.appends.quantile(0.99))},
                                   {"committed_events", committed.count()},
                                   {"committed_ms_p50", as_ms(committed.quantile(0.5))},
                                   {"committed_ms_p99", as_ms(committed.quantile(0.99))}};
  std::vector<std::pair<std::string, std::string>> rows = {
      {"recorded by this run", with_commas(load.recorded)},
      {"events a second", with_commas(static_cast<std::uint64_t>(rate))},
      {"recorded in the outbox", with_commas(status->recorded)},
      {"accepted by the broker", with_commas(status->accepted)},
      {"committed (receipts)", with_commas(status->receipted)}};
  if (committed.count() > 0) {
    rows.emplace_back("recorded to committed, p50 and p99",
                      fmt::format("{} ms, {} ms", as_ms(committed.quantile(0.5)),
                                  as_ms(committed.quantile(0.99))));
  }
  print_result(as_json, document.dump(2), two_columns(rows));
  return kExitFine;
}

}  // namespace

void add_simulate_flags(CLI::App& command, SimulateFlags& flags) {
  command
      .add_option("--profile", flags.profile,
                  "lync-model-1, lync-model-2 (capacity models), storm (everybody signs in again) "
                  "or max (posts without a pause)")
      ->capture_default_str();
  command.add_option("--rate", flags.rate, "Events a second; 0 = as the profile says")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--events", flags.events, "How many events; 0 = until stopped")
      ->capture_default_str();
  command.add_option("--seed", flags.seed, "The same seed gives the same events")
      ->capture_default_str();
}

Result<SimulatedLoad> simulate_into(RunningNode& node, const SimulateFlags& flags,
                                    const Clock& clock, std::stop_token stop,
                                    const std::function<void(std::uint64_t)>& on_progress) {
  const auto profile = producer::profile_from_name(flags.profile);
  if (!profile) {
    return Error{Action::stop, fmt::format("--profile {}: lync-model-1, lync-model-2, storm or max "
                                           "is wanted",
                                           flags.profile)};
  }
  const bool paced = *profile != producer::Profile::max || flags.rate > 0;
  producer::Simulator simulator({*profile, flags.rate, flags.seed, clock.utc_now()});
  producer::Recorder::Options recording;
  recording.hopeless = [&node] { return node.relay().failure(); };
  SimulatedLoad load;
  recording.on_appended = [&](double seconds) {
    node.publish_seconds().observe(seconds);
    load.appends.add(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::duration<double>(seconds)));
  };
  producer::Recorder recorder(node.outbox(), recording, stop);
  const SteadyTime begun = clock.steady_now();
  std::vector<Bytes> due;
  load.watch = std::make_unique<producer::ReceiptWatch>(node.relay(), clock);
  // False when stopped.
  const auto record = [&]() -> Result<bool> {
    if (due.empty()) return true;
    const SteadyTime called = clock.steady_now();
    auto appended = recorder.append({due});
    if (!appended || !*appended) return appended;
    load.watch->appended(node.outbox().last(), due.size(), called);
    load.recorded += due.size();
    due.clear();
    node.relay().notify_appended();
    if (on_progress) on_progress(load.recorded);
    return true;
  };
  while (!stop.stop_requested() &&
         (flags.events == 0 || load.recorded + due.size() < flags.events)) {
    const producer::SimulatedEvent next = simulator.next();
    const bool wait = paced && begun + next.due > clock.steady_now();
    if (wait || due.size() == kBatchEvents) {
      auto written = record();
      if (!written) return written.error();
      if (!*written || (wait && !wait_until(begun + next.due, stop))) break;
    }
    auto wire = schema::encode_event(next.event);
    if (!wire) return wire.error();
    due.push_back(std::move(*wire));
  }
  if (auto written = record(); !written) return written.error();
  return load;
}

int simulate(Context& context, const NodeFlags& flags, const SimulateFlags& load) {
  auto node = RunningNode::start(flags, context.clock);
  if (!node) return report(node.error());
  const SteadyTime begun = context.clock.steady_now();
  std::optional<Result<SimulatedLoad>> simulated;
  {
    ProgressBar bar("simulate", context.clock);
    simulated = simulate_into(**node, load, context.clock, context.stop, [&](std::uint64_t done) {
      bar.show(done, load.events, with_commas(done) + " events recorded");
    });
  }
  if (!*simulated) return report(simulated->error());
  const auto finished = (*node)->finish(context.stop, {});
  const std::chrono::duration<double> took = context.clock.steady_now() - begun;
  const int printed = print_simulated((*node)->outbox(), **simulated, took, flags.json);
  if (printed != kExitFine) return printed;
  return finished ? kExitFine : report(finished.error());
}

}  // namespace mgc::app
