#include "db/sqlite/event_redaction.hpp"

#include <fmt/format.h>

#include <string>

#include "core/words.hpp"

namespace mgc::db::sqlite {
namespace {

/// Where the event of an approved request is.
struct Place {
  std::int64_t lane_id = 0;
  std::uint64_t event_id = 0;
  std::uint64_t segment = 0;  ///< 0: none that may be changed now
  bool is_sealed = false;
};

/// The program has looked whether it is approved and recorded; here is nobody who could do without.
Result<Place> find_place(Session& session, std::int64_t request) {
  Place place;
  const auto found = session.query(
      "SELECT r.lane_id, r.event_id, s.segment, s.state FROM redaction AS r LEFT JOIN segment AS s"
      " ON s.lane_id = r.lane_id AND r.event_id >= s.first_event_id"
      " AND r.event_id <= s.last_event_id AND s.state IN ('hot', 'sealed') WHERE r.entry = ?1",
      {request}, [&](const Row& row) {
        place = {row.integer(0), row.number(1), row.is_null(2) ? 0 : row.number(2),
                 row.bytes(3) == "sealed"};
        return false;
      });
  if (!found) return found.error();
  if (place.segment != 0) return place;
  return Error{Action::stop,
               fmt::format("event {}: its segment is being indexed; try again when it "
                           "is sealed",
                           place.event_id)};
}

Result<void> check_holds(Session& session, const Place& place) {
  const auto held =
      session.query_number("SELECT min(hold) FROM held_event WHERE segment = ?1 AND event_id = ?2",
                           {place.segment, place.event_id});
  if (!held) return held.error();
  if (!*held) return {};
  return Error{Action::stop, fmt::format("event {}: hold {} keeps it", place.event_id, **held)};
}

std::string words_joined(std::string_view text) {
  return fmt::format("{}", fmt::join(words_of(text), " "));
}

/// The index has no texts of its own, so it has to be told which words go.
Result<void> index_notice(Session& session, const Place& place, std::string_view notice) {
  const std::string words = fmt::format("words_{}", place.segment);
  std::string before;
  const auto read =
      session.query(fmt::format("SELECT content FROM event_{} WHERE event_id = ?1", place.segment),
                    {place.event_id}, [&](const Row& row) {
                      before = row.text(0);
                      return false;
                    });
  if (!read) return read;
  const auto gone = session.execute(
      fmt::format("INSERT INTO {0} ({0}, rowid, words) VALUES ('delete', ?1, ?2)", words),
      {place.event_id, words_joined(before)});
  if (!gone) return gone.error();
  const auto added =
      session.execute(fmt::format("INSERT INTO {} (rowid, words) VALUES (?1, ?2)", words),
                      {place.event_id, words_joined(notice)});
  if (!added) return added.error();
  // Until its parts are merged, the index says of the old words that they are deleted.
  const auto merged =
      session.execute(fmt::format("INSERT INTO {0} ({0}) VALUES ('optimize')", words));
  if (!merged) return merged.error();
  return {};
}

}  // namespace

Result<void> redact_event(Session& session, const Replacement& replacement) {
  const auto place = find_place(session, replacement.request);
  if (!place) return place.error();
  if (auto free = check_holds(session, *place); !free) return free;
  // What is redacted is not to be read out of the file either.
  if (auto set = session.run_script("PRAGMA secure_delete = ON"); !set) return set;
  const auto pack = session.execute(
      "UPDATE pack SET body = ?4 WHERE lane_id = ?1 AND body = ?3 AND first_event_id ="
      " (SELECT max(first_event_id) FROM pack WHERE lane_id = ?1 AND first_event_id <= ?2)",
      {place->lane_id, place->event_id, Blob{replacement.old_body}, Blob{replacement.new_body}});
  if (!pack) return pack.error();
  if (*pack == 0) return Error{Action::retry, "somebody changed the same pack meanwhile"};
  if (place->is_sealed) {
    if (auto indexed = index_notice(session, *place, replacement.notice); !indexed) return indexed;
  }
  const auto event = session.execute(
      fmt::format("UPDATE event_{} SET content = ?2, file_name = NULL, file_sha256 = NULL"
                  " WHERE event_id = ?1",
                  place->segment),
      {place->event_id, replacement.notice});
  if (!event) return event.error();
  return {};
}

}  // namespace mgc::db::sqlite
