#include "db/projector.hpp"

namespace mgc::db {
namespace {

constexpr std::size_t kNamesOfEvent = 3;

}  // namespace

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
  names_.assign(events.size() * kNamesOfEvent, Name{});
  ids_.resize(names_.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    Name* name = &names_[i * kNamesOfEvent];
    if (events[i].room) name[0] = name_of(*events[i].room);
    if (events[i].actor) name[1] = name_of(*events[i].actor);
    if (events[i].target) name[2] = name_of(*events[i].target);
  }
  dictionary_.known(names_, ids_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const schema::EventView& event = events[i];
    const std::size_t row = first + i;
    const std::int64_t* id = &ids_[i * kNamesOfEvent];
    rows_[row].room_id = id[0];
    rows_[row].actor_id = id[1];
    rows_[row].target_id = id[2];
    if (event.room && id[0] == 0) rooms_.add(*event.room, {row, &EventRow::room_id});
    if (event.actor && id[1] == 0) people_.add(*event.actor, {row, &EventRow::actor_id});
    if (event.target && id[2] == 0) people_.add(*event.target, {row, &EventRow::target_id});
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
