#include "db/event_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "db/id_windows.hpp"

namespace mgc::db {
namespace {

// Outer joins all through, so that the events are the outer loop and come in the order of their
// key without a sort.
constexpr std::string_view kSelect =
    "SELECT e.event_id, e.kind, e.occurred_at, b.received_at, room.uri, {1}, actor.uri,"
    " {2}, {3}, e.content, e.chat_id, e.file_name, e.file_sha256, node.name,"
    " e.epoch, e.sequence, e.block, actor.\"external\""
    " FROM {0} AS e"
    " LEFT JOIN block AS b ON b.lane_id = ?1 AND b.block = e.block"
    " LEFT JOIN node ON node.node_id = e.node_id"
    " LEFT JOIN room ON room.room_id = e.room_id"
    " LEFT JOIN person AS actor ON actor.person_id = e.actor_id";
constexpr std::string_view kJoinDetails =
    " LEFT JOIN room_detail ON room_detail.room_id = e.room_id"
    " LEFT JOIN person_detail AS actor_detail ON actor_detail.person_id = e.actor_id";

/// With what mgc knows where an event came without a name or an address.
std::string select_from(const std::string& events) {
  const auto filled = [](std::string_view table, std::string_view column) {
    return fmt::format(
        "CASE WHEN {0}.{1} = '' THEN coalesce({0}_detail.{1}, {0}.{1}) ELSE {0}.{1} END", table,
        column);
  };
  return fmt::format(kSelect, events, filled("room", "name"), filled("actor", "name"),
                     filled("actor", "email"))
      .append(kJoinDetails);
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
  if (!row.is_null(17)) event.actor_external = row.integer(17) != 0;
  return event;
}

/// Shows what `conditions` leave of the segment, in order; false when `visit` wants no more.
Result<bool> show(Session& session, const std::string& select, const Conditions& conditions,
                  const Session::Visit& visit) {
  bool more = true;
  const auto searched = session.stream(select + " ORDER BY e.event_id", conditions.values(),
                                       [&](const Row& row) { return more = visit(row); });
  if (!searched) return searched.error();
  return more;
}

/// One search in one segment.
class SegmentSearch {
 public:
  SegmentSearch(Session& session, const SegmentRow& segment, const EventFilter& filter,
                bool is_rare, const std::function<bool(ComplianceEvent)>& visit)
      : session_(session), segment_(segment), filter_(filter), visit_(visit), is_rare_(is_rare) {
    if (segment.is_sealed) by_words_ = session.has_words(segment.segment, filter.needed);
  }

  Result<void> run() {
    IdWindow ids = ids_within(segment_, filter_);
    while (ids.first <= ids.last && more_) {
      IdWindow window = ids;
      const bool at_once = are_few();
      if (!at_once) window.last = std::min(ids.last, ids.first + window_ids() - 1);
      is_rare_ = true;
      const auto read = at_once ? read_at_once(window) : read_through(window);
      if (!read) return read;
      ids.first = window.last + 1;
    }
    return {};
  }

 private:
  /// Few enough to be sorted at once: by an index, or in one scan of a segment that has none. A
  /// word that is in many events is found sooner by reading than by sorting all of them, so that is
  /// done where the first events have not shown enough.
  [[nodiscard]] bool are_few() const {
    if (filter_.rooms || filter_.people || filter_.query->file_sha256) return true;
    // Words without ASCII have no runs that SQL could look for: all of the rest would be shown.
    const bool by_runs = !segment_.is_sealed && !filter_.runs.empty();
    return is_rare_ && (by_words_ || by_runs);
  }
  /// Where the first events are many hits the page is full soon.
  [[nodiscard]] std::int64_t window_ids() const {
    return filter_.decides_by_text() && !is_rare_ ? 5'000 : 50'000;
  }

