#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/backoff.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "db/closing_page.hpp"
#include "db/crashed_session.hpp"

namespace mgc::consumer {

struct CrashedSessionsOptions {
  std::string mgccomp;
  std::chrono::milliseconds interval{10'000};  ///< between two looks
  std::size_t joined_max = 20'000;             ///< people and rooms in memory at a time
};

/// Looks for nodes that started again after a crash, and for whom they left joined, beside the
/// batches. Pages of those people wait here for the writer, who alone writes mgccomp and closes
/// them between two batches. A page that gets lost is found again by the next look.
///
/// Threads:   owns one, with its own read-only session for the time of a look; next() and finish()
///            by the writer.
/// Ownership: at most two pages wait.
/// Errors:    none to the caller. While mgccomp is away it is tried again with back-off, after one
///            warning.
class CrashedSessions {
 public:
  CrashedSessions(CrashedSessionsOptions options, const Clock& clock);
  /// Ends the look that runs. A connection that is being made ends by its own time-out.
  ~CrashedSessions();
  CrashedSessions(const CrashedSessions&) = delete;
  CrashedSessions& operator=(const CrashedSessions&) = delete;

  /// The next page, waiting until `deadline`; nullopt when none came, or after the last one.
  [[nodiscard]] std::optional<db::ClosingPage> next(SteadyTime deadline) {
    return pages_.pop_until(deadline);
  }
  /// Begins one more look, and no other after it; none where the one before it waited in vain.
  void finish();

 private:
  void run(const std::stop_token& stop);
  /// Waits until `when`; true when finish() was called.
  bool finishing(SteadyTime when, const std::stop_token& stop);
  [[nodiscard]] Result<void> look(const std::stop_token& stop);
  /// Hands over the people of one session; false when stopped first. Reads it more than once when
  /// they are more than fit in.
  [[nodiscard]] Result<bool> close_session(db::CrashedSessionSource& source,
                                           db::CrashedSession session, const std::stop_token& stop);
  void report(const Result<void>& looked);

  const CrashedSessionsOptions options_;
  const Clock& clock_;
  bool away_ = false;  ///< of the thread, as the next
  bool slow_ = false;  ///< the last look failed after a wait
  Backoff backoff_;
  BoundedQueue<db::ClosingPage> pages_;
  Guarded<bool> finish_;
  std::jthread thread_;  // last: it uses everything above
};

/// Cuts `people`, in order of room and person, into pages within the limits of ClosingPage. Where
/// they are the last of `session`, the last page says so; it is there also when there are none.
[[nodiscard]] std::vector<db::ClosingPage> closing_pages(db::CrashedSession session,
                                                         std::vector<db::LeftJoined> people,
                                                         UtcTime ended_at, bool are_last);

}  // namespace mgc::consumer
