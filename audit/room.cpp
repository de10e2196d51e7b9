#include "audit/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "audit/room_presence.hpp"

namespace mgc::audit {
namespace {

using schema::EventKind;

Result<db::RoomRow> only_room(db::ComplianceReader& reader, const std::string& room) {
  constexpr std::size_t kShown = 10;
  auto rooms = reader.rooms(room);
  if (!rooms) return rooms.error();
  if (rooms->empty()) {
    return Error{Action::stop,
                 fmt::format("no event came from a room with the address or name {}", room)};
  }
  if (rooms->size() == 1) return std::move(rooms->front());
  std::string uris;
  for (std::size_t i = 0; i < std::min(rooms->size(), kShown); ++i) {
    uris += fmt::format("{}{}", i == 0 ? "" : ", ", (*rooms)[i].uri);
  }
  if (rooms->size() > kShown) uris += fmt::format(" and {} more", rooms->size() - kShown);
  return Error{Action::stop, fmt::format("{} rooms had the name {}: {}; give the address of one",
                                         rooms->size(), room, uris)};
}

Result<std::vector<std::string>> notes_of(db::ComplianceReader& reader) {
  std::vector<std::string> notes = {
      "whoever joined before the record of the room begins is not known"};
  const auto gaps = reader.gaps(false);
  if (!gaps) return gaps.error();
  std::uint64_t missing = 0;
  for (const db::GapRow& gap : *gaps) missing += gap.last_sequence - gap.first_sequence + 1;
  if (missing > 0) {
    notes.push_back(fmt::format(
        "{} events are missing (mgc audit gaps): who came and went in them is not known", missing));
  }
  return notes;
}

/// Who is there before `place`.
Result<RoomPresence> presence_before(db::ComplianceReader& reader, const std::string& uri,
                                     const db::RoomPlace& place) {
  RoomPresence presence;
  const auto read = reader.each_room_event({uri, RoomPresence::kinds(), {}, place.occurred_at},
                                           [&](const db::RoomEvent& event) {
                                             if (db::place_of(event) >= place) return false;
                                             presence.take(event);
                                             return true;
                                           });
  if (!read) return read.error();
  return presence;
}

/// The event of that number in this room.
Result<db::ComplianceEvent> find_event(db::ComplianceReader& reader, const db::RoomRow& room,
                                       std::uint64_t event_id,
                                       const std::optional<std::string>& lane) {
  const auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  std::vector<db::ComplianceEvent> found;
  std::string elsewhere;
  db::EventQuery query;
  if (event_id > 0) query.after_event_id = event_id - 1;
  query.before_event_id = event_id + 1;
  for (const std::string& one : *lanes) {
    if (lane && *lane != one) continue;
    const auto read = reader.each_hit(one, query, [&](const db::ComplianceEvent& event) {
      if (event.room_uri == room.uri) {
        found.push_back(event);
      } else {
        elsewhere = event.room_uri.value_or("no room");
      }
      return true;
    });
    if (!read) return read.error();
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) {
    return Error{Action::stop, fmt::format("lanes {} and {} have an event {} in the room each; say "
                                           "which with --lane",
                                           found[0].lane, found[1].lane, event_id)};
  }
  if (elsewhere.empty()) return Error{Action::stop, fmt::format("there is no event {}", event_id)};
  return Error{Action::stop,
               fmt::format("event {} is of {}, not of {}", event_id, elsewhere, room.uri)};
}

/// What came after a message in its room.
class Afterwards {
 public:
  Afterwards(db::ComplianceReader& reader, Audience& audience)
      : reader_(reader), audience_(audience) {
    for (const Occupant& occupant : audience.present) there_.insert(occupant.uri);
  }

  Result<void> read() {
    const db::ComplianceEvent& said = audience_.said;
    const db::RoomPlace place{said.occurred_at, said.lane, said.event_id};
    Result<void> failed;
    const auto read =
        reader_.each_room_event({audience_.room.uri,
                                 {EventKind::join, EventKind::backchat, EventKind::edit,
                                  EventKind::deletion, EventKind::purge},
                                 said.occurred_at,
                                 {}},
                                [&](const db::RoomEvent& event) {
                                  if (db::place_of(event) > place) failed = take(event);
                                  return failed.has_value();
                                });
    if (!read) return read;
    if (!failed) return failed;
    finish();
    return {};
  }

