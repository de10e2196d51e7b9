#include "app/metrics_page.hpp"

#include <prometheus/text_serializer.h>

#include <limits>

namespace mgc::app {

prometheus::ClientMetric& MetricsPage::add(std::string_view name, std::string_view help,
                                           prometheus::MetricType type,
                                           const MetricLabels& labels) {
  auto known = families_.find(name);
  if (known == families_.end()) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    known = families_.emplace(name, std::move(family)).first;
  }
  prometheus::ClientMetric& metric = known->second.metric.emplace_back();
  for (const auto& [key, text] : labels) metric.label.push_back({key, text});
  return metric;
}

void MetricsPage::counter(std::string_view name, std::string_view help, double value,
                          const MetricLabels& labels) {
  add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void MetricsPage::gauge(std::string_view name, std::string_view help, double value,
                        const MetricLabels& labels) {
  add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricsPage::histogram(std::string_view name, std::string_view help,
                            const HistogramCounts& counts, const MetricLabels& labels) {
  auto& histogram = add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  for (std::size_t i = 0; i < counts.counts.size(); ++i) {
    histogram.sample_count += counts.counts[i];
    const bool last = i == counts.bounds.size();
    histogram.bucket.push_back({histogram.sample_count,
                                last ? std::numeric_limits<double>::infinity() : counts.bounds[i]});
  }
  histogram.sample_sum = counts.sum;
}

std::string MetricsPage::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, family] : families_) families.push_back(family);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mgc::app
