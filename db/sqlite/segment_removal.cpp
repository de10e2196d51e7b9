#include "db/sqlite/segment_removal.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "core/words.hpp"
#include "schema/event.hpp"

namespace mgc::db::sqlite {
namespace {

Error refused(std::uint64_t segment, const char* why) {
  return Error{Action::stop, fmt::format("segment {}: {}", segment, why)};
}

Result<bool> is_any(Session& session, const std::string& select, std::uint64_t segment) {
  const auto count = session.query_number(select, {segment});
  if (!count) return count.error();
  return count->value_or(0) > 0;
}

Result<void> check(Session& session, std::uint64_t segment) {
  const auto sealed = is_any(
      session, "SELECT count(*) FROM segment WHERE segment = ?1 AND state = 'sealed'", segment);
  if (!sealed) return sealed.error();
  if (!*sealed) return refused(segment, "it is not sealed");
  const auto recorded =
      is_any(session,
             fmt::format("SELECT count(*) FROM removal AS r JOIN duty_event AS d ON d.kind = {}"
                         " AND d.entry = r.entry WHERE r.segment = ?1",
                         static_cast<int>(schema::EventKind::removal)),
             segment);
  if (!recorded) return recorded.error();
  if (!*recorded) return refused(segment, "its removal is no event of the ledger");
  const auto held = is_any(session, "SELECT count(*) FROM held_event WHERE segment = ?1", segment);
  if (!held) return held.error();
  if (*held) return refused(segment, "a hold keeps events of it");
  return {};
}

/// The words of what stays are indexed as those of all were.
Result<void> index_what_stays(Session& session, std::uint64_t segment) {
  const std::string words = fmt::format("words_{}", segment);
  const auto emptied =
      session.execute(fmt::format("INSERT INTO {0} ({0}) VALUES ('delete-all')", words));
  if (!emptied) return emptied.error();
  std::vector<std::pair<std::int64_t, std::string>> stays;
  const auto read = session.query(
      fmt::format("SELECT event_id, content FROM event_{}", segment), {}, [&](const Row& row) {
        stays.emplace_back(row.integer(0),
                           fmt::format("{}", fmt::join(words_of(row.text(1)), " ")));
        return true;
      });
  if (!read) return read.error();
  const std::string insert = fmt::format("INSERT INTO {} (rowid, words) VALUES (?1, ?2)", words);
  for (const auto& [id, text] : stays) {
    if (const auto one = session.execute(insert, {id, text}); !one) return one.error();
  }
  return {};
}

}  // namespace

Result<void> remove_segment(Session& session, std::uint64_t segment) {
  if (auto checked = check(session, segment); !checked) return checked;
  // What is removed is not to be read out of the file either.
  if (auto set = session.run_script("PRAGMA secure_delete = ON"); !set) return set;
  const auto events = session.execute(fmt::format(
      "DELETE FROM event_{0} WHERE event_id NOT IN (SELECT d.event_id FROM duty_event AS d"
      " JOIN segment AS s ON s.lane_id = d.lane_id WHERE s.segment = {0})",
      segment));
  if (!events) return events.error();
  if (auto indexed = index_what_stays(session, segment); !indexed) return indexed;
  const auto marked = session.execute(
      "UPDATE segment SET removed_at = CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"
      " * 1000 WHERE segment = ?1",
      {segment});
  if (!marked) return marked.error();
  return {};
}

Result<void> remove_pack(Session& session, const RemovedPack& pack) {
  const auto replaced = session.execute(
      "UPDATE pack SET body = ?3 WHERE first_event_id = ?2 AND lane_id ="
      " (SELECT lane_id FROM segment WHERE segment = ?1 AND removed_at IS NOT NULL)",
      {pack.segment, pack.first_event_id, Blob{pack.body}});
  if (!replaced) return replaced.error();
  if (*replaced > 0) return {};
  return refused(pack.segment, "it is not removed");
}

}  // namespace mgc::db::sqlite