 private:
  Result<void> take(const db::RoomEvent& event) {
    switch (event.kind) {
      case EventKind::join: join(event); return {};
      case EventKind::backchat: look(event); return {};
      case EventKind::purge: return purge(event);
      default: break;
    }
    const std::int64_t chat_id = audience_.said.chat_id;
    if (chat_id == 0 || event.chat_id != chat_id) return {};
    change(event);
    return {};
  }

  static Occupant person_of(const db::RoomEvent& event) {
    return {event.actor->uri, event.actor->name, event.actor->email, event.occurred_at};
  }
  void join(const db::RoomEvent& event) {
    if (is_gone_ || !event.actor || there_.contains(event.actor->uri)) return;
    later_.try_emplace(event.actor->uri, person_of(event));
  }
  void look(const db::RoomEvent& event) {
    if (!event.actor || there_.contains(event.actor->uri)) return;
    if (is_gone_) {
      ++looks_too_late_;
    } else if (lookers_.insert(event.actor->uri).second) {
      audience_.looked.push_back({person_of(event), event.event_id, event.content});
    }
  }
  void change(const db::RoomEvent& event) {
    audience_.changes.push_back({event.kind, event.occurred_at, event.event_id});
    is_gone_ = is_gone_ || event.kind != EventKind::edit;
  }
  Result<void> purge(const db::RoomEvent& event) {
    const auto through = reader_.purged_through(event.lane, event.event_id);
    if (!through) return through.error();
    if (*through && **through >= audience_.said.occurred_at) change(event);
    return {};
  }

  void finish() {
    for (auto& [uri, person] : later_) {
      if (!lookers_.contains(uri)) audience_.joined_later.push_back(std::move(person));
    }
    std::vector<std::string>& notes = audience_.notes;
    if (!audience_.looked.empty()) {
      notes.emplace_back(
          "what a look at the history was answered with is not recorded, only what was asked");
    }
    if (!audience_.joined_later.empty()) {
      notes.emplace_back(
          "whether the room showed its last messages to those who joined later is not recorded");
    }
    if (looks_too_late_ > 0) {
      notes.push_back(
          fmt::format("{} looks at the history came after it was taken away", looks_too_late_));
    }
    if (audience_.said.chat_id == 0) {
      notes.emplace_back(
          "it has no number as a post, so that a later EDIT or DELETE of it is not "
          "known");
    }
  }

  db::ComplianceReader& reader_;
  Audience& audience_;
  std::set<std::string> there_, lookers_;
  std::map<std::string, Occupant> later_;
  bool is_gone_ = false;
  std::uint64_t looks_too_late_ = 0;
};

}  // namespace

Result<RoomAt> who_was_in(db::ComplianceReader& reader, const std::string& room, UtcTime at) {
  auto only = only_room(reader, room);
  if (!only) return only.error();
  RoomAt answer{std::move(*only), at, {}, {}};
  const db::RoomPlace behind{at + std::chrono::microseconds{1}, {}, 0};
  const auto presence = presence_before(reader, answer.room.uri, behind);
  if (!presence) return presence.error();
  answer.present = presence->people();
  auto notes = notes_of(reader);
  if (!notes) return notes.error();
  answer.notes = std::move(*notes);
  return answer;
}

Result<Audience> who_saw(db::ComplianceReader& reader, const std::string& room,
                         std::uint64_t event_id, const std::optional<std::string>& lane) {
  auto only = only_room(reader, room);
  if (!only) return only.error();
  Audience audience;
  audience.room = std::move(*only);
  auto said = find_event(reader, audience.room, event_id, lane);
  if (!said) return said.error();
  audience.said = std::move(*said);
  const auto presence =
      presence_before(reader, audience.room.uri,
                      {audience.said.occurred_at, audience.said.lane, audience.said.event_id});
  if (!presence) return presence.error();
  audience.present = presence->people();
  auto notes = notes_of(reader);
  if (!notes) return notes.error();
  audience.notes = std::move(*notes);
  if (const auto read = Afterwards(reader, audience).read(); !read) return read.error();
  return audience;
}

}  // namespace mgc::audit
