#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "consumer/lookout.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/closing_page.hpp"
#include "db/crashed_session.hpp"

namespace mgc::consumer {

struct CrashedSessionsOptions {
  std::string mgccomp;
  std::chrono::milliseconds interval{10'000};  ///< between two looks
  std::size_t joined_max = 20'000;             ///< people and rooms in memory at a time
};

/// Looks for nodes that started again after a crash, and for whom they left joined; the writer
/// closes them. A page that gets lost is found again by the next look.
///
/// Threads, ownership, errors: as Lookout, with a read-only session for the time of a look.
class CrashedSessions {
 public:
  CrashedSessions(CrashedSessionsOptions options, const Clock& clock);

  /// As Lookout, for both.
  [[nodiscard]] std::optional<db::ClosingPage> next(SteadyTime deadline) {
    return lookout_.next(deadline);
  }
  void finish() { lookout_.finish(); }

 private:
  using Pages = Lookout<db::ClosingPage>::Pages;
  [[nodiscard]] Result<void> look(Pages& pages, const std::stop_token& stop);
  /// Hands over the people of one session; false when stopped first. Reads it more than once when
  /// they are more than fit in.
  [[nodiscard]] Result<bool> close_session(db::CrashedSessionSource& source,
                                           db::CrashedSession session, Pages& pages,
                                           const std::stop_token& stop);

  const CrashedSessionsOptions options_;
  Lookout<db::ClosingPage> lookout_;  // last: its thread uses everything above
};

/// Cuts `people`, in order of room and person, into pages within the limits of ClosingPage. Where
/// they are the last of `session`, the last page says so; it is there also when there are none.
[[nodiscard]] std::vector<db::ClosingPage> closing_pages(db::CrashedSession session,
                                                         std::vector<db::LeftJoined> people,
                                                         UtcTime ended_at, bool are_last);

}  // namespace mgc::consumer
