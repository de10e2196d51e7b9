#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "app/command.hpp"
#include "app/node_run.hpp"
#include "core/result.hpp"
#include "producer/simulate/latency.hpp"

namespace mgc::app {

/// The load of `mgc node simulate`.
struct SimulateFlags {
  std::string profile = "lync-model-1";
  double rate = 0;                ///< events a second; 0 = the profile's own
  std::uint64_t events = 10'000;  ///< how many; 0 = until stopped
  std::uint64_t seed = 1;
};
void add_simulate_flags(CLI::App& command, SimulateFlags& flags);

/// What a load was, and how long it took.
struct SimulatedLoad {
  std::uint64_t recorded = 0;
  producer::Durations appends;                    ///< of each call that recorded
  std::unique_ptr<producer::ReceiptWatch> watch;  ///< goes before the node's relay
};

/// Records the events of the load into `node`, each when it is due; `max` records at once.
/// @errors stop  there is no such profile, or the outbox failed.
[[nodiscard]] Result<SimulatedLoad> simulate_into(
    RunningNode& node, const SimulateFlags& flags, const Clock& clock, std::stop_token stop,
    const std::function<void(std::uint64_t)>& on_progress);

/// `mgc node simulate`.
[[nodiscard]] int simulate(Context& context, const NodeFlags& flags, const SimulateFlags& load);

}  // namespace mgc::app
