#include <fmt/format.h>

#include <algorithm>

#include "app/metrics_sources.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using std::chrono::steady_clock;
using transport::QueueCounts;

void fill_addresses(MetricsPage& page, transport::QueueServer& server) {
  for (const transport::AddressStatus& one : server.status()) {
    const MetricLabels address = {{"address", one.address}};
    page.gauge("mgc_queue_messages", "Messages in the queue.", static_cast<double>(one.messages),
               address);
    page.gauge("mgc_queue_bytes", "Bytes of those.", static_cast<double>(one.bytes), address);
    page.gauge("mgc_queue_oldest_age_seconds", "Age of the oldest of those; 0 = there is none.",
               one.oldest_age_seconds, address);
    page.gauge("mgc_queue_consumers", "Links that consume the address.",
               static_cast<double>(one.consumers), address);
  }
}

void fill_counts(MetricsPage& page, const QueueCounts& counts) {
  page.gauge("mgc_queue_connections", "Open connections.", static_cast<double>(counts.connections));
  page.counter("mgc_queue_accepted_total", "Messages that became durable and were accepted.",
               static_cast<double>(counts.accepted));
  page.counter("mgc_queue_released_total",
               "Messages given back to senders because they could not become durable.",
               static_cast<double>(counts.released));
  page.counter("mgc_queue_consumed_total", "Messages that a consumer accepted.",
               static_cast<double>(counts.consumed));
  page.counter("mgc_queue_returned_total", "Messages that a consumer gave back or left.",
               static_cast<double>(counts.returned));
  page.counter("mgc_queue_dead_total", "Messages that a consumer rejected.",
               static_cast<double>(counts.dead));
  page.gauge("mgc_queue_paused", "1 while the disk has no room and senders wait.",
             counts.paused ? 1 : 0);
}

void fill_disk(MetricsPage& page, const transport::QueueServerOptions& options) {
  page.gauge("mgc_queue_address_limit_bytes", "Quota of one address.",
             static_cast<double>(options.address_bytes_max));
  page.gauge("mgc_queue_disk_reserve_bytes", "Free bytes of the disk that messages leave.",
             static_cast<double>(options.disk_reserve_bytes));
  std::error_code unknown;
  const auto space = std::filesystem::space(options.store, unknown);
  if (unknown) return;  // then the metric is absent, which an alert can see
  page.gauge("mgc_queue_disk_free_bytes", "Free bytes of the disk.",
             static_cast<double>(space.available));
}

std::optional<std::string> unhealthy(const QueueCounts& counts, SteadyTime started_at) {
  const SteadyTime now = steady_clock::now();
  if (counts.writing_since && now - *counts.writing_since > kThreadPatience) {
    return "the disk does not answer: one write of the store lasts for more than a minute";
  }
  const auto silent = now - std::max(counts.turned_at, started_at);
  if (silent <= kThreadPatience) return std::nullopt;
  return fmt::format("the server's thread has made no step for {} s",
                     std::chrono::duration_cast<std::chrono::seconds>(silent).count());
}

std::optional<std::string> unready(transport::QueueServer& server, const std::string& file) {
  if (const auto failure = server.failure()) return printable(failure->message);
  if (!server.counts().paused) return std::nullopt;
  return fmt::format("{}: its disk has no room, senders wait", printable(file));
}

}  // namespace

MetricsSource queue_metrics(transport::QueueServer& server,
                            const transport::QueueServerOptions& options) {
  MetricsSource source;
  source.command = "queue";
  source.fill = [&server, options](MetricsPage& page) {
    fill_addresses(page, server);
    fill_counts(page, server.counts());
    fill_disk(page, options);
  };
  source.unhealthy = [&server, started_at = steady_clock::now()] {
    return unhealthy(server.counts(), started_at);
  };
  source.unready = [&server, file = options.store.string()] { return unready(server, file); };
  return source;
}

}  // namespace mgc::app
