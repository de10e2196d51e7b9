#pragma once

#include <cstdint>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/closing_page.hpp"
#include "db/dictionary.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Stores one PART for each person of `page`, as a pack of the service's own node of the lane, and
/// notes how far the session is closed; in the transaction of its caller, who holds the lane.
/// Returns how many; 0 when the page was stored before, so that doing it twice changes nothing.
///
/// @errors those of the session; the caller rolls back.
[[nodiscard]] Result<std::uint64_t> close_people(Session& session, Dictionary& dictionary,
                                                 std::int64_t lane_id, const ClosingPage& page,
                                                 UtcTime now);

}  // namespace mgc::db
