#include "audit/formats/rooms.hpp"

#include <fmt/format.h>

#include "audit/formats/fields.hpp"

namespace mgc::audit {

std::vector<RoomEvents> rooms_of(const Slice& slice) {
  static const std::vector<Occupant> nobody;
  std::vector<RoomEvents> rooms;
  std::map<std::optional<std::string>, std::size_t> places;
  for (const db::ComplianceEvent& event : slice.events) {
    const auto [place, is_new] = places.try_emplace(event.room_uri, rooms.size());
    if (is_new) {
      const auto present = event.room_uri ? slice.present.find(*event.room_uri)  //
                                          : slice.present.end();
      rooms.push_back({rooms.size() + 1,
                       event.room_uri,
                       {},
                       {},
                       present == slice.present.end() ? &nobody : &present->second});
    }
    RoomEvents& room = rooms[place->second];
    if (room.name.empty()) room.name = event.room_name.value_or("");
    room.events.push_back(&event);
  }
  return rooms;
}

Attendance::Attendance(const std::vector<Occupant>& present) {
  for (const Occupant& person : present) enter(person);
}

void Attendance::apply(const db::ComplianceEvent& event) {
  if (event.kind == "JOIN") {
    if (const auto actor = actor_of(event)) enter(*actor);
  } else if (event.kind == "PART" && event.actor_uri) {
    now_.erase(*event.actor_uri);
  }
}

std::optional<Occupant> actor_of(const db::ComplianceEvent& event) {
  if (!event.actor_uri) return std::nullopt;
  return Occupant{*event.actor_uri, event.actor_name.value_or(""), event.actor_email.value_or(""),
                  event.occurred_at};
}

std::int64_t to_millis(UtcTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

std::string slice_name(const Slice& slice) {
  return fmt::format("{}-{:012}", short_hash(slice.lane), slice.number);
}

}  // namespace mgc::audit
