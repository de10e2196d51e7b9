#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace mgc {

/// What a histogram has counted.
struct HistogramCounts {
  std::vector<double> bounds;         ///< upper ends, inclusive, ascending
  std::vector<std::uint64_t> counts;  ///< of each bound alone; the last one is of all above
  double sum = 0;
};

/// Counts values by size. observe() costs two atomic additions; a histogram of prometheus-cpp takes
/// a lock, which the hot path does not.
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

/// One line of a page of metrics in the Prometheus text format.
struct MetricSample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// Reads a page, also one of another program; comments and time stamps are passed over.
/// @errors reject  a line is no sample; the message has its number.
[[nodiscard]] Result<std::vector<MetricSample>> parse_metrics(std::string_view text);

}  // namespace mgc
