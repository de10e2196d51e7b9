#include "db/room_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "db/event_search.hpp"
#include "schema/event_view.hpp"
#include "schema/pack.hpp"

namespace mgc::db {
namespace {

using schema::EventKind;

/// An event as it is stored; people are looked up when it is shown.
struct Stored {
  RoomEvent event;
  std::int64_t actor_id = 0;
  std::int64_t target_id = 0;
};

Result<std::vector<std::int64_t>> room_ids(Session& session, const std::string& uri) {
  std::vector<std::int64_t> ids;
  const auto read =
      session.query("SELECT room_id FROM room WHERE uri = ?1", {uri}, [&](const Row& row) {
        ids.push_back(row.integer(0));
        return true;
      });
  if (!read) return read.error();
  return ids;
}

Result<RoomRow> read_room(Session& session, const std::string& uri) {
  std::set<std::string> names;
  const auto read = session.query(
      "SELECT room.name, room_detail.name FROM room LEFT JOIN room_detail"
      " ON room_detail.room_id = room.room_id WHERE room.uri = ?1",
      {uri}, [&](const Row& row) {
        names.insert(row.text(0));
        names.insert(row.text(1));
        return true;
      });
  if (!read) return read.error();
  names.erase("");
  return RoomRow{uri, {names.begin(), names.end()}};
}

class RoomEvents {
 public:
  RoomEvents(Session& session, const RoomQuery& query,
             const std::function<bool(const RoomEvent&)>& visit)
      : session_(session), query_(query), visit_(visit) {}

  Result<void> run() {
    auto rooms = room_ids(session_, query_.uri);
    if (!rooms) return rooms.error();
    if (rooms->empty()) return {};
    rooms_ = std::move(*rooms);
    auto segments = wanted_segments();
    if (!segments) return segments.error();
    for (std::size_t i = 0; more_ && i < segments->size(); ++i) {
      if (const auto read = read_segment((*segments)[i]); !read) return read;
      // Nothing that is older than the rest of the segments is still to come.
      const bool is_last = i + 1 == segments->size();
      const auto shown = show_before(is_last ? std::numeric_limits<std::int64_t>::max()
                                             : (*segments)[i + 1].least_occurred_at);
      if (!shown) return shown;
    }
    return {};
  }

 private:
  /// In order of their least times.
  Result<std::vector<SegmentRow>> wanted_segments() {
    auto segments = list_segments(session_, std::nullopt);
    if (!segments) return segments;
    std::erase_if(*segments, [this](const SegmentRow& segment) {
      const bool is_late = query_.until && segment.least_occurred_at > to_micros(*query_.until);
      const bool is_early = query_.since && segment.greatest_occurred_at < to_micros(*query_.since);
      return segment.ids.first > segment.ids.last || is_late || is_early;
    });
    std::ranges::stable_sort(*segments, {}, &SegmentRow::least_occurred_at);
    return segments;
  }

  Result<void> read_segment(const SegmentRow& segment) {
    std::vector<std::int32_t> kinds;
    for (const EventKind kind : query_.kinds) kinds.push_back(static_cast<std::int32_t>(kind));
    const bool with_people =
        std::ranges::find(query_.kinds, EventKind::person) != query_.kinds.end();
    std::string where = fmt::format(
        "e.kind IN ({}) AND (e.room_id IN ({}){})", fmt::join(kinds, ", "), fmt::join(rooms_, ", "),
        with_people ? fmt::format(" OR (e.room_id IS NULL AND e.kind = {})",
                                  static_cast<std::int32_t>(EventKind::person))
                    : "");
    if (query_.since) where += fmt::format(" AND e.occurred_at >= {}", to_micros(*query_.since));
    if (query_.until) where += fmt::format(" AND e.occurred_at <= {}", to_micros(*query_.until));
    return session_.stream(
        fmt::format("SELECT e.event_id, e.kind, e.occurred_at, e.actor_id, e.target_id, e.chat_id,"
                    " e.content FROM event_{} AS e WHERE {}",
                    segment.segment, where),
        {}, [&](const Row& row) {
          Stored& one = stored_.emplace_back();
          one.event.lane = segment.lane;
          one.event.event_id = row.number(0);
          one.event.kind = static_cast<EventKind>(row.integer(1));
          one.event.occurred_at = utc_from_micros(row.integer(2));
          if (!row.is_null(3)) one.actor_id = row.integer(3);
          if (!row.is_null(4)) one.target_id = row.integer(4);
          one.event.chat_id = row.integer(5);
          one.event.content = row.text(6);
          return true;
        });
  }