  /// By whatever index of a sealed segment the engine finds best, but the one that gives the order.
  Result<void> read_at_once(const IdWindow& window) {
    const std::string id = segment_.is_sealed ? "+e.event_id" : "e.event_id";
    Conditions conditions(segment_.lane_id);
    if (window.first > segment_.ids.first) conditions.add(id + " >= {}", window.first);
    if (window.last < segment_.ids.last) conditions.add(id + " <= {}", window.last);
    if (by_words_) {
      conditions.add_index(*by_words_);
    } else {
      conditions.add_runs(session_, filter_);
    }
    return read(conditions, id);
  }
  Result<void> read_through(const IdWindow& window) {
    Conditions conditions(segment_.lane_id);
    conditions.add("e.event_id >= {}", window.first);
    conditions.add("e.event_id <= {}", window.last);
    conditions.add_runs(session_, filter_);
    return read(conditions, "e.event_id");
  }
  Result<void> read(Conditions& conditions, std::string_view order) {
    conditions.add_filter(session_, filter_);
    const std::string table = fmt::format("event_{}", segment_.segment);
    std::string select;
    if (!filter_.decides_by_text() && filter_.query->limit != 0) {
      // Joined after the page is known: a busy room has many events to choose it from.
      const std::string events =
          fmt::format("SELECT e.* FROM {} AS e{} ORDER BY {}", table, conditions.sql(), order);
      select = select_from("(" + session_.first_rows(events, filter_.query->limit) + ")");
    } else {
      // What a word is has one definition, which is not SQL, and so has a letter's other case: how
      // many are read is not known, as where all are wanted.
      select = select_from(table) + conditions.sql();
    }
    constexpr int kContent = 9;
    constexpr int kFileName = 11;
    const auto shown = show(session_, select, conditions, [this](const Row& row) {
      if (!filter_.wants(row.bytes(kContent), row.bytes(kFileName))) return true;
      return visit_(read_event(row, segment_));
    });
    if (!shown) return shown.error();
    more_ = *shown;
    return {};
  }

  Session& session_;
  const SegmentRow& segment_;
  const EventFilter& filter_;
  const std::function<bool(ComplianceEvent)>& visit_;
  std::optional<Condition> by_words_;
  bool is_rare_;
  bool more_ = true;
};

}  // namespace

Result<std::vector<SegmentRow>> list_segments(Session& session,
                                              const std::optional<std::string>& lane) {
  std::vector<SegmentRow> segments;
  const auto listed = session.query(
      "SELECT s.segment, s.lane_id, lane.name, s.state, s.first_event_id, s.last_event_id,"
      " s.least_occurred_at, s.greatest_occurred_at FROM segment AS s"
      " JOIN lane ON lane.lane_id = s.lane_id"
      " ORDER BY s.lane_id, s.first_event_id, s.segment",
      {}, [&](const Row& row) {
        SegmentRow segment{row.number(0), row.integer(1), row.text(2)};
        segment.is_sealed = row.bytes(3) == "sealed";
        if (!row.is_null(5)) segment.ids = {row.integer(4), row.integer(5)};
        segment.least_occurred_at = row.integer(6);
        segment.greatest_occurred_at = row.integer(7);
        if (!lane || segment.lane == *lane) segments.push_back(std::move(segment));
        return true;
      });
  if (!listed) return listed.error();
  return segments;
}

Result<void> search_segment(Session& session, const SegmentRow& segment, const EventFilter& filter,
                            bool is_rare, const std::function<bool(ComplianceEvent)>& visit) {
  return SegmentSearch(session, segment, filter, is_rare, visit).run();
}

Result<void> read_some(Session& session, const SegmentRow& segment,
                       std::span<const std::int64_t> ids,
                       const std::function<bool(ComplianceEvent)>& visit) {
  if (ids.empty()) return {};
  Conditions conditions(segment.lane_id);
  conditions.add(fmt::format("e.event_id IN ({})", fmt::join(ids, ", ")));
  const std::string events = fmt::format("event_{}", segment.segment);
  const auto shown = show(session, select_from(events) + conditions.sql(), conditions,
                          [&](const Row& row) { return visit(read_event(row, segment)); });
  if (!shown) return shown.error();
  return {};
}

}  // namespace mgc::db
