#include "consumer/joined_people.hpp"

#include <algorithm>
#include <iterator>

namespace mgc::consumer {
namespace {

schema::Room owned(const schema::RoomView& room) {
  return {std::string(room.uri), std::string(room.name)};
}

schema::Person owned(const schema::PersonView& person) {
  return {std::string(person.uri), std::string(person.name), std::string(person.email),
          person.external};
}

}  // namespace

bool JoinedPeople::is_mine(const Key& key) const { return key >= begin_ && (!end_ || key < *end_); }

void JoinedPeople::take(const schema::EventView& event) {
  if (!event.actor) return;
  if (event.kind == schema::EventKind::person && event.target) return rename(event);
  if (!event.room) return;
  if (event.kind == schema::EventKind::join) join(owned(*event.room), *event.actor);
  // Also of somebody who was removed: the target of a PART is who did it.
  if (event.kind == schema::EventKind::part) joined_.erase(Key(event.room->uri, event.actor->uri));
}

void JoinedPeople::join(const schema::Room& room, const schema::PersonView& person) {
  const Key key(room.uri, person.uri);
  if (!is_mine(key)) return;
  joined_[key] = {room, owned(person)};
  if (joined_.size() > entries_max_) forget_the_last();
}

/// The same person goes on under another address, in all rooms or in the one that is named.
void JoinedPeople::rename(const schema::EventView& event) {
  if (event.actor->uri == event.target->uri) return;
  if (event.room) {
    const Key key(event.room->uri, event.actor->uri);
    // Whoever another look knows is taken to have been there.
    if (joined_.erase(key) > 0 || !is_mine(key)) join(owned(*event.room), *event.target);
    return;
  }
  std::vector<schema::Room> rooms;
  for (auto room = joined_.begin(); room != joined_.end();) {
    const std::string uri = room->first.first;
    if (const auto one = joined_.find(Key(uri, event.actor->uri)); one != joined_.end()) {
      rooms.push_back(one->second.room);
    }
    room = joined_.lower_bound(Key(uri + '\0', std::string()));
  }
  for (const schema::Room& room : rooms) {
    joined_.erase(Key(room.uri, event.actor->uri));
    join(room, *event.target);
  }
}

void JoinedPeople::forget_the_last() {
  const std::string& first_room = joined_.begin()->first.first;
  const auto middle = std::next(joined_.begin(), static_cast<std::ptrdiff_t>(joined_.size() / 2));
  if (middle->first.first != first_room) {
    end_ = Key(middle->first.first, std::string());
  } else {
    const auto second_room = joined_.lower_bound(Key(first_room + '\0', std::string()));
    end_ =
        second_room == joined_.end() ? middle->first : Key(second_room->first.first, std::string());
  }
  joined_.erase(joined_.lower_bound(*end_), joined_.end());
}

std::vector<db::LeftJoined> JoinedPeople::left() && {
  std::vector<db::LeftJoined> people;
  people.reserve(joined_.size());
  for (auto& [key, one] : joined_) people.push_back(std::move(one));
  return people;
}

}  // namespace mgc::consumer
