#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/metrics_sources.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using consumer::LaneState;
using consumer::ServiceMetrics;

double unix_seconds(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }

void fill_counters(MetricsPage& page, const ServiceMetrics& service, const MetricLabels& lane) {
  const struct {
    const char* name;
    const char* help;
    const ServiceMetrics::Count& count;
  } counters[] = {
      {"mgc_consume_packs_total", "Packs committed.", service.packs},
      {"mgc_consume_events_total", "Events committed.", service.events},
      {"mgc_consume_duplicates_total", "Packs that were stored already.", service.duplicates},
      {"mgc_consume_dead_letters_total", "Dead letters kept.", service.dead_letters},
      {"mgc_consume_gaps_opened_total", "Gaps that opened.", service.gaps_opened},
      {"mgc_consume_gaps_closed_total", "Gaps that closed.", service.gaps_closed},
      {"mgc_consume_database_retries_total",
       "Calls of the database that failed and were made again.", service.database_retries},
      {"mgc_consume_receipts_sent_total", "Receipts handed to the broker.", service.receipts_sent},
  };
  for (const auto& one : counters) {
    page.counter(one.name, one.help, static_cast<double>(one.count.load()), lane);
  }
}

void fill_batches(MetricsPage& page, const ServiceMetrics& service, const std::string& lane) {
  for (std::size_t i = 0; i < consumer::kClosedByCount; ++i) {
    const std::string why(consumer::to_string(static_cast<consumer::ClosedBy>(i)));
    page.histogram("mgc_consume_batch_events",
                   "Events of the batches committed, by what closed them.",
                   service.batch_events[i].read(), {{"lane", lane}, {"closed_by", why}});
  }
  page.gauge("mgc_consume_batch_events_max", "Most events of the next batch, and why so many.",
             static_cast<double>(service.batch_events_max.load()),
             {{"lane", lane}, {"reason", consumer::to_string(service.batch_size_reason)}});
  page.histogram("mgc_consume_commit_seconds", "Time of the transactions that were committed.",
                 service.commit_seconds.read(), {{"lane", lane}});
}

void fill_state(MetricsPage& page, const ServiceMetrics& service, const MetricLabels& lane) {
  const bool consuming = service.lane == LaneState::consuming;
  const bool held = consuming && service.database.fine();
  page.gauge("mgc_consume_lease_held", "1 in the service that writes the lane, 0 in a standby.",
             held ? 1 : 0, lane);
  page.gauge("mgc_consume_database_answers", "1 while the last call of mgccomp was fine.",
             service.database.fine() ? 1 : 0, lane);
  page.gauge("mgc_consume_broker_open", "1 while the link to the queue is open.",
             consuming && service.broker.fine() ? 1 : 0, lane);
  page.gauge("mgc_consume_last_commit_timestamp_seconds",
             "When a batch was committed last, as Unix time; 0 = not yet.",
             unix_seconds(service.last_commit_at), lane);
  page.gauge("mgc_consume_in_hand_deliveries", "Messages that came and are not accepted.",
             static_cast<double>(std::max<std::int64_t>(service.deliveries_in_hand, 0)), lane);
  page.gauge("mgc_consume_in_hand_bytes", "Bytes of the bodies of those.",
             static_cast<double>(std::max<std::int64_t>(service.bytes_in_hand, 0)), lane);
}

void fill_store(MetricsPage& page, const StoreWatch::Look& look, UtcTime now) {
  page.gauge("mgc_store_look_timestamp_seconds", "When mgc_store_* were read, as Unix time.",
             unix_seconds(to_micros(look.at)));
  for (const auto& lane : look.gauges.lanes) {
    page.gauge("mgc_store_ledger_blocks", "Blocks of the lane's ledger.",
               static_cast<double>(lane.block), {{"lane", lane.name}});
  }
  page.gauge("mgc_store_open_gaps", "Gaps that receipts stay before.",
             static_cast<double>(look.gauges.open_gaps));
  page.gauge("mgc_store_acknowledged_gaps", "Gaps that receipts go past.",
             static_cast<double>(look.gauges.acknowledged_gaps));
  page.gauge("mgc_store_dead_letters", "Dead letters in mgccomp.",
             static_cast<double>(look.gauges.dead_letters));
  for (const auto& node : look.gauges.nodes) {
    const MetricLabels labels = {{"node", node.name}};
    page.gauge("mgc_store_node_stopped", "1 when the node said that it stops.",
               node.stopped ? 1 : 0, labels);
    page.gauge("mgc_store_node_heard_age_seconds",
               "Since the last watermark of the node was stored.",
               std::chrono::duration<double>(now - node.received_at).count(), labels);
  }
}

std::optional<std::string> unhealthy(const ServiceMetrics& service, const Clock& clock) {
  const std::chrono::microseconds seen{service.writer_seen_at.load()};
  const auto silent = clock.steady_now() - SteadyTime(seen);
  if (seen.count() == 0 || silent <= kWriterPatience) return std::nullopt;
  return fmt::format("the writer has made no step for {} s: a call of the database hangs",
                     std::chrono::duration_cast<std::chrono::seconds>(silent).count());
}

std::optional<std::string> unready(ServiceMetrics& service) {
  if (!service.database.fine()) return "mgccomp: " + printable(service.database.why());
  switch (service.lane.load()) {
    case LaneState::starting: return "mgccomp has not answered yet";
    case LaneState::standing_by: return std::nullopt;
    case LaneState::consuming: break;
  }
  if (service.broker.fine()) return std::nullopt;
  const std::string why = service.broker.why();
  return "the queue: " + (why.empty() ? "its link is not open yet" : printable(why));
}

}  // namespace

MetricsSource consume_metrics(std::shared_ptr<ServiceMetrics> service, std::string lane,
                              StoreWatch& store, const Clock& clock) {
  MetricsSource source;
  source.command = "consume";
  source.fill = [service, lane = std::move(lane), &store, &clock](MetricsPage& page) {
    fill_counters(page, *service, {{"lane", lane}});
    fill_batches(page, *service, lane);
    fill_state(page, *service, {{"lane", lane}});
    if (const auto look = store.last()) fill_store(page, *look, clock.utc_now());
  };
  source.unhealthy = [service, &clock] { return unhealthy(*service, clock); };
  source.unready = [service] { return unready(*service); };
  return source;
}

}  // namespace mgc::app
