#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// One segment of a lane's events.
struct SegmentRow {
  std::uint64_t segment = 0;
  std::int64_t lane_id = 0;
  std::string lane;
};

/// The segments of `lane`, or of all lanes; in order of lane and first event id.
[[nodiscard]] Result<std::vector<SegmentRow>> list_segments(Session& session,
                                                            const std::optional<std::string>& lane);

/// Which names and addresses an event is shown with.
enum class Names : std::uint8_t {
  of_events,     ///< those that it came with
  with_details,  ///< what mgc knows where it came with none
};

/// Shows the events of one segment that `query` wants, in order of event_id, until `visit` returns
/// false. `limit` of the query is not applied. Flat memory.
[[nodiscard]] Result<void> search_segment(Session& session, const SegmentRow& segment, Names names,
                                          const EventQuery& query,
                                          const std::function<bool(ComplianceEvent)>& visit);

}  // namespace mgc::db
