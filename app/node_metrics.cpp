#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/metrics_sources.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "spool/quota.hpp"

namespace mgc::app {
namespace {

void fill_outbox(MetricsPage& page, const spool::OutboxStatus& outbox, const NodeFlags& flags,
                 UtcTime now) {
  const MetricLabels node = {{"node", outbox.node}};
  page.counter("mgc_node_recorded_events_total", "Events recorded in the outbox's epoch.",
               static_cast<double>(outbox.recorded), node);
  page.counter("mgc_node_accepted_events_total", "Of those, accepted by the broker.",
               static_cast<double>(outbox.accepted), node);
  page.gauge("mgc_node_receipted_events",
             "Of those, committed in mgccomp; goes back when the database does.",
             static_cast<double>(outbox.receipted), node);
  page.gauge("mgc_node_outbox_packs", "Packs without a receipt.",
             static_cast<double>(outbox.waiting_packs), node);
  page.gauge("mgc_node_outbox_bytes", "Bytes of those.", static_cast<double>(outbox.waiting_bytes),
             node);
  page.gauge("mgc_node_outbox_limit_bytes", "Quota of those; then publish() waits.",
             static_cast<double>(flags.quota_bytes), node);
  page.gauge("mgc_node_kept_bytes", "Bytes of packs kept after their receipt.",
             static_cast<double>(outbox.kept_bytes), node);
  const UtcTime oldest = std::min(outbox.oldest_waiting_at.value_or(now), now);
  page.gauge("mgc_node_oldest_unreceipted_age_seconds",
             "Age of the oldest event without a receipt; 0 = there is none.",
             std::chrono::duration<double>(now - oldest).count(), node);
}

void fill(MetricsPage& page, RunningNode& node, const NodeFlags& flags, const Clock& clock) {
  const MetricLabels labels = {{"node", node.name()}};
  const bool open = node.relay().wait_open(clock.steady_now()).has_value();
  page.gauge("mgc_node_broker_open", "1 while both links to the broker are open.", open ? 1 : 0,
             labels);
  page.histogram("mgc_node_publish_seconds", "Time of an append to the outbox, with its fsync.",
                 node.publish_seconds().read(), labels);
  const auto outbox = node.outbox().status();
  if (outbox) {
    fill_outbox(page, *outbox, flags, clock.utc_now());
  } else {
    log_warning("metrics: {}", outbox.error().message);
  }
}

std::optional<std::string> unhealthy(RunningNode& node, const Clock& clock) {
  const auto silent = clock.steady_now() - node.relay().turned_at();
  if (node.relay().failure() || silent <= kThreadPatience) return std::nullopt;
  return fmt::format("the relay has made no step for {} s",
                     std::chrono::duration_cast<std::chrono::seconds>(silent).count());
}

std::optional<std::string> unready(RunningNode& node, const NodeFlags& flags) {
  if (const auto failure = node.relay().failure()) return printable(failure->message);
  const auto outbox = node.outbox().status();
  if (!outbox) return printable(outbox.error().message);
  if (outbox->waiting_bytes >= flags.quota_bytes) {
    return fmt::format("the outbox is full: {} of {} bytes have no receipt", outbox->waiting_bytes,
                       flags.quota_bytes);
  }
  if (const auto full = spool::disk_refusal(node.outbox_file(), flags.disk_reserve_bytes)) {
    return printable(full->message);
  }
  return std::nullopt;
}

}  // namespace

MetricsSource node_metrics(RunningNode& node, const NodeFlags& flags, const Clock& clock) {
  MetricsSource source;
  source.command = "node";
  source.fill = [&](MetricsPage& page) { fill(page, node, flags, clock); };
  source.unhealthy = [&] { return unhealthy(node, clock); };
  source.unready = [&] { return unready(node, flags); };
  return source;
}

}  // namespace mgc::app
