#include "db/duty_book.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "db/access_log.hpp"

namespace mgc::db {

using schema::DutyEntry;
using schema::EventKind;

std::string_view duty_table(EventKind kind) {
  MGC_ASSERT(schema::is_duty(kind));
  switch (kind) {
    case EventKind::hold: return "hold";
    case EventKind::removal: return "removal";
    case EventKind::redaction: return "redaction";
    default: return "access_log";
  }
}

Result<Session*> DutyBook::session_of(EventKind kind) {
  // SQLite has the access log in a file of its own.
  if (kind != EventKind::access || session_.engine() != "sqlite") return &session_;
  if (!access_log_) {
    auto opened = open_access_log(dsn_, OpenMode::look_up);
    if (!opened) return opened.error();
    access_log_ = std::move(*opened);
  }
  return access_log_.get();
}

Result<std::vector<DutyEntry>> DutyBook::entries(EventKind kind, std::int64_t first,
                                                 std::int64_t last, std::uint64_t limit) {
  std::vector<DutyEntry> found;
  const auto session = session_of(kind);
  if (!session) return session.error();
  if (*session == nullptr) return found;
  const std::string select = fmt::format(
      "SELECT d.entry, d.of_entry, d.written_at, d.db_user, d.os_user, d.host, d.command,"
      " d.details FROM {} AS d WHERE d.entry >= ?1 AND d.entry <= ?2 ORDER BY d.entry",
      duty_table(kind));
  const auto read =
      (*session)->query((*session)->first_rows(select, limit), {first, last}, [&](const Row& row) {
        const std::int64_t of_entry = row.is_null(1) ? 0 : row.integer(1);
        found.push_back({kind, row.integer(0), of_entry, utc_from_micros(row.integer(2)),
                         row.text(3), row.text(4), row.text(5), row.text(6), row.text(7)});
        return true;
      });
  if (!read) return read.error();
  return found;
}

Result<std::vector<DutyPlace>> DutyBook::places(EventKind kind, std::int64_t first,
                                                std::int64_t last) {
  std::vector<DutyPlace> found;
  const auto read = session_.query(
      "SELECT d.entry, lane.name, d.event_id FROM duty_event AS d"
      " JOIN lane ON lane.lane_id = d.lane_id"
      " WHERE d.kind = ?1 AND d.entry >= ?2 AND d.entry <= ?3 ORDER BY d.entry",
      {static_cast<int>(kind), first, last}, [&](const Row& row) {
        found.push_back({row.integer(0), row.text(1), row.number(2)});
        return true;
      });
  if (!read) return read.error();
  return found;
}

Result<void> DutyBook::each_pack(const std::string& lane,
                                 const std::function<bool(const ServicePack&)>& visit) {
  return session_.stream(
      "SELECT p.first_event_id, p.body FROM pack AS p"
      " WHERE p.lane_id = (SELECT lane_id FROM lane WHERE name = ?1)"
      " AND p.node_id IN (SELECT node_id FROM node WHERE name LIKE 'mgc-service.%')"
      " ORDER BY p.first_event_id",
      {lane}, [&](const Row& row) {
        return visit({row.number(0), row.bytes(1)});
      });
}

Result<DutyBook::Size> DutyBook::size(EventKind kind) {
  Size size;
  const auto events = session_.query_number("SELECT count(*) FROM duty_event WHERE kind = ?1",
                                            {static_cast<int>(kind)});
  if (!events) return events.error();
  size.events = static_cast<std::uint64_t>(events->value_or(0));
  const auto session = session_of(kind);
  if (!session) return session.error();
  if (*session == nullptr) return size;
  const auto rows =
      (*session)->query_number(fmt::format("SELECT count(*) FROM {}", duty_table(kind)));
  if (!rows) return rows.error();
  size.rows = static_cast<std::uint64_t>(rows->value_or(0));
  if (kind != EventKind::access) return size;
  const auto all = (*session)->query_number("SELECT entries FROM access_log_size");
  if (!all) return all.error();
  const auto total = static_cast<std::uint64_t>(all->value_or(0));
  size.hidden = total > size.rows ? total - size.rows : 0;
  return size;
}

}  // namespace mgc::db
