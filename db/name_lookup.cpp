#include "db/name_lookup.hpp"

#include <span>

namespace mgc::db {

void NameLookup::add(const schema::EventView& event, EventNames& ids) {
  if (event.room && ids.room_id == 0) want(name_of(*event.room), {&*event.room, {}, &ids.room_id});
  if (event.actor && ids.actor_id == 0) {
    want(name_of(*event.actor), {{}, &*event.actor, &ids.actor_id});
  }
  if (event.target && ids.target_id == 0) {
    want(name_of(*event.target), {{}, &*event.target, &ids.target_id});
  }
}

void NameLookup::want(const Name& name, Wanted wanted) {
  names_.push_back(name);
  wanted_.push_back(wanted);
}

void NameLookup::find_known() {
  found_.resize(names_.size());
  dictionary_.known(names_, found_);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Wanted& wanted = wanted_[i];
    if (found_[i] != 0) {
      *wanted.id = found_[i];
    } else if (wanted.room != nullptr) {
      rooms_.views.push_back(*wanted.room);
      rooms_.ids.push_back(wanted.id);
    } else {
      people_.views.push_back(*wanted.person);
      people_.ids.push_back(wanted.id);
    }
  }
  names_.clear();
  wanted_.clear();
}

Result<void> NameLookup::learn() {
  find_known();
  if (auto learnt = learn(rooms_); !learnt) return learnt;
  return learn(people_);
}

template <typename View>
Result<void> NameLookup::learn(Unknown<View>& unknown) {
  if (unknown.views.empty()) return {};
  const auto ids = dictionary_.learn(std::span<const View>(unknown.views));
  if (!ids) return ids.error();
  for (std::size_t i = 0; i < ids->size(); ++i) *unknown.ids[i] = (*ids)[i];
  unknown = {};
  return {};
}

}  // namespace mgc::db
