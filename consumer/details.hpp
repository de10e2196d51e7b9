#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "core/backoff.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "db/detail_source.hpp"

namespace mgc::consumer {

struct DetailsOptions {
  std::string mgccomp;
  std::string mgc;
  std::chrono::milliseconds interval{10'000};  ///< between two passes
};

/// Looks up in mgc the names and addresses that the events came without, beside the batches. Pages
/// of them wait here for the writer, who alone writes mgccomp and adds them between two batches.
///
/// Threads:   owns one, with its own two read-only sessions for the time of a pass; next() and
///            finish() by the writer.
/// Ownership: at most two pages wait.
/// Errors:    none to the caller. While mgc is away it is tried again with back-off, after one
///            warning: the record never waits for names.
class Details {
 public:
  Details(DetailsOptions options, const Clock& clock);
  /// Ends the pass that runs. A connection that is being made ends by its own time-out.
  ~Details();
  Details(const Details&) = delete;
  Details& operator=(const Details&) = delete;

  /// The next page, waiting until `deadline`; nullopt when none came, or after the last one.
  [[nodiscard]] std::optional<db::DetailPage> next(SteadyTime deadline) {
    return pages_.pop_until(deadline);
  }
  /// Begins one more pass over all, and no other after it; none where the one before it waited in
  /// vain.
  void finish();

 private:
  void run(const std::stop_token& stop);
  /// Waits until `when`; true when finish() was called.
  bool finishing(SteadyTime when, const std::stop_token& stop);
  [[nodiscard]] Result<void> pass(bool whole, const std::stop_token& stop);
  /// Logs the change from answering to being away, and back.
  void report(const Result<void>& passed);

  const DetailsOptions options_;
  const Clock& clock_;
  bool away_ = false;               ///< of the thread, as the next four
  bool slow_ = false;               ///< the last pass failed after a wait
  std::int64_t rooms_through_ = 0;  ///< ids up to here were looked up
  std::int64_t people_through_ = 0;
  Backoff backoff_;
  BoundedQueue<db::DetailPage> pages_;
  Guarded<bool> finish_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::consumer
