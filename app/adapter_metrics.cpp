#include <fmt/format.h>

#include <chrono>

#include "app/metrics_sources.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

/// A stylesheet may take a minute for each of a slice's files.
constexpr std::chrono::seconds kAdapterPatience{600};

void fill(MetricsPage& page, const AdapterMetrics& adapter) {
  const auto number = [](const AdapterMetrics::Count& count) {
    return static_cast<double>(count.load());
  };
  page.counter("mgc_adapter_runs_total", "Runs that ended.", number(adapter.runs));
  page.counter("mgc_adapter_failures_total", "Runs that failed and are made again.",
               number(adapter.failures));
  page.counter("mgc_adapter_events_total", "Events written.", number(adapter.events));
  page.counter("mgc_adapter_files_total", "Files written.", number(adapter.files));
  page.counter("mgc_adapter_bytes_total", "Bytes of those.", number(adapter.bytes));
  page.gauge("mgc_adapter_failing", "1 when the last run failed.", adapter.work.fine() ? 0 : 1);
  page.gauge("mgc_adapter_last_run_timestamp_seconds",
             "When a run ended last, as Unix time; 0 = not yet.",
             static_cast<double>(adapter.last_run_at.load()) / 1e6);
}

std::optional<std::string> unhealthy(const AdapterMetrics& adapter, const Clock& clock) {
  const std::chrono::microseconds seen{adapter.seen_at.load()};
  const auto silent = clock.steady_now() - SteadyTime(seen);
  if (seen.count() == 0 || silent <= kAdapterPatience) return std::nullopt;
  return fmt::format("the run has made no step for {} s: a call of the database hangs, or a disk",
                     std::chrono::duration_cast<std::chrono::seconds>(silent).count());
}

}  // namespace

MetricsSource adapter_metrics(AdapterMetrics& adapter, const Clock& clock) {
  MetricsSource source;
  source.command = "adapter";
  source.fill = [&adapter](MetricsPage& page) { fill(page, adapter); };
  source.unhealthy = [&adapter, &clock] { return unhealthy(adapter, clock); };
  source.unready = [&adapter]() -> std::optional<std::string> {
    if (adapter.work.fine()) return std::nullopt;
    return printable(adapter.work.why());
  };
  return source;
}

}  // namespace mgc::app
