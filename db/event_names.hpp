#pragma once

#include <cstdint>
#include <vector>

namespace mgc::db {

/// The ids of the names in one event; 0 = it has none, or it is not known yet.
struct EventNames {
  std::int64_t room_id = 0;
  std::int64_t actor_id = 0;
  std::int64_t target_id = 0;
};

/// What was found of the names of a pack before its batch is written; see NamesAhead.
struct FoundNames {
  std::uint64_t source = 0;     ///< of which database session, as the finder counts them; 0 = none
  std::vector<EventNames> ids;  ///< one for each event
};

}  // namespace mgc::db
