#include "db/chat_history.hpp"

#include <utility>

#include "db/id_windows.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

constexpr std::string_view kRooms =
    "SELECT r.room_id,"
    " (SELECT coalesce(max(c.chat_id), 0) FROM mgc_chat AS c WHERE c.room_id = r.room_id)"
    " FROM mgc_room AS r WHERE r.room_id >= ?1 AND r.room_id <= ?2 ORDER BY r.room_id";
constexpr std::string_view kMessages =
    "SELECT c.chat_id, c.occurred_at, p.uri, c.content FROM mgc_chat AS c"
    " LEFT JOIN mgc_person AS p ON p.person_id = c.person_id"
    " WHERE c.room_id = ?1 AND c.chat_id >= ?2 AND c.chat_id <= ?3 ORDER BY c.chat_id";
constexpr std::int64_t kWindowIds = 1'000;  // rooms, or posts of a room, that one statement reads

ChatMessage read_message(const Row& row) {
  ChatMessage message{row.integer(0), utc_from_micros(row.integer(1)), std::nullopt, row.text(3)};
  if (!row.is_null(2)) message.author = row.text(2);
  return message;
}

}  // namespace

ChatHistory::ChatHistory(std::unique_ptr<Session> session) : session_(std::move(session)) {}
ChatHistory::ChatHistory(ChatHistory&&) noexcept = default;
ChatHistory& ChatHistory::operator=(ChatHistory&&) noexcept = default;
ChatHistory::~ChatHistory() = default;

Result<ChatHistory> ChatHistory::open(const std::string& mgc) {
  auto session = open_schema(mgc, OpenMode::look_up, Schema::mgc);
  if (!session) return session.error();
  return ChatHistory(std::move(*session));
}

Result<std::vector<ChatRoom>> ChatHistory::rooms() {
  std::vector<ChatRoom> rooms;
  const auto listed = each_id_window(
      {}, kWindowIds,
      [&](std::int64_t from) {
        return session_->query_number("SELECT min(room_id) FROM mgc_room WHERE room_id >= ?1",
                                      {from});
      },
      [&](const IdWindow& window) -> Result<bool> {
        const auto read = session_->query(kRooms, {window.first, window.last}, [&](const Row& row) {
          rooms.push_back({row.integer(0), row.integer(1)});
          return true;
        });
        if (!read) return read.error();
        return true;
      });
  if (!listed) return listed.error();
  return rooms;
}

Result<std::optional<std::int64_t>> ChatHistory::find_room(const std::string& uri) {
  return session_->query_number("SELECT room_id FROM mgc_room WHERE uri = ?1", {uri});
}

Result<std::string> ChatHistory::room_uri(std::int64_t room_id) {
  std::string uri;
  const auto found = session_->query("SELECT uri FROM mgc_room WHERE room_id = ?1", {room_id},
                                     [&](const Row& row) {
                                       uri = row.text(0);
                                       return false;
                                     });
  if (!found) return found.error();
  return uri;
}

Result<std::vector<ChatMessage>> ChatHistory::page(std::int64_t room_id, std::int64_t from) {
  std::vector<ChatMessage> page;
  std::size_t bytes = 0;
  const auto read_window = [&](const IdWindow& window) -> Result<bool> {
    if (const auto begun = session_->begin_snapshot(); !begun) return begun.error();
    const Transaction snapshot(*session_);
    const auto read =
        session_->stream(kMessages, {room_id, window.first, window.last}, [&](const Row& row) {
          page.push_back(read_message(row));
          bytes += page.back().content.size();
          return page.size() < kPageRows && bytes < kPageBytes;
        });
    if (!read) return read.error();
    return page.empty();
  };
  const auto read = each_id_window(
      {.first = from}, kWindowIds,
      [&](std::int64_t least) {
        return session_->query_number(
            "SELECT min(chat_id) FROM mgc_chat WHERE room_id = ?1 AND chat_id >= ?2",
            {room_id, least});
      },
      read_window);
  if (!read) return read.error();
  return page;
}

}  // namespace mgc::db
