#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/metrics.hpp"

namespace mgc::app {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// One page of numbers for Prometheus, written by prometheus-cpp. It is made anew for each scrape,
/// from what the parts have counted; so there is no registry, and no part knows of any format.
///
/// Names: prefix "mgc_", base units, "_total" for what only grows. Help and kind are those of the
/// first call for a name. Pure: no I/O. Threads: one owner.
class MetricsPage {
 public:
  void counter(std::string_view name, std::string_view help, double value,
               const MetricLabels& labels = {});
  void gauge(std::string_view name, std::string_view help, double value,
             const MetricLabels& labels = {});
  void histogram(std::string_view name, std::string_view help, const HistogramCounts& counts,
                 const MetricLabels& labels = {});
  [[nodiscard]] std::string text() const;

 private:
  prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                prometheus::MetricType type, const MetricLabels& labels);

  std::map<std::string, prometheus::MetricFamily, std::less<>> families_;
};

}  // namespace mgc::app
