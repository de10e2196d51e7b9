#pragma once

#include <cstdint>
#include <span>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/dictionary.hpp"
#include "db/session.hpp"
#include "schema/event.hpp"

namespace mgc::db {

/// Stores `events`, at least one, as a pack of the service's own node of the lane in a block of its
/// own; in the transaction of its caller, who holds the lane. Returns the id of the first.
///
/// @errors those of the session, and reject  an event or the pack breaks a limit of the wire; the
///         caller rolls back.
[[nodiscard]] Result<std::uint64_t> store_service_events(Session& session, Dictionary& dictionary,
                                                         std::int64_t lane_id,
                                                         std::span<const schema::Event> events,
                                                         UtcTime now);

}  // namespace mgc::db
