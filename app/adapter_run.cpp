#include "app/adapter_run.hpp"

#include <algorithm>

#include "core/backoff.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {
namespace {

constexpr std::chrono::milliseconds kRetryFirst{1'000};
constexpr std::chrono::milliseconds kRetryMax{300'000};
/// Of a long wait, so that it is not taken for a call that hangs.
constexpr std::chrono::seconds kTick{10};

Result<audit::AdapterRun> run_once(audit::Adapter& adapter, const AdapterLoop& loop,
                                   AdapterMetrics& metrics, const Clock& clock,
                                   const std::stop_token& stop) {
  const auto reader = db::ComplianceReader::open(loop.mgccomp);
  if (!reader) return reader.error();
  return adapter.run(
      **reader, [&] { metrics.lives(clock.steady_now()); }, stop);
}

void note_run(AdapterMetrics& metrics, const audit::AdapterRun& run, const Clock& clock) {
  ++metrics.runs;
  metrics.events += run.events;
  metrics.files += run.files;
  metrics.bytes += run.bytes;
  metrics.last_run_at = to_micros(clock.utc_now());
  metrics.work.answered();
  if (run.events > 0) log_info("{} events written, in {} files", run.events, run.files);
}

void wait_until(SteadyTime due, AdapterMetrics& metrics, const Clock& clock,
                const std::stop_token& stop) {
  Guarded<bool> waiting(false);
  const std::stop_callback wake(stop, [&waiting] { waiting.lock().notify_all(); });
  while (!stop.stop_requested() && clock.steady_now() < due) {
    metrics.lives(clock.steady_now());
    waiting.lock().wait_until(std::min<SteadyTime>(due, clock.steady_now() + kTick),
                              [&](bool) { return stop.stop_requested(); });
  }
}

}  // namespace

Result<void> run_adapter(audit::Adapter& adapter, const AdapterLoop& loop, AdapterMetrics& metrics,
                         const Clock& clock, const std::stop_token& stop) {
  Backoff backoff(kRetryFirst, kRetryMax, random_seed());
  while (!stop.stop_requested()) {
    const SteadyTime begun = clock.steady_now();
    metrics.lives(begun);
    const auto run = run_once(adapter, loop, metrics, clock, stop);
    SteadyTime due = begun + loop.run_interval;
    if (run) {
      note_run(metrics, *run, clock);
      backoff.reset();
    } else {
      if (stop.stop_requested()) break;
      if (loop.once) return run.error();
      ++metrics.failures;
      metrics.work.failed(run.error().message);
      const auto delay = backoff.next();
      log_warning("the run has failed and is made again in {} ms: {}", delay.count(),
                  run.error().message);
      due = clock.steady_now() + delay;
    }
    if (loop.once) break;
    wait_until(due, metrics, clock, stop);
  }
  return {};
}

}  // namespace mgc::app
