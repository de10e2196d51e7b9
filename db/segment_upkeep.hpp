#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/segment_limits.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Where a lane's rows go.
struct HotSegment {
  std::uint64_t segment = 0;
  std::uint64_t first_event_id = 0;
  UtcTime opened_at{};  ///< of its first event, or when it was made while it has none
};

/// The lane's hot segment; before that, the one that comes next takes over where the limits are
/// reached and it is there. In the transaction of the batch whose first event is `next_event_id`:
/// rows are changed and no table is made, so a roll is stored with its batch or not at all.
[[nodiscard]] Result<HotSegment> hot_segment(Session& session, std::int64_t lane_id,
                                             std::uint64_t next_event_id,
                                             const SegmentLimits& limits, UtcTime now);

/// Whose segments are tended: nothing is done while another holder has the lane.
struct LaneHolder {
  std::string lane;
  std::string holder;
};

enum class Tended : std::uint8_t {
  nothing,  ///< there was nothing to do, or it was not to be done now
  a_step,   ///< there may be more
};

/// One step of what is done for segments beside the batches, in a transaction of its own: makes the
/// empty segment that comes next, or builds an index of the oldest full one, or notes that it is
/// sealed. Whatever it is killed between, the next step goes on there.
///
/// @param may_seal  asked with the number of segments that wait for their indexes, when there are
///                  any.
/// @errors retry  another session was faster or holds a lock; stop  no rights, disk full.
[[nodiscard]] Result<Tended> tend_segments(
    Session& session, const LaneHolder& of,
    const std::function<bool(std::uint64_t waiting)>& may_seal, UtcTime now);

/// Of all segments of a database. SQLite allows 500 terms in the view over them; the last one takes
/// what comes after that.
inline constexpr std::uint64_t kSegmentsMax = 400;

}  // namespace mgc::db
