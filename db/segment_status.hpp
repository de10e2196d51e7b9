#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

/// What an operator sees of one segment.
struct SegmentStatus {
  std::string lane;
  std::uint64_t segment = 0;
  std::string state;  ///< "next", "hot", "full", "sealed"
  std::uint64_t events = 0;
  UtcTime opened_at{};               ///< when its first event was stored
  std::optional<UtcTime> sealed_at;  ///< when its indexes were there
};

/// The segments of a database by lane, in the order of their events; none where it holds no mgccomp
/// of the newest version. @errors as open_session().
[[nodiscard]] Result<std::vector<SegmentStatus>> read_segment_status(const std::string& dsn);

}  // namespace mgc::db
