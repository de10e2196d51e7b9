#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/slice.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// Who was in a room at a time.
struct RoomAt {
  db::RoomRow room;
  UtcTime at{};
  std::vector<Occupant> present;   ///< in order of uri
  std::vector<std::string> notes;  ///< what the record does not say, for people
};

/// Somebody who was not there, and asked for the history of the room later.
struct Look {
  Occupant person;  ///< `joined_at`: when the history was asked for
  std::uint64_t event_id = 0;
  std::string query;  ///< as it was asked; what was shown is not recorded
};

/// An EDIT, DELETE or PURGE of a message.
struct Change {
  schema::EventKind kind = schema::EventKind::unspecified;
  UtcTime at{};
  std::uint64_t event_id = 0;
};

/// Who could have seen a message.
struct Audience {
  db::RoomRow room;
  db::ComplianceEvent said;
  std::vector<Occupant> present;       ///< when it was said, in order of uri
  std::vector<Look> looked;            ///< the first look of each, before it was taken away
  std::vector<Occupant> joined_later;  ///< without such a look, before it was taken away
  std::vector<Change> changes;         ///< of the message, in order of time
  std::vector<std::string> notes;      ///< as of RoomAt
};

/// @param room  a uri, or a name that only one room ever had.
/// @errors stop  there is no such room, or several have the name: with their uris.
[[nodiscard]] Result<RoomAt> who_was_in(db::ComplianceReader& reader, const std::string& room,
                                        UtcTime at);

/// @param room  as of who_was_in().
/// @param lane  of the event; needed where several lanes have one of this number in the room.
/// @errors stop  no such room or event, an event of another room.
[[nodiscard]] Result<Audience> who_saw(db::ComplianceReader& reader, const std::string& room,
                                       std::uint64_t event_id,
                                       const std::optional<std::string>& lane);

}  // namespace mgc::audit
