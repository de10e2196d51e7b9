#include "producer/simulate/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mgc::producer {
namespace {

constexpr std::chrono::microseconds kMost = std::chrono::hours{1};
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

std::size_t Durations::bucket_of(std::uint64_t micros) {
  constexpr std::uint64_t kFirst = std::uint64_t{1} << kPartBits;
  if (micros < kFirst) return static_cast<std::size_t>(micros);
  const auto power = static_cast<unsigned>(std::bit_width(micros)) - 1;
  const std::uint64_t part = (micros >> (power - kPartBits)) - kFirst;
  return static_cast<std::size_t>((power - kPartBits + 1) * kFirst + part);
}

std::uint64_t Durations::end_of(std::size_t bucket) {
  constexpr std::uint64_t kFirst = std::uint64_t{1} << kPartBits;
  if (bucket < kFirst) return bucket;
  const std::uint64_t shift = bucket / kFirst - 1;
  return ((kFirst + bucket % kFirst + 1) << shift) - 1;
}

void Durations::add(std::chrono::microseconds took, std::uint64_t times) {
  const auto held = std::clamp(took, std::chrono::microseconds{0}, kMost);
  buckets_[bucket_of(static_cast<std::uint64_t>(held.count()))] += times;
  count_ += times;
}

void Durations::add(const Durations& others) {
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket)
    buckets_[bucket] += others.buckets_[bucket];
  count_ += others.count_;
}

std::chrono::microseconds Durations::quantile(double share) const {
  if (count_ == 0) return std::chrono::microseconds{0};
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) return std::chrono::microseconds{end_of(bucket)};
  }
  return kMost;
}

ReceiptWatch::ReceiptWatch(Relay& relay, const Clock& clock)
    : relay_(relay), clock_(clock), thread_([this](std::stop_token stop) { watch(stop); }) {}

ReceiptWatch::~ReceiptWatch() {
  thread_.request_stop();
  shared_.lock().notify_all();
}

void ReceiptWatch::appended(spool::Position last, std::uint64_t events, SteadyTime begun) {
  auto shared = shared_.lock();
  shared->waiting.push_back({last, events, begun});
  shared.notify_all();
}

Durations ReceiptWatch::committed() {
  count_committed();
  return shared_.lock()->committed;
}

void ReceiptWatch::count_committed() {
  const spool::Position through = relay_.receipted();
  const SteadyTime now = clock_.steady_now();
  auto shared = shared_.lock();
  while (!shared->waiting.empty() && shared->waiting.front().last <= through) {
    const Waiting& one = shared->waiting.front();
    shared->committed.add(std::chrono::duration_cast<std::chrono::microseconds>(now - one.begun),
                          one.events);
    shared->waiting.pop_front();
  }
}

void ReceiptWatch::watch(std::stop_token stop) {
  while (!stop.stop_requested()) {
    spool::Position oldest;
    {
      auto shared = shared_.lock();
      shared.wait_until(clock_.steady_now() + kTick, [&](const Shared& s) {
        return !s.waiting.empty() || stop.stop_requested();
      });
      if (shared->waiting.empty()) continue;
      oldest = shared->waiting.front().last;
    }
    if (!relay_.wait_receipted(oldest, clock_.steady_now() + kTick)) {
      if (relay_.failure()) return;
      continue;
    }
    count_committed();
  }
}

}  // namespace mgc::producer
