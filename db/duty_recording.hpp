#pragma once

#include <cstdint>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/dictionary.hpp"
#include "db/duty_page.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Makes an event of each row of `page` that is none yet, as a pack of the service's own node of
/// the lane, and notes it in duty_event; in the transaction of its caller, who holds the lane.
/// Returns how many; 0 when all were events before, so that doing it twice changes nothing.
///
/// @errors those of the session; retry  the service of another lane was faster. The caller rolls
///         back.
[[nodiscard]] Result<std::uint64_t> record_duties(Session& session, Dictionary& dictionary,
                                                  std::int64_t lane_id, const DutyPage& page,
                                                  UtcTime now);

}  // namespace mgc::db
