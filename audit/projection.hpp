#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/ledger_check.hpp"
#include "db/projected_rows.hpp"
#include "schema/event_view.hpp"

namespace mgc::audit {

/// Names the columns in which `row` says something else than the event that it was made from;
/// empty when it says the same.
[[nodiscard]] std::string projection_differences(const schema::EventView& event,
                                                 const db::ProjectedRow& row);

/// Compares the rows of a lane's events, and of its segments, with its packs.
///
/// Threads: one owner. Memory: a few numbers for each segment. Errors: none.
class ProjectionCheck {
 public:
  ProjectionCheck(std::vector<db::SegmentRow> segments, VerifyReport& report)
      : segments_(std::move(segments)), times_(segments_.size()), report_(report) {}

  /// The rows of the packs that come next.
  void begin(const db::ProjectedRows& rows);
  void check(const CheckedPack& pack);
  /// After those packs.
  void end();
  /// After the last pack. @param events  of the lane's packs.
  void finish(std::uint64_t events);

 private:
  /// The times of the rows of a segment.
  struct Times {
    std::int64_t least = 0;
    std::int64_t greatest = 0;
    bool any = false;
  };
  void check_event(const CheckedPack& pack, std::size_t index, const db::ProjectedRow& row);
  /// Rows before that of `event_id`, which no pack has room for.
  void skip_to(std::uint64_t event_id);
  void check_times(const db::SegmentRow& segment, const Times& times);

  const std::vector<db::SegmentRow> segments_;
  std::vector<Times> times_;  ///< of each of them
  VerifyReport& report_;
  const std::vector<db::ProjectedRow>* rows_ = nullptr;
  std::size_t next_ = 0;  ///< of rows_
};

}  // namespace mgc::audit
