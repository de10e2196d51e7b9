#include "db/chat_database.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "core/failpoint.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

class SqlChatDatabase final : public ChatDatabase {
 public:
  explicit SqlChatDatabase(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  [[nodiscard]] Result<std::vector<std::int64_t>> record(
      std::span<const HistoryEntry> entries) override;

 private:
  using Id = std::optional<std::int64_t>;

  /// The chat id of the entry, 0 when it is not a post.
  [[nodiscard]] Result<std::int64_t> record_one(const HistoryEntry& entry);
  [[nodiscard]] Result<std::int64_t> post(const HistoryEntry& entry, std::int64_t room_id,
                                          Id person_id);
  [[nodiscard]] Result<void> join(const HistoryEntry& entry, std::int64_t room_id,
                                  std::int64_t person_id);
  [[nodiscard]] Result<void> part(const HistoryEntry& entry, std::int64_t room_id,
                                  std::int64_t person_id);
  [[nodiscard]] Result<Id> room_id(const schema::Event& event);
  [[nodiscard]] Result<Id> person_id(const std::optional<schema::Person>& person);

  std::unique_ptr<Session> session_;
};

Result<std::vector<std::int64_t>> SqlChatDatabase::record(std::span<const HistoryEntry> entries) {
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  std::vector<std::int64_t> chat_ids;
  chat_ids.reserve(entries.size());
  for (const HistoryEntry& entry : entries) {
    const auto chat_id = record_one(entry);
    if (!chat_id) return chat_id.error();
    chat_ids.push_back(*chat_id);
  }
  if (reach_failpoint("chat.before_commit") == Failure::error) {
    return Error{Action::reconnect, "failure point chat.before_commit"};
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  return chat_ids;
}

Result<std::int64_t> SqlChatDatabase::record_one(const HistoryEntry& entry) {
  MGC_ASSERT(entry.event != nullptr && !entry.source_key.empty());
  const schema::Event& event = *entry.event;
  const auto room = room_id(event);
  if (!room) return room.error();
  const auto person = person_id(event.actor);
  if (!person) return person.error();
  if (const auto target = person_id(event.target); !target) return target.error();
  if (!*room) return 0;
  if (event.kind == schema::EventKind::chat || event.kind == schema::EventKind::backchat) {
    return post(entry, **room, *person);
  }
  if (*person && event.kind == schema::EventKind::join) {
    if (const auto joined = join(entry, **room, **person); !joined) return joined.error();
  }
  if (*person && event.kind == schema::EventKind::part) {
    if (const auto parted = part(entry, **room, **person); !parted) return parted.error();
  }
  return 0;
}

Result<SqlChatDatabase::Id> SqlChatDatabase::room_id(const schema::Event& event) {
  if (!event.room) return Id{};
  // The update also answers for a room that is known; an empty name takes no name away.
  return session_->query_number(
      "INSERT INTO mgc_room (uri, name) VALUES (?1, ?2) ON CONFLICT (uri) DO UPDATE"
      " SET name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END"
      " RETURNING room_id",
      {event.room->uri, event.room->name});
}

Result<SqlChatDatabase::Id> SqlChatDatabase::person_id(
    const std::optional<schema::Person>& person) {
  if (!person) return Id{};
  return session_->query_number(
      "INSERT INTO mgc_person (uri, name, email, external) VALUES (?1, ?2, ?3, ?4)"
      " ON CONFLICT (uri) DO UPDATE"
      " SET name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END,"
      " email = CASE WHEN excluded.email = '' THEN email ELSE excluded.email END,"
      " external = excluded.external RETURNING person_id",
      {person->uri, person->name, person->email, person->external});
}

Result<std::int64_t> SqlChatDatabase::post(const HistoryEntry& entry, std::int64_t room_id,
                                           Id person_id) {
  const auto known = session_->query_number("SELECT chat_id FROM mgc_chat WHERE source_key = ?1",
                                            {entry.source_key});
  if (!known) return known.error();
  if (*known) return **known;
  const auto chat_id = session_->query_number(
      "INSERT INTO mgc_chat (room_id, chat_id, person_id, occurred_at, content, is_action,"
      " source_key) VALUES (?1, (SELECT coalesce(max(chat_id), 0) + 1 FROM mgc_chat"
      " WHERE room_id = ?1), ?2, ?3, ?4, ?5, ?6) RETURNING chat_id",
      {room_id, person_id, to_micros(entry.event->occurred_at), entry.event->content,
       entry.event->is_action, entry.source_key});
  if (!chat_id) return chat_id.error();
  MGC_ASSERT(chat_id->has_value());
  return **chat_id;
}

Result<void> SqlChatDatabase::join(const HistoryEntry& entry, std::int64_t room_id,
                                   std::int64_t person_id) {
  const auto joined = session_->execute(
      "INSERT INTO mgc_membership (room_id, person_id, joined_at, joined_key)"
      " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (joined_key) DO NOTHING",
      {room_id, person_id, to_micros(entry.event->occurred_at), entry.source_key});
  if (!joined) return joined.error();
  return {};
}

Result<void> SqlChatDatabase::part(const HistoryEntry& entry, std::int64_t room_id,
                                   std::int64_t person_id) {
  const auto known = session_->query_number(
      "SELECT count(*) FROM mgc_membership WHERE parted_key = ?1", {entry.source_key});
  if (!known) return known.error();
  if (known->value_or(0) > 0) return {};
  const std::int64_t parted_at = to_micros(entry.event->occurred_at);
  const auto parted = session_->execute(
      "UPDATE mgc_membership SET parted_at = ?3, parted_key = ?4"
      " WHERE room_id = ?1 AND person_id = ?2 AND parted_at IS NULL",
      {room_id, person_id, parted_at, entry.source_key});
  if (!parted) return parted.error();
  if (*parted > 0) return {};
  const auto noted = session_->execute(
      "INSERT INTO mgc_membership (room_id, person_id, parted_at, parted_key)"
      " VALUES (?1, ?2, ?3, ?4)",
      {room_id, person_id, parted_at, entry.source_key});
  if (!noted) return noted.error();
  return {};
}

}  // namespace

Result<std::unique_ptr<ChatDatabase>> ChatDatabase::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_write, Schema::mgc);
  if (!session) return session.error();
  return std::unique_ptr<ChatDatabase>(std::make_unique<SqlChatDatabase>(std::move(*session)));
}

}  // namespace mgc::db
