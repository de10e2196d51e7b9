#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "consumer/lookout.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/detail_source.hpp"

namespace mgc::consumer {

struct DetailsOptions {
  std::string mgccomp;
  std::string mgc;
  std::chrono::milliseconds interval{10'000};  ///< between two passes
};

/// Looks up in mgc the names and addresses that the events came without; the record never waits
/// for names.
///
/// Threads, ownership, errors: as Lookout, with two read-only sessions for the time of a pass.
class Details {
 public:
  Details(DetailsOptions options, const Clock& clock);

  /// As Lookout, for both.
  [[nodiscard]] std::optional<db::DetailPage> next(SteadyTime deadline) {
    return lookout_.next(deadline);
  }
  void finish() { lookout_.finish(); }

 private:
  using Pages = Lookout<db::DetailPage>::Pages;
  /// Over all when it is time for that, or for the last time; else over what is new.
  [[nodiscard]] Result<void> look(bool last, Pages& pages, const std::stop_token& stop);
  [[nodiscard]] Result<void> pass(bool whole, Pages& pages, const std::stop_token& stop);

  const DetailsOptions options_;
  const Clock& clock_;
  std::int64_t rooms_through_ = 0;  ///< ids up to here were looked up; of the thread, as the next
  std::int64_t people_through_ = 0;
  SteadyTime whole_at_{};            ///< the next pass over all
  Lookout<db::DetailPage> lookout_;  // last: its thread uses everything above
};

}  // namespace mgc::consumer
