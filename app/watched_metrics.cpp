#include "app/watched_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

namespace mgc::app {
namespace {

double bound_of(const std::string& le) {
  double bound = 0;
  const auto read = std::from_chars(le.data(), le.data() + le.size(), bound);
  return read.ec == std::errc{} ? bound : std::numeric_limits<double>::infinity();
}

using Buckets = std::vector<std::pair<double, double>>;  ///< bound, count through it

std::optional<double> bound_through(const Buckets& buckets, double part) {
  if (buckets.empty() || !(buckets.back().second > 0)) return std::nullopt;
  const double wanted = buckets.back().second * part;
  const auto found = std::find_if(buckets.begin(), buckets.end(),
                                  [&](const auto& bucket) { return bucket.second >= wanted; });
  return found == buckets.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

std::string sample_key(const MetricSample& sample) {
  std::string inside;
  for (const auto& [name, text] : sample.labels) {
    inside += fmt::format("{}{}=\"{}\"", inside.empty() ? "" : ",", name, text);
  }
  return inside.empty() ? sample.name : fmt::format("{}{{{}}}", sample.name, inside);
}

std::string label(const MetricSample& sample, const std::string& name) {
  const auto found = sample.labels.find(name);
  return found == sample.labels.end() ? std::string() : found->second;
}

WatchedMetrics::WatchedMetrics(const Watched& endpoint) : endpoint_(endpoint) {
  if (!endpoint.before.samples) return;
  for (const MetricSample& sample : *endpoint.before.samples) {
    before_[sample_key(sample)] = sample.value;
  }
}

std::vector<const MetricSample*> WatchedMetrics::all(std::string_view name,
                                                     const std::string& label_name,
                                                     const std::string& is) const {
  std::vector<const MetricSample*> found;
  if (!endpoint_.now.samples) return found;
  for (const MetricSample& sample : *endpoint_.now.samples) {
    if (sample.name != name) continue;
    if (label_name.empty() || label(sample, label_name) == is) found.push_back(&sample);
  }
  return found;
}

std::optional<double> WatchedMetrics::value(std::string_view name, const std::string& label_name,
                                            const std::string& is) const {
  const auto found = all(name, label_name, is);
  return found.empty() ? std::nullopt : std::optional(found.front()->value);
}

std::optional<double> WatchedMetrics::grown(const MetricSample& sample) const {
  const auto before = before_.find(sample_key(sample));
  if (before == before_.end() || !(sample.value >= before->second)) return std::nullopt;
  return sample.value - before->second;
}

std::optional<double> WatchedMetrics::rate(std::string_view name, const std::string& label_name,
                                           const std::string& is) const {
  const auto found = all(name, label_name, is);
  const auto more = found.empty() ? std::nullopt : grown(*found.front());
  return more && seconds() > 0 ? std::optional(*more / seconds()) : std::nullopt;
}

std::optional<double> WatchedMetrics::quantile(std::string_view histogram,
                                               const std::string& label_name, const std::string& is,
                                               double part) const {
  Buckets all_time, since;
  for (const MetricSample* bucket : all(fmt::format("{}_bucket", histogram), label_name, is)) {
    const double bound = bound_of(label(*bucket, "le"));
    all_time.emplace_back(bound, bucket->value);
    since.emplace_back(bound, grown(*bucket).value_or(0));
  }
  std::sort(all_time.begin(), all_time.end());
  std::sort(since.begin(), since.end());
  const auto lately = bound_through(since, part);
  return lately ? lately : bound_through(all_time, part);
}

double WatchedMetrics::seconds() const {
  if (!endpoint_.before.samples) return 0;
  return std::chrono::duration<double>(endpoint_.now.at - endpoint_.before.at).count();
}

}  // namespace mgc::app
