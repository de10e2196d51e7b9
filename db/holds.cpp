#include "db/holds.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/utf8.hpp"
#include "db/duty_book.hpp"

namespace mgc::db {
namespace {

using nlohmann::json;
using schema::DutyEntry;
using schema::EventKind;

Value micros_of(const std::optional<UtcTime>& time) {
  return time ? Value(to_micros(*time)) : Value(nullptr);
}

std::optional<UtcTime> time_of(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return utc_from_micros(row.integer(column));
}

std::optional<std::string> text_of(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.text(column);
}

}  // namespace

std::string hold_details(const NewHold& hold) {
  json details = {{"name", hold.name}, {"reason", hold.reason}};
  if (hold.scope.room) details["room"] = *hold.scope.room;
  if (hold.scope.person) details["person"] = *hold.scope.person;
  if (hold.scope.since) details["since"] = format_utc(*hold.scope.since);
  if (hold.scope.until) details["until"] = format_utc(*hold.scope.until);
  return details.dump();
}

Result<std::int64_t> add_hold(DutyLog& log, const NewHold& hold, const DutyAuthor& author) {
  const HoldScope& scope = hold.scope;
  for (const std::string& text :
       {hold.name, hold.reason, scope.room.value_or(""), scope.person.value_or("")}) {
    if (!is_utf8(text)) {
      return Error{Action::stop, printable(text) + " is not UTF-8; set a locale that is"};
    }
  }
  const std::string details = hold_details(hold);
  return log.session().insert_id(
      "INSERT INTO hold (os_user, host, command, details, room, person, since_at, until_at)"
      " VALUES (?1, ?2, 'add', ?3, ?4, ?5, ?6, ?7)",
      "entry",
      {author.os_user, author.host, details, scope.room, scope.person, micros_of(scope.since),
       micros_of(scope.until)});
}

Result<void> release_hold(DutyLog& log, std::int64_t hold, const std::string& reason,
                          const DutyAuthor& author) {
  if (!is_utf8(reason)) {
    return Error{Action::stop, printable(reason) + " is not UTF-8; set a locale that is"};
  }
  const auto open =
      log.session().query_number("SELECT count(*) FROM open_hold WHERE hold = ?1", {hold});
  if (!open) return open.error();
  if (open->value_or(0) == 0) {
    return Error{Action::stop,
                 fmt::format("hold {} is not there, or was released; mgc audit hold list", hold)};
  }
  const std::string details = json({{"reason", reason}}).dump();
  const auto released = log.session().insert_id(
      "INSERT INTO hold (of_entry, os_user, host, command, details)"
      " VALUES (?1, ?2, ?3, 'release', ?4)",
      "entry", {hold, author.os_user, author.host, details});
  if (!released) return released.error();
  return {};
}

Result<std::vector<HoldRow>> list_holds(Session& session) {
  std::vector<HoldRow> holds;
  std::unordered_map<std::int64_t, std::size_t> places;
  const auto read = session.query(
      "SELECT entry, of_entry, written_at, db_user, os_user, host, command, details, room, person,"
      " since_at, until_at FROM hold ORDER BY entry",
      {}, [&](const Row& row) {
        const std::int64_t of_entry = row.is_null(1) ? 0 : row.integer(1);
        DutyEntry entry{
            EventKind::hold, row.integer(0), of_entry,    utc_from_micros(row.integer(2)),
            row.text(3),     row.text(4),    row.text(5), row.text(6),
            row.text(7)};
        if (of_entry == 0) {
          places[entry.entry] = holds.size();
          const HoldScope scope{text_of(row, 8), text_of(row, 9), time_of(row, 10),
                                time_of(row, 11)};
          holds.push_back({std::move(entry), scope, std::nullopt});
        } else if (const auto of = places.find(of_entry); of != places.end()) {
          auto& released = holds[of->second].released;
          if (!released) released = std::move(entry);
        }
        return true;
      });
  if (!read) return read.error();
  return holds;
}

Result<std::int64_t> count_holds(Session& session) {
  const auto newest = session.query_number("SELECT count(*) FROM hold");
  if (!newest) return newest.error();
  return newest->value_or(0);
}

Result<std::vector<HeldCount>> held_in(Session& session, std::uint64_t segment) {
  std::vector<HeldCount> held;
  const auto read = session.query(
      "SELECT hold, count(*) FROM held_event WHERE segment = ?1 GROUP BY hold ORDER BY hold",
      {segment}, [&](const Row& row) {
        held.push_back({row.integer(0), row.number(1)});
        return true;
      });
  if (!read) return read.error();
  return held;
}

Result<std::vector<std::int64_t>> holds_of(Session& session, std::uint64_t segment,
                                           std::uint64_t event_id) {
  std::vector<std::int64_t> holds;
  const auto read = session.query(
      "SELECT hold FROM held_event WHERE segment = ?1 AND event_id = ?2 ORDER BY hold",
      {segment, event_id}, [&](const Row& row) {
        holds.push_back(row.integer(0));
        return true;
      });
  if (!read) return read.error();
  return holds;
}

}  // namespace mgc::db
