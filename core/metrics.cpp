#include "core/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/assert.hpp"

namespace mgc {
namespace {

/// As the format writes a number; fmt has other words for the infinities.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

std::string sample(std::string_view name, const MetricLabels& labels, double value) {
  std::string inside;
  for (const auto& [key, text] : labels) {
    if (!inside.empty()) inside += ',';
    inside += fmt::format("{}=\"{}\"", key, escaped(text, true));
  }
  if (!inside.empty()) inside = "{" + inside + "}";
  return fmt::format("{}{} {}\n", name, inside, number(value));
}

}  // namespace

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

MetricsPage::Family& MetricsPage::family(std::string_view name, std::string_view kind,
                                         std::string_view help) {
  const auto known = families_.find(name);
  if (known != families_.end()) return known->second;
  return families_.emplace(name, Family{kind, std::string(help), {}}).first->second;
}

void MetricsPage::counter(std::string_view name, std::string_view help, double value,
                          const MetricLabels& labels) {
  family(name, "counter", help).samples += sample(name, labels, value);
}

void MetricsPage::gauge(std::string_view name, std::string_view help, double value,
                        const MetricLabels& labels) {
  family(name, "gauge", help).samples += sample(name, labels, value);
}

void MetricsPage::histogram(std::string_view name, std::string_view help,
                            const HistogramCounts& counts, const MetricLabels& labels) {
  std::string& samples = family(name, "histogram", help).samples;
  std::uint64_t through = 0;
  for (std::size_t i = 0; i < counts.counts.size(); ++i) {
    through += counts.counts[i];
    MetricLabels with_bound = labels;
    with_bound.emplace_back("le", i < counts.bounds.size() ? number(counts.bounds[i]) : "+Inf");
    samples += sample(fmt::format("{}_bucket", name), with_bound, static_cast<double>(through));
  }
  samples += sample(fmt::format("{}_sum", name), labels, counts.sum);
  samples += sample(fmt::format("{}_count", name), labels, static_cast<double>(through));
}

std::string MetricsPage::text() const {
  std::string text;
  for (const auto& [name, family] : families_) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n{}", name, escaped(family.help, false), name,
                        family.kind, family.samples);
  }
  return text;
}

}  // namespace mgc
