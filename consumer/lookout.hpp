#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "core/backoff.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "core/result.hpp"

namespace mgc::consumer {

struct LookoutOptions {
  std::chrono::milliseconds interval{10'000};  ///< between two looks
  std::string away;  ///< logged once when looks begin to fail, with the reason behind it
  std::string back;  ///< logged when they work again
};

/// Looks for something again and again, beside the batches. Pages of what it finds wait here for
/// the writer, who alone writes mgccomp and takes them between two batches.
///
/// Threads:   owns one, on which the look runs; next() and finish() by the writer.
/// Ownership: at most two pages wait. The look borrows what outlives this object.
/// Errors:    none to the caller. A look that fails is tried again with back-off, after one
///            warning.
template <typename Page>
class Lookout {
 public:
  using Pages = BoundedQueue<Page>;
  /// @param last  no other look comes after this one.
  using Look = std::function<Result<void>(bool last, Pages& pages, const std::stop_token& stop)>;

  Lookout(LookoutOptions options, Look look, const Clock& clock)
      : options_(std::move(options)),
        look_(std::move(look)),
        clock_(clock),
        backoff_(std::chrono::seconds{1}, std::chrono::seconds{60}, random_seed()),
        pages_(2),
        finish_(false),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}
  /// Ends the look that runs. A connection that is being made ends by its own time-out.
  ~Lookout() {
    thread_.request_stop();
    pages_.close();
    finish_.lock().notify_all();
  }
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;

  /// The next page, waiting until `deadline`; nullopt when none came, or after the last one.
  [[nodiscard]] std::optional<Page> next(SteadyTime deadline) { return pages_.pop_until(deadline); }
  /// Begins one more look, and no other after it; none where the one before it waited in vain.
  void finish() {
    auto finish = finish_.lock();
    *finish = true;
    finish.notify_all();
  }

 private:
  void run(const std::stop_token& stop) {
    constexpr std::chrono::seconds kSlow{1};
    SteadyTime look_at = clock_.steady_now();
    bool last = false;
    bool slow = false;  // the last look failed after a wait
    while (!last && !stop.stop_requested()) {
      last = finishing(look_at, stop);
      // A stop is not held up by a database that was waited for in vain just now.
      if (stop.stop_requested() || (last && slow)) break;
      const SteadyTime begin = clock_.steady_now();
      const auto looked = look_(last, pages_, stop);
      report(looked);
      const SteadyTime end = clock_.steady_now();
      slow = !looked && end - begin > kSlow;
      look_at = end + (looked ? options_.interval : backoff_.next());
      if (looked) backoff_.reset();
    }
    pages_.close();
  }
  /// Waits until `when`; true when finish() was called.
  bool finishing(SteadyTime when, const std::stop_token& stop) {
    auto finish = finish_.lock();
    finish.wait_until(when, [&](bool asked) { return asked || stop.stop_requested(); });
    return *finish;
  }
  /// Logs the change from answering to being away, and back.
  void report(const Result<void>& looked) {
    if (!looked && !away_) log_warning("{}: {}", options_.away, looked.error().message);
    if (looked && away_) log_info("{}", options_.back);
    away_ = !looked;
  }

  const LookoutOptions options_;
  const Look look_;
  const Clock& clock_;
  bool away_ = false;  ///< of the thread
  Backoff backoff_;
  Pages pages_;
  Guarded<bool> finish_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::consumer
