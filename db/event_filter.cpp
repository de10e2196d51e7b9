#include "db/event_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "core/words.hpp"
#include "schema/duty.hpp"

namespace mgc::db {
namespace {

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

Result<std::vector<std::int64_t>> look_up(Session& session, std::string_view sql,
                                          const std::string& name) {
  std::vector<std::int64_t> ids;
  const auto found = session.query(sql, {name}, [&](const Row& row) {
    ids.push_back(row.integer(0));
    return true;
  });
  if (!found) return found.error();
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// A name is not one person's, but a uri is: whoever has one of those that are found is meant with
/// all that came with it.
constexpr std::string_view kSelectPeople =
    "SELECT person.person_id FROM person JOIN ("
    "SELECT uri FROM person WHERE uri = ?1 OR name = ?1 OR email = ?1"
    " UNION SELECT p.uri FROM person_detail AS d JOIN person AS p ON p.person_id = d.person_id"
    " WHERE d.name = ?1 OR d.email = ?1) AS found ON found.uri = person.uri";

TextQuery content_of(const EventQuery& query) {
  TextQuery all;
  for (const std::string& text : query.words) {
    for (std::string& word : words_of(text)) {
      all.parts.push_back({TextQuery::Kind::phrase, {{std::move(word), false}}, {}});
    }
  }
  if (all.parts.empty()) return query.content;
  if (!query.content.wants_everything()) all.parts.push_back(query.content);
  return all;
}

/// Whether `part` occurs in `text`, any case of ASCII letters.
bool contains(ByteView text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto is_same = [&](char one, char other) { return lower(one) == lower(other); };
  return part.empty() ||
         std::search(text.begin(), text.end(), part.begin(), part.end(), is_same) != text.end();
}

}  // namespace

Result<EventFilter> make_filter(Session& session, const EventQuery& query) {
  EventFilter filter;
  filter.query = &query;
  filter.ids = ids_of(query);
  if (query.room) {
    auto rooms = look_up(session,
                         "SELECT room_id FROM room WHERE uri = ?1 OR name = ?1"
                         " UNION ALL SELECT room_id FROM room_detail WHERE name = ?1",
                         *query.room);
    if (!rooms) return rooms.error();
    filter.rooms = std::move(*rooms);
  }
  if (query.person) {
    auto people = look_up(session, kSelectPeople, *query.person);
    if (!people) return people.error();
    filter.people = std::move(*people);
  }
  if (query.node) {
    auto nodes = look_up(session, "SELECT node_id FROM node WHERE name = ?1", *query.node);
    if (!nodes) return nodes.error();
    filter.nodes = std::move(*nodes);
  }
  filter.content = content_of(query);
  filter.needed = needed_words(filter.content);
  filter.runs = needed_runs(filter.needed);
  return filter;
}

bool EventFilter::wants(ByteView event_content, ByteView file_name) const {
  if (query->text && !contains(event_content, *query->text)) return false;
  if (query->file_name && !contains(file_name, *query->file_name)) return false;
  return matches(event_content, content);
}

IdWindow ids_within(const SegmentRow& segment, const EventFilter& filter) {
  const EventQuery& query = *filter.query;
  const bool too_old = query.since && segment.greatest_occurred_at < to_micros(*query.since);
  const bool too_new = query.until && segment.least_occurred_at >= to_micros(*query.until);
  if (too_old || too_new) return {.first = 0, .last = -1};
  return {.first = std::max(segment.ids.first, filter.ids.first),
          .last = std::min(segment.ids.last, filter.ids.last)};
}

bool wants_whole(const SegmentRow& segment, const EventFilter& filter) {
  if (segment.ids.first > segment.ids.last || filter.query->since || filter.query->until)
    return false;
  return filter.ids.first <= segment.ids.first && filter.ids.last >= segment.ids.last;
}

std::string Conditions::parameter(Value value) {
  values_.push_back(value);
  return fmt::format("?{}", values_.size());
}

void Conditions::add(std::string condition, Value value) {
  const std::string name = parameter(value);
  for (std::size_t at = condition.find("{}"); at != std::string::npos; at = condition.find("{}")) {
    condition.replace(at, 2, name);
  }
  add(condition);
}

void Conditions::add(std::string_view condition) {
  sql_.append(sql_.empty() ? " WHERE " : " AND ").append(condition);
}

void Conditions::add_filter(const Session& session, const EventFilter& filter) {
  const EventQuery& query = *filter.query;
  if (query.since) add("e.occurred_at >= {}", to_micros(*query.since));
  if (query.until) add("e.occurred_at < {}", to_micros(*query.until));
  const auto numbers = [](std::span<const schema::EventKind> kinds) {
    std::vector<std::int32_t> all;
    for (const auto kind : kinds) all.push_back(static_cast<std::int32_t>(kind));
    return fmt::format("{}", fmt::join(all, ", "));
  };
  if (!query.kinds.empty()) {
    add(fmt::format("e.kind IN ({})", numbers(query.kinds)));
  } else if (!query.with_duties) {
    // What auditors looked for is no hit of the next one who looks for it.
    add(fmt::format("e.kind NOT IN ({})", numbers(schema::kDutyKinds)));
  }
  if (filter.rooms) add(fmt::format("e.room_id IN ({})", fmt::join(*filter.rooms, ", ")));
  if (filter.people) add(fmt::format("e.actor_id IN ({})", fmt::join(*filter.people, ", ")));
  if (filter.nodes) add(fmt::format("e.node_id IN ({})", fmt::join(*filter.nodes, ", ")));
  if (query.file_sha256) add("e.file_sha256 = {}", Blob{*query.file_sha256});
  // Not LIKE: it would read % and _ as wildcards, and nothing of a content behind a NUL.
  if (query.text) add(session.contains("e.content", "{}"), *query.text);
  if (query.file_name) add(session.contains("e.file_name", "{}"), *query.file_name);
}

void Conditions::add_runs(const Session& session, const EventFilter& filter) {
  for (const std::vector<Run>& runs : filter.runs) {
    std::vector<std::string> one_of;
    for (const Run& run : runs)
      one_of.push_back(session.contains("e.content", parameter(run.text)));
    add(fmt::format("({})", fmt::join(one_of, " OR ")));
  }
}

void Conditions::add_index(Condition condition) {
  indexed_ = std::move(condition.parameter);
  add(std::move(condition.sql), indexed_);
}

}  // namespace mgc::db
