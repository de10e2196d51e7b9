#include "db/event_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "db/id_windows.hpp"

namespace mgc::db {
namespace {

// Outer joins all through, so that the events are the outer loop and come in the order of their
// key without a sort.
constexpr std::string_view kSelect =
    "SELECT e.event_id, e.kind, e.occurred_at, b.received_at, room.uri, {1}, actor.uri,"
    " {2}, {3}, e.content, e.chat_id, e.file_name, e.file_sha256, node.name,"
    " e.epoch, e.sequence, e.block"
    " FROM event_{0} AS e"
    " LEFT JOIN block AS b ON b.lane_id = ?1 AND b.block = e.block"
    " LEFT JOIN node ON node.node_id = e.node_id"
    " LEFT JOIN room ON room.room_id = e.room_id"
    " LEFT JOIN person AS actor ON actor.person_id = e.actor_id";
constexpr std::string_view kJoinDetails =
    " LEFT JOIN room_detail ON room_detail.room_id = e.room_id"
    " LEFT JOIN person_detail AS actor_detail ON actor_detail.person_id = e.actor_id";

std::string select_of(std::uint64_t segment, Names names) {
  if (names == Names::of_events) {
    return fmt::format(kSelect, segment, "room.name", "actor.name", "actor.email");
  }
  const auto filled = [](std::string_view table, std::string_view column) {
    return fmt::format(
        "CASE WHEN {0}.{1} = '' THEN coalesce({0}_detail.{1}, {0}.{1}) ELSE {0}.{1} END", table,
        column);
  };
  return fmt::format(kSelect, segment, filled("room", "name"), filled("actor", "name"),
                     filled("actor", "email"))
      .append(kJoinDetails);
}

/// The conditions of a query, with their parameters; never a text of the user in the SQL.
class Conditions {
 public:
  explicit Conditions(std::int64_t lane_id) : values_{Value(lane_id)} {}

  /// `{}` in `condition` becomes the parameter, as often as it occurs.
  void add(std::string condition, Value value) {
    values_.push_back(value);
    const std::string parameter = fmt::format("?{}", values_.size());
    for (std::size_t at = condition.find("{}"); at != std::string::npos;
         at = condition.find("{}")) {
      condition.replace(at, 2, parameter);
    }
    sql_ += (sql_.empty() ? " WHERE " : " AND ") + condition;
  }
  void add_kinds(const std::vector<schema::EventKind>& kinds) {
    std::string list;
    for (const schema::EventKind kind : kinds) {
      values_.emplace_back(static_cast<std::int32_t>(kind));
      list += fmt::format("{}?{}", list.empty() ? "" : ", ", values_.size());
    }
    sql_ += fmt::format("{}e.kind IN ({})", sql_.empty() ? " WHERE " : " AND ", list);
  }
  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

Conditions conditions_of(const Session& session, const SegmentRow& segment, const IdWindow& window,
                         const EventQuery& query) {
  Conditions conditions(segment.lane_id);
  conditions.add("e.event_id >= {}", window.first);
  conditions.add("e.event_id <= {}", window.last);
  if (query.since) conditions.add("e.occurred_at >= {}", to_micros(*query.since));
  if (query.until) conditions.add("e.occurred_at < {}", to_micros(*query.until));
  if (!query.kinds.empty()) conditions.add_kinds(query.kinds);
  if (query.room) {
    conditions.add(
        "e.room_id IN (SELECT room_id FROM room WHERE uri = {} OR name = {}"
        " UNION ALL SELECT room_id FROM room_detail WHERE name = {})",
        *query.room);
  }
  if (query.person) {
    conditions.add(
        "e.actor_id IN (SELECT person_id FROM person WHERE uri = {} OR name = {} OR email = {}"
        " UNION ALL SELECT person_id FROM person_detail WHERE name = {} OR email = {})",
        *query.person);
  }
  // Not LIKE: it would read % and _ as wildcards, and nothing of a content behind a NUL.
  if (query.text) conditions.add(session.contains("e.content", "{}"), *query.text);
  return conditions;
}

std::optional<std::string> optional_text(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.text(column);
}

ComplianceEvent read_event(const Row& row, const SegmentRow& segment) {
  ComplianceEvent event;
  event.lane = segment.lane;
  event.event_id = row.number(0);
  event.kind = schema::kind_name(static_cast<schema::EventKind>(row.integer(1)));
  event.occurred_at = utc_from_micros(row.integer(2));
  event.received_at = utc_from_micros(row.integer(3));
  event.room_uri = optional_text(row, 4);
  event.room_name = optional_text(row, 5);
  event.actor_uri = optional_text(row, 6);
  event.actor_name = optional_text(row, 7);
  event.actor_email = optional_text(row, 8);
  event.content = row.text(9);
  event.chat_id = row.integer(10);
  event.file_name = optional_text(row, 11);
  event.file_sha256 = optional_text(row, 12);
  event.node = row.text(13);
  event.epoch = row.number(14);
  event.sequence = row.number(15);
  event.block = row.number(16);
  event.segment = segment.segment;
  return event;
}

IdWindow ids_of(const EventQuery& query) {
  constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();
  IdWindow ids;
  if (query.after_event_id) {
    if (*query.after_event_id >= kIdMax) return {.first = 0, .last = -1};  // none
    ids.first = static_cast<std::int64_t>(*query.after_event_id) + 1;
  }
  if (query.before_event_id) {
    ids.last = static_cast<std::int64_t>(std::min(*query.before_event_id, kIdMax)) - 1;
  }
  return ids;
}

}  // namespace

Result<std::vector<SegmentRow>> list_segments(Session& session,
                                              const std::optional<std::string>& lane) {
  std::vector<SegmentRow> segments;
  const auto listed = session.query(
      "SELECT s.segment, s.lane_id, lane.name FROM segment AS s"
      " JOIN lane ON lane.lane_id = s.lane_id"
      " ORDER BY s.lane_id, s.first_event_id, s.segment",
      {}, [&](const Row& row) {
        SegmentRow segment{row.number(0), row.integer(1), row.text(2)};
        if (!lane || segment.lane == *lane) segments.push_back(std::move(segment));
        return true;
      });
  if (!listed) return listed.error();
  return segments;
}

Result<void> search_segment(Session& session, const SegmentRow& segment, Names names,
                            const EventQuery& query,
                            const std::function<bool(ComplianceEvent)>& visit) {
  constexpr std::int64_t kWindowIds = 50'000;  // events that one statement looks at
  const std::string least =
      fmt::format("SELECT min(event_id) FROM event_{} WHERE event_id >= ?1", segment.segment);
  return each_id_window(
      ids_of(query), kWindowIds,
      [&](std::int64_t from) { return session.query_number(least, {from}); },
      [&](const IdWindow& window) -> Result<bool> {
        const Conditions conditions = conditions_of(session, segment, window, query);
        bool more = true;
        const auto searched = session.stream(
            select_of(segment.segment, names) + conditions.sql() + " ORDER BY e.event_id",
            conditions.values(),
            [&](const Row& row) { return more = visit(read_event(row, segment)); });
        if (!searched) return searched.error();
        return more;
      });
}

}  // namespace mgc::db
