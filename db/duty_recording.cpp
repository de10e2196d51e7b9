#include "db/duty_recording.hpp"

#include <set>
#include <vector>

#include "db/service_events.hpp"

namespace mgc::db {
namespace {

/// Those of the page that are events already.
Result<std::set<std::int64_t>> recorded(Session& session, const DutyPage& page) {
  std::set<std::int64_t> entries;
  const auto read =
      session.query("SELECT entry FROM duty_event WHERE kind = ?1 AND entry >= ?2 AND entry <= ?3",
                    {static_cast<int>(page.entries.front().kind), page.entries.front().entry,
                     page.entries.back().entry},
                    [&](const Row& row) {
                      entries.insert(row.integer(0));
                      return true;
                    });
  if (!read) return read.error();
  return entries;
}

}  // namespace

Result<std::uint64_t> record_duties(Session& session, Dictionary& dictionary, std::int64_t lane_id,
                                    const DutyPage& page, UtcTime now) {
  if (page.entries.empty()) return std::uint64_t{0};
  const auto known = recorded(session, page);
  if (!known) return known.error();
  std::vector<schema::Event> events;
  std::vector<const schema::DutyEntry*> rows;
  for (const schema::DutyEntry& entry : page.entries) {
    if (known->contains(entry.entry)) continue;
    events.push_back(schema::duty_event(entry));
    rows.push_back(&entry);
  }
  if (events.empty()) return std::uint64_t{0};
  const auto first = store_service_events(session, dictionary, lane_id, events, now);
  if (!first) return first.error();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Value values[] = {static_cast<int>(rows[i]->kind), rows[i]->entry, lane_id, *first + i};
    // The key keeps two lanes from making two events of one row.
    const auto noted = session.insert_rows(
        "INSERT INTO duty_event (kind, entry, lane_id, event_id) VALUES (?1, ?2, ?3, ?4)", "entry",
        values);
    if (!noted) return noted.error();
  }
  return rows.size();
}

}  // namespace mgc::db
