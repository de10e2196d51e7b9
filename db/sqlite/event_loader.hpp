#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "db/session.hpp"
#include "db/sqlite/statement.hpp"

namespace mgc::db::sqlite {

/// The hot path: appends projected events through one prepared statement that stays open, bound
/// straight from the borrowed texts.
///
/// Threads: one owner. Errors: SQLite's extended result code; SQLITE_OK is 0.
/// Cost: about 2 us a row of 100 bytes, no allocation of ours.
class EventLoader {
 public:
  explicit EventLoader(sqlite3* handle) : handle_(handle) {}
  [[nodiscard]] int load(std::uint64_t segment, std::span<const EventRow> rows);

 private:
  [[nodiscard]] int prepare(std::uint64_t segment);

  sqlite3* handle_;
  std::uint64_t segment_ = 0;
  std::optional<Statement> insert_;
};

}  // namespace mgc::db::sqlite
