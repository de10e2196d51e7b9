#include "db/projector.hpp"

namespace mgc::db {

void Projector::add(std::span<const schema::EventView> events, const PackPlace& place) {
  const std::size_t first = rows_.size();
  for (std::uint64_t i = 0; i < events.size(); ++i) {
    EventRow& row = rows_.emplace_back(row_of(events[i]));
    row.event_id = place.first_event_id + i;
    row.node_id = place.node_id;
    row.epoch = place.epoch;
    row.sequence = place.first_sequence + i;
    row.block = place.block;
  }
  look_names_up(events, first);
}

void Projector::look_names_up(std::span<const schema::EventView> events, std::size_t first) {
  names_.clear();
  places_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const schema::EventView& event = events[i];
    const std::size_t row = first + i;
    if (event.room) add_name(name_of(*event.room), {row, &EventRow::room_id});
    if (event.actor) add_name(name_of(*event.actor), {row, &EventRow::actor_id});
    if (event.target) add_name(name_of(*event.target), {row, &EventRow::target_id});
  }
  ids_.resize(names_.size());
  dictionary_.known(names_, ids_);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const Place& place = places_[i];
    rows_[place.row].*place.id = ids_[i];
    if (ids_[i] == 0) note_unknown(events[place.row - first], place);
  }
}

void Projector::add_name(const Name& name, Place place) {
  names_.push_back(name);
  places_.push_back(place);
}

void Projector::note_unknown(const schema::EventView& event, Place place) {
  if (place.id == &EventRow::room_id) {
    rooms_.add(*event.room, place);
  } else {
    people_.add(place.id == &EventRow::actor_id ? *event.actor : *event.target, place);
  }
}

Result<void> Projector::learn_names() {
  if (auto learnt = learn(rooms_); !learnt) return learnt;
  return learn(people_);
}

template <typename View>
Result<void> Projector::learn(const Unknown<View>& unknown) {
  if (unknown.views.empty()) return {};
  const auto ids = dictionary_.learn(unknown.views);
  if (!ids) return ids.error();
  for (std::size_t i = 0; i < ids->size(); ++i) {
    rows_[unknown.places[i].row].*unknown.places[i].id = (*ids)[i];
  }
  return {};
}

}  // namespace mgc::db
