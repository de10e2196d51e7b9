#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "core/result.hpp"
#include "db/session.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// What the packs of one batch say of the sessions of their nodes, for the table `node_session`.
/// Packs may come in any order: each statement changes only what it knows better than the row.
///
/// Threads: one owner. Ownership: borrows the session. Errors: those of the session.
/// Cost:    nothing for a batch without watermarks, two statements for a node's watermarks.
class NodeSessions {
 public:
  explicit NodeSessions(Session& session) : session_(session) {}

  /// Looks at an event that is stored for the first time.
  void note(std::int64_t node_id, std::uint64_t epoch, std::uint64_t sequence,
            const schema::EventView& event);
  /// Writes what was noted, in the caller's transaction.
  [[nodiscard]] Result<void> write(std::int64_t received_at);

 private:
  struct Key {
    std::int64_t node_id = 0;
    std::uint64_t epoch = 0;
    std::uint64_t session = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Mark {
    std::uint64_t sequence = 0;
    std::int64_t occurred_at = 0;
  };
  struct Heard {
    Mark last;
    std::optional<Mark> start;
    std::optional<Mark> stop;
  };

  [[nodiscard]] Result<void> write_last(const Key& key, const Mark& last, std::int64_t received_at);

  Session& session_;
  std::map<Key, Heard> heard_;
};

}  // namespace mgc::db
