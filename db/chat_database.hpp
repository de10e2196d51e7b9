#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "schema/event.hpp"

namespace mgc::db {

/// One event as the chat server writes it to its own database `mgc`.
struct HistoryEntry {
  const schema::Event* event = nullptr;
  std::string source_key;  ///< "node/file/line": the same entry again keeps its first chat id
};

/// The chat database `mgc`: rooms, people, memberships, chat history. Written by chat servers,
/// read by reconcile; the compliance service itself never needs it.
///
/// Threads: one owner. Errors: each call says.
class ChatDatabase {
 public:
  /// Opens `dsn`; schema `mgc` must be initialised (migrate.hpp).
  [[nodiscard]] static Result<std::unique_ptr<ChatDatabase>> open(const std::string& dsn);
  virtual ~ChatDatabase() = default;

  /// Writes the entries in one transaction: posts into the history, joins and parts as memberships,
  /// rooms and people as they are met. Returns the chat id of each entry, 0 where it is not a post.
  /// Idempotent by `source_key`.
  /// @errors retry, reconnect, in_doubt, stop  as ComplianceStore::commit.
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> record(
      std::span<const HistoryEntry> entries) = 0;
};

}  // namespace mgc::db
