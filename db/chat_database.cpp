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
  if (const auto begun = session_->begin_exclusive(Schema::mgc); !begun) return begun.error();
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
  const auto known =
      session_->query_number("SELECT room_id FROM mgc_room WHERE uri = ?1", {event.room->uri});
  if (!known) return known.error();
  if (!*known) {
    const auto added = session_->insert_id("INSERT INTO mgc_room (uri, name) VALUES (?1, ?2)",
                                           "room_id", {event.room->uri, event.room->name});
    if (!added) return added.error();
    return Id{*added};
  }
  // An empty name takes no name away.
  const auto renamed = session_->execute(
      "UPDATE mgc_room SET name = CASE WHEN ?2 = '' THEN name ELSE ?2 END"
      " WHERE room_id = ?1 AND name <> ?2",
      {**known, event.room->name});
  if (!renamed) return renamed.error();
  return *known;
}

Result<SqlChatDatabase::Id> SqlChatDatabase::person_id(
    const std::optional<schema::Person>& person) {
  if (!person) return Id{};
  const auto known =
      session_->query_number("SELECT person_id FROM mgc_person WHERE uri = ?1", {person->uri});
  if (!known) return known.error();
  if (!*known) {
    const auto added = session_->insert_id(
        "INSERT INTO mgc_person (uri, name, email, \"external\") VALUES (?1, ?2, ?3, ?4)",
        "person_id", {person->uri, person->name, person->email, person->external});
    if (!added) return added.error();
    return Id{*added};
  }
  const auto changed = session_->execute(
      "UPDATE mgc_person SET name = CASE WHEN ?2 = '' THEN name ELSE ?2 END,"
      " email = CASE WHEN ?3 = '' THEN email ELSE ?3 END, \"external\" = ?4"
      " WHERE person_id = ?1 AND (name <> ?2 OR email <> ?3 OR \"external\" <> ?4)",
      {**known, person->name, person->email, person->external});
  if (!changed) return changed.error();
  return *known;
}

Result<std::int64_t> SqlChatDatabase::post(const HistoryEntry& entry, std::int64_t room_id,
                                           Id person_id) {
  const auto known = session_->query_number("SELECT chat_id FROM mgc_chat WHERE source_key = ?1",
                                            {entry.source_key});
  if (!known) return known.error();
  if (*known) return **known;
  const auto last = session_->query_number(
      "SELECT coalesce(max(chat_id), 0) FROM mgc_chat WHERE room_id = ?1", {room_id});
  if (!last) return last.error();
  const std::int64_t chat_id = last->value_or(0) + 1;
  const auto posted = session_->execute(
      "INSERT INTO mgc_chat (room_id, chat_id, person_id, occurred_at, content, is_action,"
      " source_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {room_id, chat_id, person_id, to_micros(entry.event->occurred_at), entry.event->content,
       entry.event->is_action, entry.source_key});
  if (!posted) return posted.error();
  return chat_id;
}

Result<void> SqlChatDatabase::join(const HistoryEntry& entry, std::int64_t room_id,
                                   std::int64_t person_id) {
  const auto known = session_->query_number(
      "SELECT count(*) FROM mgc_membership WHERE joined_key = ?1", {entry.source_key});
  if (!known) return known.error();
  if (known->value_or(0) > 0) return {};
  const auto joined = session_->execute(
      "INSERT INTO mgc_membership (room_id, person_id, joined_at, joined_key)"
      " VALUES (?1, ?2, ?3, ?4)",
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
