#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace mgc {

/// What a histogram has counted.
struct HistogramCounts {
  std::vector<double> bounds;         ///< upper ends, inclusive, ascending
  std::vector<std::uint64_t> counts;  ///< of each bound alone; the last one is of all above
  double sum = 0;
};

/// Counts values by size. observe() costs two atomic additions.
///
/// Threads: any. A read() beside an observe() may see its count and not yet its sum.
class Histogram {
 public:
  /// @param bounds  not empty, ascending.
  explicit Histogram(std::vector<double> bounds);

  void observe(double value) noexcept;
  [[nodiscard]] HistogramCounts read() const;

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_ = 0;
};

/// `first`, then each `factor` times the one before.
[[nodiscard]] std::vector<double> growing_bounds(double first, double factor, std::size_t count);

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// One page of numbers in the Prometheus text format 0.0.4. It is made anew for each scrape, from
/// what the parts have counted; so there is no registry, and no part knows of any format.
///
/// Names: prefix "mgc_", base units, "_total" for what only grows. Help and kind are those of the
/// first call for a name. Pure: no I/O. Threads: one owner.
/// Source: the page "Exposition formats" of the Prometheus documentation.
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
  struct Family {
    std::string_view kind;
    std::string help;
    std::string samples;
  };
  Family& family(std::string_view name, std::string_view kind, std::string_view help);

  std::map<std::string, Family, std::less<>> families_;
};

/// One line of such a page.
struct MetricSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// Reads a page, also one of another program; comments and time stamps are passed over.
/// @errors reject  a line is no sample; the message has its number.
[[nodiscard]] Result<std::vector<MetricSample>> parse_metrics(std::string_view text);

}  // namespace mgc
