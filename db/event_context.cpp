#include "db/event_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "db/event_search.hpp"
#include "db/id_windows.hpp"

namespace mgc::db {
namespace {

using Ids = std::vector<std::int64_t>;

std::int64_t id_of(const ComplianceEvent& event) {
  return static_cast<std::int64_t>(event.event_id);
}

enum class Direction : std::uint8_t { before, after };

/// What is still looked for on one side of a hit.
struct Side {
  const ComplianceEvent* hit = nullptr;
  std::int64_t from = 0;  ///< the farthest that is known
  std::uint32_t missing = 0;
};

/// Ranges of a statement; where there would be more, one that covers all is read.
constexpr std::size_t kRangesMax = 200;
/// In a busy room those next to a hit are among so many ids for each that is wanted.
constexpr std::int64_t kIdsOfOne = 200;
constexpr std::int64_t kIdsLeast = 2'000;
constexpr std::int64_t kIdsMost = 20'000;
constexpr std::size_t kIdsOfStatement = 500;

/// What lies around the hits of one lane.
class LaneContext {
 public:
  LaneContext(Session& session, std::vector<SegmentRow> segments, std::uint32_t count)
      : session_(session),
        segments_(std::move(segments)),
        count_(count),
        window_(std::clamp(kIdsOfOne * static_cast<std::int64_t>(count), kIdsLeast, kIdsMost)) {}

  Result<std::vector<ContextGroup>> run(const std::vector<const ComplianceEvent*>& hits) {
    for (const ComplianceEvent* hit : hits) {
      around_[hit].insert(id_of(*hit));
      if (const auto known = find_room(*hit); !known) return known.error();
    }
    for (const Direction direction : {Direction::before, Direction::after}) {
      if (const auto walked = walk(direction, hits); !walked) return walked.error();
    }
    if (const auto read = read_events(hits); !read) return read.error();
    return groups(hits);
  }

 private:
  /// A room is one by its uri, whatever it was called.
  Result<void> find_room(const ComplianceEvent& hit) {
    if (!hit.room_uri || rooms_.contains(*hit.room_uri)) return {};
    Ids& ids = rooms_[*hit.room_uri];
    return session_.query("SELECT room_id FROM room WHERE uri = ?1", {*hit.room_uri},
                          [&](const Row& row) {
                            ids.push_back(row.integer(0));
                            return true;
                          });
  }

  /// From segment to segment, until each hit has enough on this side or there are no more.
  Result<void> walk(Direction direction, const std::vector<const ComplianceEvent*>& hits) {
    std::vector<const SegmentRow*> order;
    for (const SegmentRow& segment : segments_) {
      if (segment.ids.first <= segment.ids.last) order.push_back(&segment);
    }
    if (direction == Direction::before) std::ranges::reverse(order);
    std::vector<Side> sides;
    for (const SegmentRow* segment : order) {
      for (const ComplianceEvent* hit : hits) {
        if (!hit->room_uri || hit->segment != segment->segment) continue;
        sides.push_back({hit, id_of(*hit), count_});
      }
      if (const auto found = look_in(*segment, direction, sides); !found) return found;
    }
    return {};
  }

  /// Takes from `sides` those that are complete then.
  Result<void> look_in(const SegmentRow& segment, Direction direction, std::vector<Side>& sides) {
    const auto is_complete = [](const Side& side) { return side.missing == 0; };
    for (const std::int64_t window : {window_, std::int64_t{0}}) {
      std::erase_if(sides, is_complete);
      if (sides.empty()) return {};
      if (const auto taken = take(segment, direction, window, sides); !taken) return taken;
    }
    std::erase_if(sides, is_complete);
    return {};
  }

  /// The ids of the segment in which a side goes on; `window` of them, or all when it is 0.
  static IdWindow next_ids(const SegmentRow& segment, Direction direction, std::int64_t window,
                           const Side& side) {
    IdWindow ids = segment.ids;
    if (direction == Direction::before) {
      ids.last = std::min(ids.last, side.from - 1);
      if (window > 0) ids.first = std::max(ids.first, ids.last - window + 1);
    } else {
      ids.first = std::max(ids.first, side.from + 1);
      if (window > 0) ids.last = std::min(ids.last, ids.first + window - 1);
    }
    return ids;
  }

  /// In order, apart from each other.
  static std::vector<IdWindow> merged(std::vector<IdWindow> ranges) {
    std::erase_if(ranges, [](const IdWindow& range) { return range.first > range.last; });
    std::ranges::sort(ranges, {}, &IdWindow::first);
    std::vector<IdWindow> apart;
    for (const IdWindow& range : ranges) {
      if (apart.empty() || range.first > apart.back().last + 1) {
        apart.push_back(range);
      } else {
        apart.back().last = std::max(apart.back().last, range.last);
      }
    }
    if (apart.size() > kRangesMax) apart = {{apart.front().first, apart.back().last}};
    return apart;
  }

  Result<void> take(const SegmentRow& segment, Direction direction, std::int64_t window,
                    std::vector<Side>& sides) {
    std::vector<IdWindow> ranges;
    std::set<std::string> uris;
    for (const Side& side : sides) {
      ranges.push_back(next_ids(segment, direction, window, side));
      uris.insert(*side.hit->room_uri);
    }
    const auto by_room = ids_of_rooms(segment, uris, merged(std::move(ranges)), window == 0);
    if (!by_room) return by_room.error();
    for (Side& side : sides) {
      const auto ids = by_room->find(*side.hit->room_uri);
      if (ids == by_room->end()) continue;
      take_from(ids->second, next_ids(segment, direction, window, side), direction, side);
    }
    return {};
  }

