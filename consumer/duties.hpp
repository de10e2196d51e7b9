#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "consumer/lookout.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/duty_page.hpp"
#include "db/duty_source.hpp"

namespace mgc::consumer {

struct DutiesOptions {
  std::string mgccomp;
  std::chrono::milliseconds interval{2'000};  ///< between two looks
};

/// Looks for rows that say what was done with the record and are no events of the ledger yet; the
/// writer makes them some. A page that gets lost is found again.
///
/// Threads, ownership, errors: as Lookout, with a read-only session of its own.
class Duties {
 public:
  Duties(DutiesOptions options, const Clock& clock);

  /// As Lookout, for both.
  [[nodiscard]] std::optional<db::DutyPage> next(SteadyTime deadline) {
    return lookout_.next(deadline);
  }
  void finish() { lookout_.finish(); }

 private:
  using Pages = Lookout<db::DutyPage>::Pages;
  [[nodiscard]] Result<void> look(bool last, Pages& pages, const std::stop_token& stop);
  [[nodiscard]] Result<void> look_with(db::DutySource& source, bool last, Pages& pages,
                                       const std::stop_token& stop);
  /// False when no more is wanted.
  [[nodiscard]] Result<bool> look_at(db::DutySource& source, schema::EventKind kind, Pages& pages,
                                     const std::stop_token& stop);
  void warn(schema::EventKind kind, std::int64_t entry);

  const DutiesOptions options_;
  const Clock& clock_;
  std::optional<db::DutySource> source_;  ///< of the thread, as the next three
  /// Behind which rows are new.
  std::map<schema::EventKind, std::int64_t> through_;
  std::set<std::pair<schema::EventKind, std::int64_t>> warned_;
  SteadyTime whole_at_{};          ///< the next look at all rows
  Lookout<db::DutyPage> lookout_;  // last: its thread uses everything above
};

}  // namespace mgc::consumer
