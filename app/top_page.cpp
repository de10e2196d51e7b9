#include "app/top_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "app/table.hpp"
#include "app/watched_metrics.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string count(std::optional<double> value) {
  if (!value || !(*value >= 0) || *value > 1e18) return "-";
  return with_commas(static_cast<std::uint64_t>(std::llround(*value)));
}
std::string tenths(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{:.1f}", *value) : "-";
}
std::string bytes(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return "-";
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  double scaled = *value;
  for (; scaled >= 1024 && unit + 1 < std::size(kUnits); ++unit) scaled /= 1024;
  return fmt::format("{:.{}f} {}", scaled, unit == 0 ? 0 : 1, kUnits[unit]);
}
std::string milliseconds(std::optional<double> seconds) {
  return seconds && std::isfinite(*seconds) ? fmt::format("{:.1f}", *seconds * 1000) : "-";
}
bool is_one(std::optional<double> value) { return value && *value == 1; }

/// Which reasons closed most events since the last look, or since the start.
std::string closed_by(const WatchedMetrics& metrics, const std::string& lane) {
  std::string most = "-";
  double largest = 0;
  for (const MetricSample* one : metrics.all("mgc_consume_batch_events_count", "lane", lane)) {
    const auto found = one->labels.find("closed_by");
    const double batches = metrics.grown(*one).value_or(one->value);
    if (found == one->labels.end() || batches <= largest) continue;
    largest = batches;
    most = printable(found->second);
  }
  return most;
}

void add_services(const WatchedMetrics& metrics, const std::string& url, Rows& rows) {
  for (const MetricSample* held : metrics.all("mgc_consume_lease_held")) {
    const std::string lane = label(*held, "lane");
    const auto of = [&](std::string_view name) { return metrics.value(name, "lane", lane); };
    const auto rate = [&](std::string_view name) { return metrics.rate(name, "lane", lane); };
    const auto commit = [&](double part) {
      return metrics.quantile("mgc_consume_commit_seconds", "lane", lane, part);
    };
    rows.push_back({url, printable(lane),
                    !is_one(metrics.value("mgc_ready")) ? "not ready"
                    : held->value == 1                  ? "consuming"
                                                        : "standby",
                    count(rate("mgc_consume_events_total")),
                    tenths(metrics.rate("mgc_consume_commit_seconds_count", "lane", lane)),
                    closed_by(metrics, lane), milliseconds(commit(0.5)), milliseconds(commit(0.99)),
                    count(of("mgc_consume_in_hand_deliveries")),
                    count(of("mgc_consume_database_retries_total")),
                    count(metrics.value("mgc_store_ledger_blocks", "lane", lane))});
  }
}

void add_addresses(const WatchedMetrics& metrics, const std::string& url, Rows& rows) {
  if (!metrics.value("mgc_queue_connections")) return;
  const std::string state = is_one(metrics.value("mgc_ready")) ? "serving" : "not ready";
  const std::string in = count(metrics.rate("mgc_queue_accepted_total"));
  const std::string out = count(metrics.rate("mgc_queue_consumed_total"));
  const auto addresses = metrics.all("mgc_queue_messages");
  if (addresses.empty()) rows.push_back({url, "-", state, in, out, "-", "-", "-", "-"});
  for (const MetricSample* one : addresses) {
    const std::string address = label(*one, "address");
    const auto of = [&](std::string_view name) { return metrics.value(name, "address", address); };
    rows.push_back({url, printable(address), state, in, out, count(one->value),
                    bytes(of("mgc_queue_bytes")), tenths(of("mgc_queue_oldest_age_seconds")),
                    count(of("mgc_queue_consumers"))});
  }
}