  /// Shows those of `stored_` that happened before `horizon`, and forgets them.
  Result<void> show_before(std::int64_t horizon) {
    const auto later = std::partition(stored_.begin(), stored_.end(), [&](const Stored& one) {
      return to_micros(one.event.occurred_at) < horizon;
    });
    std::sort(stored_.begin(), later, [](const Stored& a, const Stored& b) {
      return place_of(a.event) < place_of(b.event);
    });
    if (const auto found = find_people(later); !found) return found;
    for (auto one = stored_.begin(); more_ && one != later; ++one) {
      if (one->actor_id != 0) one->event.actor = people_[one->actor_id];
      if (one->target_id != 0) one->event.target = people_[one->target_id];
      more_ = visit_(one->event);
    }
    stored_.erase(stored_.begin(), later);
    return {};
  }

  Result<void> find_people(std::vector<Stored>::const_iterator end) {
    constexpr std::size_t kOfStatement = 500;
    std::set<std::int64_t> ids;
    for (auto one = stored_.cbegin(); one != end; ++one) {
      for (const std::int64_t id : {one->actor_id, one->target_id}) {
        if (id != 0 && !people_.contains(id)) ids.insert(id);
      }
    }
    for (auto next = ids.begin(); next != ids.end();) {
      std::vector<std::int64_t> some;
      while (some.size() < kOfStatement && next != ids.end()) some.push_back(*next++);
      const auto read = session_.query(
          fmt::format("SELECT p.person_id, p.uri, p.name, p.email, d.name, d.email FROM person AS p"
                      " LEFT JOIN person_detail AS d ON d.person_id = p.person_id"
                      " WHERE p.person_id IN ({})",
                      fmt::join(some, ", ")),
          {}, [this](const Row& row) {
            const auto known = [&row](int said, int of_mgc) {
              return row.bytes(said).empty() ? row.text(of_mgc) : row.text(said);
            };
            people_[row.integer(0)] = {row.text(1), known(2, 4), known(3, 5)};
            return true;
          });
      if (!read) return read;
    }
    return {};
  }

  Session& session_;
  const RoomQuery& query_;
  const std::function<bool(const RoomEvent&)>& visit_;
  std::vector<std::int64_t> rooms_;
  std::vector<Stored> stored_;
  std::map<std::int64_t, RoomPerson> people_;
  bool more_ = true;
};

}  // namespace

Result<std::vector<RoomRow>> find_rooms(Session& session, const std::string& room) {
  const auto of_uri = read_room(session, room);
  if (!of_uri) return of_uri.error();
  const auto ids = room_ids(session, room);
  if (!ids) return ids.error();
  if (!ids->empty()) return std::vector<RoomRow>{*of_uri};
  std::set<std::string> uris;
  const auto named = session.query(
      "SELECT uri FROM room WHERE name = ?1 UNION SELECT r.uri FROM room_detail AS d"
      " JOIN room AS r ON r.room_id = d.room_id WHERE d.name = ?1",
      {room}, [&](const Row& row) {
        uris.insert(row.text(0));
        return true;
      });
  if (!named) return named.error();
  std::vector<RoomRow> rooms;
  for (const std::string& uri : uris) {
    auto one = read_room(session, uri);
    if (!one) return one.error();
    rooms.push_back(std::move(*one));
  }
  return rooms;
}

Result<void> show_room_events(Session& session, const RoomQuery& query,
                              const std::function<bool(const RoomEvent&)>& visit) {
  return RoomEvents(session, query, visit).run();
}

Result<std::optional<UtcTime>> find_purged_through(Session& session, const std::string& lane,
                                                   std::uint64_t event_id) {
  Bytes body;
  std::uint64_t first = 0;
  const auto read = session.query(
      "SELECT body, first_event_id FROM pack WHERE lane_id = (SELECT lane_id FROM lane WHERE"
      " name = ?1) AND first_event_id = (SELECT max(first_event_id) FROM pack WHERE lane_id ="
      " (SELECT lane_id FROM lane WHERE name = ?1) AND first_event_id <= ?2)",
      {lane, event_id}, [&](const Row& row) {
        body = row.text(0);
        first = row.number(1);
        return false;
      });
  if (!read) return read.error();
  const auto pack = schema::decode_pack(body);
  if (!pack || event_id - first >= pack->size()) {
    return Error{Action::stop, fmt::format("event {} of lane {} is in no pack that can be read: "
                                           "mgc audit verify says more",
                                           event_id, lane)};
  }
  const auto event = schema::view_event(pack->event(event_id - first));
  if (!event) return Error{Action::stop, event.error().message};
  if (event->kind != EventKind::purge) return std::optional<UtcTime>{};
  return std::optional(utc_from_micros(event->purged_through));
}

}  // namespace mgc::db
