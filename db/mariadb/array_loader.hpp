#pragma once

#include <mysql.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/mariadb/connection.hpp"
#include "db/session.hpp"

namespace mgc::db::mariadb {

/// One parameter of an INSERT, for many rows at once.
struct ParameterArray {
  enum_field_types type = MYSQL_TYPE_LONGLONG;
  std::vector<std::int64_t> numbers;  ///< empty for texts and bytes
  std::vector<const char*> texts;     ///< borrowed
  std::vector<unsigned long> sizes;
  std::vector<char> indicators;  ///< whether it is NULL
};

/// The hot path: an INSERT that is sent once with the values of many rows, borrowed from where they
/// are. Measured against LOAD DATA LOCAL from memory on MariaDB 10.11: arrays load events 1.2 to
/// 1.6 times as fast and packs 4 times, and they fail where LOAD DATA LOCAL only warns or skips.
///
/// Threads: one owner. Ownership: keeps its statements open; the connection outlives it.
class ArrayLoader {
 public:
  explicit ArrayLoader(Connection& connection) : connection_(connection) {}

  [[nodiscard]] Result<void> load_packs(std::span<const NewPackRow> rows);
  [[nodiscard]] Result<void> load_events(std::uint64_t segment, std::span<const EventRow> rows);

 private:
  struct Close {
    void operator()(MYSQL_STMT* stmt) const { static_cast<void>(mysql_stmt_close(stmt)); }
  };
  struct Insert {
    std::unique_ptr<MYSQL_STMT, Close> stmt;
    std::vector<ParameterArray> columns;
    std::size_t rows = 0;
    std::size_t bytes = 0;  ///< of the texts
  };

  [[nodiscard]] Result<void> prepare(Insert& insert, std::string_view sql,
                                     std::span<const enum_field_types> types) const;
  /// Sends what is gathered when `more` bytes would not fit any more.
  [[nodiscard]] Result<void> make_room(Insert& insert, std::size_t more) const;
  [[nodiscard]] Result<void> send(Insert& insert) const;
  [[nodiscard]] Error failure(const Insert& insert) const;

  Connection& connection_;
  Insert packs_;
  Insert events_;
  std::uint64_t segment_ = 0;  ///< that events_ is for
};

}  // namespace mgc::db::mariadb
