#include "app/checkpoint_watch.hpp"

#include "app/metrics_sources.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

void fill(MetricsPage& page, const CheckpointWatch::State& state) {
  page.counter("mgc_checkpoint_signed_total", "Checkpoints that this process signed.",
               static_cast<double>(state.checkpoints));
  page.counter("mgc_checkpoint_failures_total",
               "Rounds that could not be ended; they are tried "
               "again.",
               static_cast<double>(state.failures));
  if (state.checked_at) {
    page.gauge("mgc_checkpoint_checked_timestamp_seconds",
               "When the ledger was last found to continue its last checkpoint.",
               static_cast<double>(to_micros(*state.checked_at)) / 1e6);
  }
  for (const audit::SignedLane& lane : state.lanes) {
    const MetricLabels labels = {{"lane", lane.lane}};
    page.gauge("mgc_checkpoint_number", "The lane's last checkpoint.",
               static_cast<double>(lane.number), labels);
    page.gauge("mgc_checkpoint_events", "Events of the lane that it is of.",
               static_cast<double>(lane.events), labels);
  }
}

}  // namespace

void CheckpointWatch::note_round(const Result<audit::SignReport>& round) {
  auto state = state_.lock();
  state->moved_at = clock_.steady_now();
  if (!round) {
    ++state->failures;
    if (state->failure != round.error().message) {
      log_warning("nothing was signed, it is tried again: {}", round.error().message);
    }
    state->failure = round.error().message;
    return;
  }
  state->failure.clear();
  state->checked_at = clock_.utc_now();
  state->lanes = round->lanes;
  for (const audit::SignedLane& lane : round->lanes) {
    if (!lane.is_new) continue;
    ++state->checkpoints;
    log_info("checkpoint {} of lane {}: {} events", lane.number, lane.lane, lane.events);
  }
}

MetricsSource checkpoint_metrics(std::shared_ptr<CheckpointWatch> watch, std::chrono::seconds every,
                                 const Clock& clock) {
  MetricsSource source;
  source.command = "audit checkpoint";
  source.fill = [watch](MetricsPage& page) { fill(page, watch->state()); };
  source.unhealthy = [watch, every, &clock]() -> std::optional<std::string> {
    const auto silent = clock.steady_now() - watch->state().moved_at;
    if (silent <= every + kWriterPatience) return std::nullopt;
    return fmt::format("no round has made a step for {} s",
                       std::chrono::duration_cast<std::chrono::seconds>(silent).count());
  };
  source.unready = [watch]() -> std::optional<std::string> {
    const auto state = watch->state();
    if (!state.failure.empty()) return printable(state.failure);
    if (!state.checked_at) return "the first round has not ended";
    return std::nullopt;
  };
  return source;
}

}  // namespace mgc::app