void add_nodes(const WatchedMetrics& metrics, const std::string& url, Rows& rows) {
  for (const MetricSample* recorded : metrics.all("mgc_node_recorded_events_total")) {
    const std::string node = label(*recorded, "node");
    const auto of = [&](std::string_view name) { return metrics.value(name, "node", node); };
    const auto used = of("mgc_node_outbox_bytes");
    const auto limit = of("mgc_node_outbox_limit_bytes");
    const auto percent =
        used && limit && *limit > 0 ? std::optional(*used / *limit * 100) : std::nullopt;
    rows.push_back({url, printable(node),
                    is_one(metrics.value("mgc_ready")) ? "recording" : "not ready",
                    count(metrics.rate("mgc_node_recorded_events_total", "node", node)),
                    count(recorded->value), count(of("mgc_node_receipted_events")), bytes(used),
                    tenths(percent), tenths(of("mgc_node_oldest_unreceipted_age_seconds")),
                    milliseconds(metrics.quantile("mgc_node_publish_seconds", "node", node, 0.99)),
                    is_one(of("mgc_node_broker_open")) ? "yes" : "NO"});
  }
}

/// Several services of one database say the same: the largest counts.
double largest(const std::vector<Watched>& endpoints, std::string_view name) {
  double most = 0;
  for (const Watched& endpoint : endpoints) {
    const auto value = WatchedMetrics(endpoint).value(name);
    if (value) most = std::max(most, *value);
  }
  return most;
}

std::string trouble(bool is, bool colour, const std::string& text) {
  return is && colour ? "\x1b[1;31m" + text + "\x1b[0m" : text;
}

}  // namespace

std::string top_text(const std::vector<Watched>& endpoints, UtcTime now, bool colour) {
  Rows services, addresses, nodes, away;
  for (const Watched& endpoint : endpoints) {
    const std::string url = printable(endpoint.url);
    if (!endpoint.now.samples) {
      away.push_back({url, printable(endpoint.now.samples.error().message)});
      continue;
    }
    const WatchedMetrics metrics(endpoint);
    add_services(metrics, url, services);
    add_addresses(metrics, url, addresses);
    add_nodes(metrics, url, nodes);
  }
  const double gaps = largest(endpoints, "mgc_store_open_gaps");
  const double letters = largest(endpoints, "mgc_store_dead_letters");
  std::string text =
      fmt::format("mgc top  {}  {}  {}  {}\n", format_utc(now).substr(0, 19) + "Z",
                  trouble(gaps > 0, colour, "open gaps: " + count(gaps)),
                  trouble(letters > 0, colour, "dead letters: " + count(letters)),
                  trouble(!away.empty(), colour,
                          fmt::format("endpoints away: {} of {}", away.size(), endpoints.size())));
  const auto add = [&](const Rows& rows, const std::vector<std::string>& header) {
    if (!rows.empty()) text += "\n" + table(header, rows) + "\n";
  };
  add(away, {"AWAY", "why"});
  add(services, {"SERVICE", "lane", "state", "events/s", "commits/s", "closed by", "p50 ms",
                 "p99 ms", "in hand", "retries", "block"});
  add(addresses,
      {"QUEUE", "address", "state", "in/s", "out/s", "messages", "bytes", "oldest s", "consumers"});
  add(nodes, {"NODE", "node", "state", "events/s", "recorded", "receipted", "outbox", "full %",
              "oldest s", "p99 ms", "broker"});
  return text;
}

nlohmann::json top_json(const std::vector<Watched>& endpoints) {
  nlohmann::json document = {{"open_gaps", largest(endpoints, "mgc_store_open_gaps")},
                             {"dead_letters", largest(endpoints, "mgc_store_dead_letters")},
                             {"endpoints", nlohmann::json::array()}};
  for (const Watched& endpoint : endpoints) {
    nlohmann::json one = {{"url", printable(endpoint.url)}, {"error", nullptr}};
    if (!endpoint.now.samples) {
      one["error"] = printable(endpoint.now.samples.error().message);
    } else {
      const WatchedMetrics metrics(endpoint);
      one["metrics"] = one["rates"] = nlohmann::json::object();
      for (const MetricSample& sample : *endpoint.now.samples) {
        if (sample.labels.contains("le")) continue;
        const std::string key = printable(sample_key(sample));
        one["metrics"][key] = sample.value;
        const auto grown = metrics.grown(sample);
        const double seconds = metrics.seconds();
        if (sample.name.ends_with("_total") && grown && seconds > 0) {
          one["rates"][key] = *grown / seconds;
        }
      }
    }
    document["endpoints"].push_back(std::move(one));
  }
  return document;
}

}  // namespace mgc::app
