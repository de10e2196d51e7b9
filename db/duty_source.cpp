#include "db/duty_source.hpp"

#include <limits>
#include <set>

#include "db/schema_version.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {
namespace {

constexpr std::uint64_t kRows = 1'000;  // of one statement

}  // namespace

Result<DutySource> DutySource::open(const std::string& mgccomp) {
  auto session = open_schema(mgccomp, OpenMode::look_up, Schema::mgccomp);
  if (!session) return session.error();
  return DutySource(std::move(*session), mgccomp);
}

Result<DutySource::Found> DutySource::find(schema::EventKind kind, std::int64_t from) {
  auto rows = book_.entries(kind, from, std::numeric_limits<std::int64_t>::max(), kRows);
  if (!rows) return rows.error();
  Found found;
  found.next = from;
  if (rows->empty()) return found;
  // After the rows: what has become an event meanwhile is found, and none is made twice.
  const auto places = book_.places(kind, rows->front().entry, rows->back().entry);
  if (!places) return places.error();
  std::set<std::int64_t> recorded;
  for (const DutyPlace& place : *places) recorded.insert(place.entry);
  found.more = rows->size() == kRows;
  std::size_t bytes = 0;
  for (schema::DutyEntry& row : *rows) {
    if (!recorded.contains(row.entry)) {
      bytes += row.details.size();
      const bool full = found.page.entries.size() == DutyPage::kEntriesMax ||
                        (bytes > DutyPage::kBytesMax && !found.page.entries.empty());
      if (full) {
        found.more = true;
        return found;
      }
      if (schema::encode_event(schema::duty_event(row))) {
        found.page.entries.push_back(std::move(row));
      } else {
        found.unfit.push_back(row.entry);
      }
    }
    found.next = row.entry + 1;
  }
  return found;
}

}  // namespace mgc::db
