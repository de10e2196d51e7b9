#pragma once

#include <cstdint>
#include <string>

#include "db/id_windows.hpp"

namespace mgc::db {

/// One segment of a lane's events.
struct SegmentRow {
  std::uint64_t segment = 0;
  std::int64_t lane_id = 0;
  std::string lane;
  bool is_sealed = false;
  IdWindow ids{.first = 0, .last = -1};  ///< of its events; none at first
  std::int64_t least_occurred_at = 0;
  std::int64_t greatest_occurred_at = 0;
};

}  // namespace mgc::db
