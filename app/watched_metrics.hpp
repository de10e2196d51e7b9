#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/top_page.hpp"
#include "core/metrics.hpp"

namespace mgc::app {

/// The name with its labels, as Prometheus writes it.
[[nodiscard]] std::string sample_key(const MetricSample& sample);
/// Of a sample; empty when it has none.
[[nodiscard]] std::string label(const MetricSample& sample, const std::string& name);

/// The samples of one endpoint, and how much they grew. An endpoint that could not be read has
/// none. What is looked for is picked by at most one label. Borrows the endpoint.
class WatchedMetrics {
 public:
  explicit WatchedMetrics(const Watched& endpoint);

  [[nodiscard]] std::vector<const MetricSample*> all(std::string_view name,
                                                     const std::string& label = {},
                                                     const std::string& is = {}) const;
  /// The first of those.
  [[nodiscard]] std::optional<double> value(std::string_view name, const std::string& label = {},
                                            const std::string& is = {}) const;
  /// What it grew by; nullopt when it was not there before, or became less: the process is new.
  [[nodiscard]] std::optional<double> grown(const MetricSample& sample) const;
  /// What value() grew by in a second.
  [[nodiscard]] std::optional<double> rate(std::string_view name, const std::string& label = {},
                                           const std::string& is = {}) const;
  /// The bound below which `part` of what came since the last look is, or, when nothing did, of
  /// all.
  [[nodiscard]] std::optional<double> quantile(std::string_view histogram, const std::string& label,
                                               const std::string& is, double part) const;
  /// Between the two readings; 0 when there is no reading before.
  [[nodiscard]] double seconds() const;

 private:
  const Watched& endpoint_;
  std::map<std::string, double> before_;  ///< by sample_key()
};

}  // namespace mgc::app