  /// Those of `ids` that are nearest, within `range`, where all are known.
  void take_from(const Ids& ids, const IdWindow& range, Direction direction, Side& side) {
    if (range.first > range.last) return;
    auto first = std::ranges::lower_bound(ids, range.first);
    auto last = std::ranges::upper_bound(ids, range.last);
    while (side.missing > 0 && first != last) {
      side.from = direction == Direction::before ? *--last : *first++;
      around_[side.hit].insert(side.from);
      --side.missing;
    }
  }

  /// @param by_room  its index is better than the key.
  Result<std::map<std::string, Ids>> ids_of_rooms(const SegmentRow& segment,
                                                  const std::set<std::string>& uris,
                                                  const std::vector<IdWindow>& ranges,
                                                  bool by_room) {
    std::map<std::string, Ids> found;
    std::map<std::int64_t, Ids*> places;
    Ids rooms;
    for (const std::string& uri : uris) {
      for (const std::int64_t room : rooms_[uri]) {
        places[room] = &found[uri];
        rooms.push_back(room);
      }
    }
    if (rooms.empty() || ranges.empty()) return found;
    const std::string id = by_room && segment.is_sealed ? "+e.event_id" : "e.event_id";
    std::string among;
    for (const IdWindow& range : ranges) {
      among += fmt::format("{}({} >= {} AND {} <= {})", among.empty() ? "" : " OR ", id,
                           range.first, id, range.last);
    }
    const auto read = session_.stream(
        fmt::format("SELECT e.event_id, e.room_id FROM event_{} AS e WHERE e.room_id IN ({})"
                    " AND ({}) ORDER BY {}",
                    segment.segment, fmt::join(rooms, ", "), among, id),
        {}, [&](const Row& row) {
          places[row.integer(1)]->push_back(row.integer(0));
          return true;
        });
    if (!read) return read.error();
    return found;
  }

  Result<void> read_events(const std::vector<const ComplianceEvent*>& hits) {
    std::set<std::int64_t> wanted;
    for (const auto& [hit, ids] : around_) wanted.insert(ids.begin(), ids.end());
    for (const ComplianceEvent* hit : hits) {
      wanted.erase(id_of(*hit));
      events_.emplace(id_of(*hit), ContextEvent{*hit, true});
    }
    for (const SegmentRow& segment : segments_) {
      auto next = wanted.lower_bound(segment.ids.first);
      while (next != wanted.end() && *next <= segment.ids.last) {
        Ids ids;
        while (ids.size() < kIdsOfStatement && next != wanted.end() && *next <= segment.ids.last) {
          ids.push_back(*next++);
        }
        const auto read = read_some(session_, segment, ids, [this](ComplianceEvent event) {
          events_.emplace(id_of(event), ContextEvent{std::move(event), false});
          return true;
        });
        if (!read) return read;
      }
    }
    return {};
  }

  std::vector<ContextGroup> groups(const std::vector<const ComplianceEvent*>& hits) {
    std::vector<std::set<std::int64_t>> all;
    std::map<std::string, std::size_t> last_of_room;
    for (const ComplianceEvent* hit : hits) {
      const std::set<std::int64_t>& ids = around_[hit];
      if (hit->room_uri) {
        const auto last = last_of_room.find(*hit->room_uri);
        if (last != last_of_room.end() && *ids.begin() <= *all[last->second].rbegin()) {
          all[last->second].insert(ids.begin(), ids.end());
          continue;
        }
        last_of_room[*hit->room_uri] = all.size();
      }
      all.push_back(ids);
    }
    std::vector<ContextGroup> groups;
    for (const std::set<std::int64_t>& ids : all) {
      ContextGroup& group = groups.emplace_back();
      for (const std::int64_t id : ids) {
        if (const auto event = events_.find(id); event != events_.end()) {
          group.push_back(event->second);
        }
      }
    }
    return groups;
  }

  Session& session_;
  const std::vector<SegmentRow> segments_;
  const std::uint32_t count_;
  const std::int64_t window_;
  std::map<std::string, Ids> rooms_;
  std::map<const ComplianceEvent*, std::set<std::int64_t>> around_;
  std::map<std::int64_t, ContextEvent> events_;
};

}  // namespace

Result<std::vector<ContextGroup>> find_context(Session& session,
                                               std::span<const ComplianceEvent> hits,
                                               std::uint32_t count) {
  std::map<std::string, std::vector<const ComplianceEvent*>> lanes;
  for (const ComplianceEvent& hit : hits) lanes[hit.lane].push_back(&hit);
  std::vector<ContextGroup> groups;
  for (auto& [lane, of_lane] : lanes) {
    auto segments = list_segments(session, lane);
    if (!segments) return segments.error();
    std::ranges::stable_sort(of_lane, {}, &ComplianceEvent::event_id);
    auto found = LaneContext(session, std::move(*segments), count).run(of_lane);
    if (!found) return found.error();
    std::ranges::move(*found, std::back_inserter(groups));
  }
  std::ranges::stable_sort(groups, {}, [](const ContextGroup& group) {
    return std::ranges::find_if(group, &ContextEvent::is_hit)->event.event_id;
  });
  return groups;
}

}  // namespace mgc::db
