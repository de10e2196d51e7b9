#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// As ComplianceReader::rooms().
[[nodiscard]] Result<std::vector<RoomRow>> find_rooms(Session& session, const std::string& room);

/// As ComplianceReader::each_room_event(). Memory: the events that it shows of one segment, and
/// everybody who acts in them.
[[nodiscard]] Result<void> show_room_events(Session& session, const RoomQuery& query,
                                            const std::function<bool(const RoomEvent&)>& visit);

/// As ComplianceReader::purged_through().
[[nodiscard]] Result<std::optional<UtcTime>> find_purged_through(Session& session,
                                                                 const std::string& lane,
                                                                 std::uint64_t event_id);

}  // namespace mgc::db
