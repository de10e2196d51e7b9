#pragma once

#include <cstdint>
#include <string>

namespace mgc::db {

enum class DetailOf : std::uint8_t { room, person };

/// What the chat database says of a room or a person of mgccomp that the events leave empty.
struct Detail {
  std::int64_t id = 0;  ///< room_id or person_id of mgccomp
  std::string name;     ///< empty when the events have one, as the next
  std::string email;    ///< of people only
};

}  // namespace mgc::db
