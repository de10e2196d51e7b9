#include "audit/room_presence.hpp"

#include <utility>

namespace mgc::audit {

using schema::EventKind;

const std::vector<EventKind>& RoomPresence::kinds() {
  static const std::vector<EventKind> all = {EventKind::join, EventKind::part, EventKind::person};
  return all;
}

void RoomPresence::take(const db::RoomEvent& event) {
  if (!event.actor) return;
  const db::RoomPerson& actor = *event.actor;
  if (event.kind == EventKind::join) {
    // Who joins once more, from another device, has been there since the first time.
    people_.try_emplace(actor.uri, Occupant{actor.uri, actor.name, actor.email, event.occurred_at});
  } else if (event.kind == EventKind::part) {
    people_.erase(actor.uri);
  } else if (event.kind == EventKind::person && event.target) {
    const auto known = people_.find(actor.uri);
    if (known == people_.end()) return;
    const UtcTime joined_at = known->second.joined_at;
    people_.erase(known);
    const db::RoomPerson& target = *event.target;
    people_[target.uri] = Occupant{target.uri, target.name, target.email, joined_at};
  }
}

std::vector<Occupant> RoomPresence::people() const {
  std::vector<Occupant> all;
  all.reserve(people_.size());
  for (const auto& [uri, occupant] : people_) all.push_back(occupant);
  return all;
}

}  // namespace mgc::audit
