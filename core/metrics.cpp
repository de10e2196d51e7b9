#include "core/metrics.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace mgc {
Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  MGC_ASSERT(!bounds_.empty() && std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double value) noexcept {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1,
                                                                       std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

HistogramCounts Histogram::read() const {
  HistogramCounts read{bounds_, {}, sum_.load(std::memory_order_relaxed)};
  for (const auto& count : counts_) read.counts.push_back(count.load(std::memory_order_relaxed));
  return read;
}

std::vector<double> growing_bounds(double first, double factor, std::size_t count) {
  std::vector<double> bounds;
  for (double bound = first; bounds.size() < count; bound *= factor) bounds.push_back(bound);
  return bounds;
}

}  // namespace mgc
