#include "db/event_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>
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
    auto people = look_up(session,
                          "SELECT person_id FROM person WHERE uri = ?1 OR name = ?1 OR email = ?1"
                          " UNION ALL SELECT person_id FROM person_detail"
                          " WHERE name = ?1 OR email = ?1",
                          *query.person);
    if (!people) return people.error();
    filter.people = std::move(*people);
  }
  for (const std::string& text : query.words) {
    for (std::string& word : words_of(text)) filter.words.push_back(std::move(word));
  }
  std::ranges::sort(filter.words);
  filter.words.erase(std::unique(filter.words.begin(), filter.words.end()), filter.words.end());
  return filter;
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

void Conditions::add(std::string condition, Value value) {
  values_.push_back(value);
  const std::string parameter = fmt::format("?{}", values_.size());
  for (std::size_t at = condition.find("{}"); at != std::string::npos; at = condition.find("{}")) {
    condition.replace(at, 2, parameter);
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
  if (!query.kinds.empty()) {
    std::vector<std::int32_t> kinds;
    for (const auto kind : query.kinds) kinds.push_back(static_cast<std::int32_t>(kind));
    add(fmt::format("e.kind IN ({})", fmt::join(kinds, ", ")));
  } else {
    // What auditors looked for is no hit of the next one who looks for it.
    add(fmt::format("e.kind NOT IN ({})",
                    fmt::join(schema::kDutyKinds | std::views::transform([](auto kind) {
                                return static_cast<std::int32_t>(kind);
                              }),
                              ", ")));
  }
  if (filter.rooms) add(fmt::format("e.room_id IN ({})", fmt::join(*filter.rooms, ", ")));
  if (filter.people) add(fmt::format("e.actor_id IN ({})", fmt::join(*filter.people, ", ")));
  // Not LIKE: it would read % and _ as wildcards, and nothing of a content behind a NUL.
  if (query.text) add(session.contains("e.content", "{}"), *query.text);
}

void Conditions::add_parts_of_words(const Session& session, const std::vector<std::string>& words) {
  runs_ = ascii_runs(words);
  for (const std::string& run : runs_) add(session.contains("e.content", "{}"), run);
}

void Conditions::add_index(Condition condition) {
  indexed_ = std::move(condition.parameter);
  add(std::move(condition.sql), indexed_);
}

}  // namespace mgc::db
