#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "schema/event.hpp"

namespace mgc::db {

class Session;
class Transaction;

/// One event of mgccomp that speaks of a post: a CHAT or BACKCHAT, an EDIT or a DELETE, each with
/// the number of the post, or a PURGE of a room.
struct MessageEvent {
  std::int64_t room = 0;  ///< one number for each room uri, 0 = without a room
  std::string room_uri;
  std::int64_t chat_id = 0;  ///< 0 for a PURGE
  schema::EventKind kind = schema::EventKind::chat;
  UtcTime occurred_at{};
  std::optional<std::string> author;  ///< uri
  std::string content;
  std::string event;  ///< "node/epoch/sequence"
  std::optional<UtcTime>
      purged_until;  ///< of a PURGE, inclusive; nullopt: its pack is not readable
};

/// Reads from mgccomp what reconcile compares with mgc; never writes. All calls see one snapshot,
/// from open() to the destructor.
///
/// Threads: one owner. Errors: reconnect  cannot be reached; stop  not initialised, newer version.
class MessageEvents {
 public:
  [[nodiscard]] static Result<MessageEvents> open(const std::string& mgccomp);
  MessageEvents(MessageEvents&&) noexcept;
  MessageEvents& operator=(MessageEvents&&) = delete;
  ~MessageEvents();

  /// Shows all of them, until `visit` returns false or an error: room by room, in a room its PURGEs
  /// first and then the posts by number, of a post its EDITs and DELETEs before its CHATs. All of
  /// these are numbers, so the order is the same in every engine, whatever its collation.
  /// @cost  one pass over the events and a sort by the engine, which keeps it on its disk. Memory
  /// is
  ///        flat.
  [[nodiscard]] Result<void> each(const std::function<Result<bool>(const MessageEvent&)>& visit);
  /// CHAT and BACKCHAT events that name no post.
  [[nodiscard]] Result<std::uint64_t> count_unnumbered();
  [[nodiscard]] Result<std::uint64_t> count_open_gaps();

 private:
  MessageEvents(std::unique_ptr<Session> session, std::unique_ptr<Transaction> snapshot);
  /// What the stored pack says of one of its events.
  [[nodiscard]] Result<std::optional<UtcTime>> purged_until(std::int64_t node_id,
                                                            std::uint64_t epoch,
                                                            std::uint64_t sequence);

  std::unique_ptr<Session> session_;
  std::unique_ptr<Transaction> snapshot_;  // ends before the session does
};

}  // namespace mgc::db
