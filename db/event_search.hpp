#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/event_filter.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// The segments of `lane`, or of all lanes; in order of lane and first event id.
[[nodiscard]] Result<std::vector<SegmentRow>> list_segments(Session& session,
                                                            const std::optional<std::string>& lane);

/// Shows the events of one segment that `filter` wants, in order of event_id and with what mgc
/// knows where they came without a name, until `visit` returns false. A segment's own row says
/// which ids and times it has; more than `limit` of the query may be shown. Flat memory.
///
/// @param is_rare  a whole segment was searched before, and had less than is asked for.
[[nodiscard]] Result<void> search_segment(Session& session, const SegmentRow& segment,
                                          const EventFilter& filter, bool is_rare,
                                          const std::function<bool(ComplianceEvent)>& visit);

/// Shows those of `ids` that the segment has, in order and with what mgc knows, as search_segment()
/// does. For a few hundred ids.
[[nodiscard]] Result<void> read_some(Session& session, const SegmentRow& segment,
                                     std::span<const std::int64_t> ids,
                                     const std::function<bool(ComplianceEvent)>& visit);

}  // namespace mgc::db
