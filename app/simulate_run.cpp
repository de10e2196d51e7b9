#include "app/simulate_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/progress.hpp"
#include "app/table.hpp"
#include "core/guarded.hpp"
#include "producer/replay/recorder.hpp"
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

Result<std::uint64_t> simulate_into(RunningNode& node, const SimulateFlags& flags,
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
  recording.on_appended = [&node](double s) { node.publish_seconds().observe(s); };
  producer::Recorder recorder(node.outbox(), recording, stop);
  const SteadyTime begun = clock.steady_now();
  std::vector<Bytes> due;
  std::uint64_t recorded = 0;
  // False when stopped.
  const auto record = [&]() -> Result<bool> {
    if (due.empty()) return true;
    auto appended = recorder.append({due});
    if (!appended || !*appended) return appended;
    recorded += due.size();
    due.clear();
    node.relay().notify_appended();
    if (on_progress) on_progress(recorded);
    return true;
  };
  while (!stop.stop_requested() && (flags.events == 0 || recorded + due.size() < flags.events)) {
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
  return recorded;
}

int simulate(Context& context, const NodeFlags& flags, const SimulateFlags& load) {
  auto node = RunningNode::start(flags, context.clock);
  if (!node) return report(node.error());
  std::optional<Result<std::uint64_t>> recorded;
  {
    ProgressBar bar("simulate", context.clock);
    recorded = simulate_into(**node, load, context.clock, context.stop, [&](std::uint64_t done) {
      bar.show(done, load.events, with_commas(done) + " events recorded");
    });
  }
  if (!*recorded) return report(recorded->error());
  const auto finished = (*node)->finish(context.stop, {});
  const auto status = (*node)->outbox().status();
  if (!status) return report(status.error());
  const nlohmann::json document = {{"events", **recorded},
                                   {"recorded", status->recorded},
                                   {"accepted", status->accepted},
                                   {"receipted", status->receipted}};
  print_result(flags.json, document.dump(2),
               two_columns({{"recorded by this run", with_commas(**recorded)},
                            {"recorded in the outbox", with_commas(status->recorded)},
                            {"accepted by the broker", with_commas(status->accepted)},
                            {"committed (receipts)", with_commas(status->receipted)}}));
  return finished ? kExitFine : report(finished.error());
}

}  // namespace mgc::app
