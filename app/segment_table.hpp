#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "db/segment_status.hpp"

namespace mgc::app {

/// One object for each segment.
[[nodiscard]] nlohmann::json segments_json(const std::vector<db::SegmentStatus>& segments);

/// A line for each segment that is not sealed, and one for the sealed ones of each lane together.
[[nodiscard]] std::string segment_table(const std::vector<db::SegmentStatus>& segments);

}  // namespace mgc::app
