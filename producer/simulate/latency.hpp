#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <thread>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "producer/relay.hpp"
#include "spool/outbox.hpp"

namespace mgc::producer {

/// How long things took, in buckets that are 3 % wide: flat memory for any number of them.
///
/// Pure. Threads: one owner. Errors: none; more than an hour counts as an hour.
class Durations {
 public:
  void add(std::chrono::microseconds took, std::uint64_t times = 1);
  void add(const Durations& others);
  /// The upper end of the bucket of which `share` (0 to 1) of all are not above; 0 when empty.
  [[nodiscard]] std::chrono::microseconds quantile(double share) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr unsigned kPartBits = 5;  ///< 32 buckets for each power of two
  [[nodiscard]] static std::size_t bucket_of(std::uint64_t micros);
  [[nodiscard]] static std::uint64_t end_of(std::size_t bucket);

  std::array<std::uint64_t, 1024> buckets_{};
  std::uint64_t count_ = 0;
};

/// Measures how long events wait for their receipt: from the call that recorded them until the node
/// knows that they are committed in mgccomp. So it is above the time until the commit, by the way
/// of the receipt.
///
/// Threads: one of its own; appended() and committed() from any. Ownership: borrows the relay.
class ReceiptWatch {
 public:
  ReceiptWatch(Relay& relay, const Clock& clock);
  ~ReceiptWatch();
  ReceiptWatch(const ReceiptWatch&) = delete;
  ReceiptWatch& operator=(const ReceiptWatch&) = delete;

  /// `events` events through `last` were recorded by a call that began at `begun`.
  void appended(spool::Position last, std::uint64_t events, SteadyTime begun);
  /// Of the events that have their receipt by now.
  [[nodiscard]] Durations committed();

 private:
  struct Waiting {
    spool::Position last;
    std::uint64_t events = 0;
    SteadyTime begun{};
  };
  struct Shared {
    std::deque<Waiting> waiting;
    Durations committed;
  };
  void watch(std::stop_token stop);
  void count_committed();

  Relay& relay_;
  const Clock& clock_;
  Guarded<Shared> shared_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::producer
