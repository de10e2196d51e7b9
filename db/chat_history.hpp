#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

class Session;

/// A room of mgc, and how far its posts were numbered when it was asked.
struct ChatRoom {
  std::int64_t room_id = 0;
  std::int64_t last_chat_id = 0;  ///< 0 = no posts
};

/// One post of mgc.
struct ChatMessage {
  std::int64_t chat_id = 0;
  UtcTime occurred_at{};
  std::optional<std::string> author;  ///< uri
  std::string content;
};

/// Reads the posts of mgc. Each call is one or a few short transactions, because chat servers write
/// there all the time, and in SQLite a reader keeps them waiting. So two calls may see two states.
///
/// Threads: one owner. Memory: one page; rooms() 16 bytes a room.
/// Errors:  each call says; after one, open another.
class ChatHistory {
 public:
  /// @errors reconnect  the server cannot be reached.
  ///         stop  not initialised or of another version, no rights, bad DSN.
  [[nodiscard]] static Result<ChatHistory> open(const std::string& mgc);
  ChatHistory(ChatHistory&&) noexcept;
  ChatHistory& operator=(ChatHistory&&) noexcept;
  ~ChatHistory();

  /// All rooms, in order of their id. @errors retry, reconnect, stop, as for all below.
  [[nodiscard]] Result<std::vector<ChatRoom>> rooms();
  /// The room that is called exactly `uri`.
  [[nodiscard]] Result<std::optional<std::int64_t>> find_room(const std::string& uri);
  /// Empty when there is no such room any more.
  [[nodiscard]] Result<std::string> room_uri(std::int64_t room_id);
  /// The next posts of a room whose number is not below `from`, in order of it; empty: no more.
  /// At most kPageRows, and no further ones when they hold kPageBytes.
  [[nodiscard]] Result<std::vector<ChatMessage>> page(std::int64_t room_id, std::int64_t from);

  static constexpr std::size_t kPageRows = 1'000;
  static constexpr std::size_t kPageBytes = std::size_t{4} * 1024 * 1024;

 private:
  explicit ChatHistory(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
