#include "db/message_events.hpp"

#include <fmt/format.h>

#include <utility>

#include "db/schema_version.hpp"
#include "db/session.hpp"
#include "schema/event_view.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::db {
namespace {

// Kinds: 3 CHAT, 4 BACKCHAT, 7 EDIT, 8 DELETE, 9 PURGE. A room that was renamed has several rows:
// the least id of its uri stands for all of them. SQL Server compares texts as if the shorter one
// were filled up with spaces; replace() makes them visible.
// What was imported was said on another server.
constexpr std::string_view kEvents =
    "SELECT coalesce(first_room.first_id, 0) AS room_key,"
    " CASE e.kind WHEN 9 THEN 0 ELSE e.chat_id END AS post_key,"
    " CASE WHEN e.kind IN (3, 4) THEN 1 ELSE 0 END AS step_key,"
    " e.kind, e.occurred_at, e.content, e.node_id, e.epoch, e.sequence, room.uri, person.uri,"
    " node.name"
    " FROM event AS e"
    " LEFT JOIN room ON room.room_id = e.room_id"
    " LEFT JOIN (SELECT a.room_id AS room_id, min(b.room_id) AS first_id FROM room AS a"
    " JOIN room AS b ON b.uri = a.uri AND replace(b.uri, ' ', '_') = replace(a.uri, ' ', '_')"
    " GROUP BY a.room_id) AS first_room ON first_room.room_id = e.room_id"
    " LEFT JOIN person ON person.person_id = e.actor_id"
    " LEFT JOIN node ON node.node_id = e.node_id"
    " WHERE e.kind IN (3, 4, 7, 8, 9) AND (e.kind = 9 OR e.chat_id > 0)"
    " AND coalesce(node.name, '') NOT LIKE 'mgc-import.%'"
    " ORDER BY room_key, post_key, step_key, e.event_id";
constexpr std::string_view kPackOfEvent =
    "SELECT p.body, p.first_sequence FROM pack AS p WHERE p.node_id = ?1 AND p.epoch = ?2"
    " AND p.first_sequence = (SELECT max(q.first_sequence) FROM pack AS q"
    " WHERE q.node_id = ?1 AND q.epoch = ?2 AND q.first_sequence <= ?3)";

MessageEvent read_event(const Row& row) {
  MessageEvent event;
  event.room = row.integer(0);
  event.chat_id = row.integer(1);
  event.kind = static_cast<schema::EventKind>(row.integer(3));
  event.occurred_at = utc_from_micros(row.integer(4));
  event.content = row.text(5);
  event.room_uri = row.text(9);
  if (!row.is_null(10)) event.author = row.text(10);
  event.event = fmt::format("{}/{}/{}", row.text(11), row.number(7), row.number(8));
  return event;
}

std::optional<UtcTime> read_purge(ByteView body, std::uint64_t index) {
  const auto stored = schema::decode_stored_pack(body);
  if (!stored || index >= stored->pack.size()) return std::nullopt;
  const auto event = schema::view_event(stored->pack.event(index));
  if (!event || event->kind != schema::EventKind::purge) return std::nullopt;
  return utc_from_micros(event->purged_through);
}

}  // namespace

MessageEvents::MessageEvents(std::unique_ptr<Session> session,
                             std::unique_ptr<Transaction> snapshot)
    : session_(std::move(session)), snapshot_(std::move(snapshot)) {}
MessageEvents::MessageEvents(MessageEvents&&) noexcept = default;
MessageEvents::~MessageEvents() = default;

Result<MessageEvents> MessageEvents::open(const std::string& mgccomp) {
  auto session = open_schema(mgccomp, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  if (const auto begun = (*session)->begin_snapshot(); !begun) return begun.error();
  auto snapshot = std::make_unique<Transaction>(**session);
  return MessageEvents(std::move(*session), std::move(snapshot));
}

Result<std::optional<UtcTime>> MessageEvents::purged_until(std::int64_t node_id,
                                                           std::uint64_t epoch,
                                                           std::uint64_t sequence) {
  std::optional<UtcTime> until;
  const auto read = session_->query(kPackOfEvent, {node_id, epoch, sequence}, [&](const Row& row) {
    until = read_purge(row.bytes(0), sequence - row.number(1));
    return false;
  });
  if (!read) return read.error();
  return until;
}

Result<void> MessageEvents::each(const std::function<Result<bool>(const MessageEvent&)>& visit) {
  Result<void> seen;
  const auto show = [&](const Row& row) {
    MessageEvent event = read_event(row);
    if (event.kind == schema::EventKind::purge) {
      auto until = purged_until(row.integer(6), row.number(7), row.number(8));
      if (!until) {
        seen = until.error();
        return false;
      }
      event.purged_until = *until;
    }
    const auto more = visit(event);
    if (!more) seen = more.error();
    return more && *more;
  };
  const auto streamed = session_->stream(kEvents, {}, show);
  if (!seen) return seen;
  return streamed;
}

Result<std::uint64_t> MessageEvents::count_unnumbered() {
  const auto count = session_->query_number(
      "SELECT count(*) FROM event AS e WHERE e.kind IN (3, 4) AND e.chat_id <= 0");
  if (!count) return count.error();
  return static_cast<std::uint64_t>(count->value_or(0));
}

Result<std::uint64_t> MessageEvents::count_open_gaps() {
  const auto count = session_->query_number("SELECT count(*) FROM gap WHERE closed_at IS NULL");
  if (!count) return count.error();
  return static_cast<std::uint64_t>(count->value_or(0));
}

}  // namespace mgc::db
