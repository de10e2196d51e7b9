#include "audit/presence.hpp"

#include <algorithm>
#include <utility>

namespace mgc::audit {
namespace {

/// What is read at a time: so many event ids, or so many steps. A search by room sorts what it
/// finds, so that asking for each slice anew would sort all of a room for each.
constexpr std::uint64_t kIdsAhead = 1'000'000;
constexpr std::size_t kStepsAhead = 50'000;

}  // namespace

Presence::Presence(std::string lane, const db::EventQuery& query) : lane_(std::move(lane)) {
  steps_.room = query.room;
  steps_.kinds = {schema::EventKind::join, schema::EventKind::part};
}

Result<void> Presence::advance(db::ComplianceReader& reader, std::uint64_t event_id,
                               std::uint64_t end) {
  if (auto read = read_ahead(reader, event_id, end); !read) return read;
  for (; !ahead_.empty() && ahead_.front().event_id < event_id; ahead_.pop_front()) {
    const Step& step = ahead_.front();
    const std::string_view uri = step.who.person->uri;
    if (step.joins) {
      step.room->try_emplace(uri, step.who);
    } else {
      step.room->erase(uri);
    }
  }
  return {};
}

Result<void> Presence::read_ahead(db::ComplianceReader& reader, std::uint64_t event_id,
                                  std::uint64_t end) {
  if (event_id <= next_) return {};
  if (next_ > 0) steps_.after_event_id = next_ - 1;
  const std::uint64_t before = std::max(event_id, std::min(end, next_ + kIdsAhead));
  steps_.before_event_id = before;
  std::uint64_t last = 0;
  bool more = true;
  auto found = reader.each_hit(lane_, steps_, [&](const db::ComplianceEvent& event) {
    read(event);
    last = event.event_id;
    return more = last < event_id || ahead_.size() < kStepsAhead;
  });
  if (!found) return found;
  next_ = more ? before : last + 1;
  return {};
}

void Presence::read(const db::ComplianceEvent& event) {
  if (!event.room_uri || !event.actor_uri) return;
  const auto person =
      people_
          .insert({*event.actor_uri, event.actor_name.value_or(""), event.actor_email.value_or("")})
          .first;
  const bool joins = event.kind == schema::kind_name(schema::EventKind::join);
  ahead_.push_back(
      {event.event_id, &rooms_[*event.room_uri], {&*person, event.occurred_at}, joins});
}

std::vector<Occupant> Presence::in(const std::string& room) const {
  std::vector<Occupant> occupants;
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return occupants;
  for (const auto& [uri, inside] : found->second) {
    occupants.push_back(
        {inside.person->uri, inside.person->name, inside.person->email, inside.joined_at});
  }
  return occupants;
}

}  // namespace mgc::audit
