#pragma once

#include <mysql.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "db/mariadb/error_map.hpp"
#include "db/session.hpp"

namespace mgc::db::mariadb {

/// A prepared statement. Parameters are sent with their types and rows come in binary, so that
/// text is never quoted and may hold NUL.
///
/// Threads: one owner. Ownership: the connection outlives it. A call that returns false has failed
/// with fault().
class Statement final : public Row {
 public:
  explicit Statement(MYSQL* handle) : stmt_(mysql_stmt_init(handle)) {}

  /// `sql` has parameters ?1, ?2 ...
  [[nodiscard]] bool prepare(std::string_view sql);
  /// @param values  borrowed until it returns.
  [[nodiscard]] bool execute(std::span<const Value> values);

  /// Before execute(): the server keeps the rows and hands them over piece by piece, so that other
  /// statements may run in between.
  [[nodiscard]] bool keep_rows_at_server();
  /// After execute(): takes all rows at once.
  [[nodiscard]] bool take_all_rows();
  /// After execute(): makes room for the columns of a row.
  [[nodiscard]] bool bind_row();

  enum class Next : std::uint8_t { row, end, failed };
  [[nodiscard]] Next next();
  /// Done with the rows: ready to be executed again.
  [[nodiscard]] bool end_rows() { return mysql_stmt_free_result(stmt_.get()) == 0; }

  [[nodiscard]] std::int64_t affected_rows() const {
    return static_cast<std::int64_t>(mysql_stmt_affected_rows(stmt_.get()));
  }
  [[nodiscard]] std::int64_t insert_id() const {
    return static_cast<std::int64_t>(mysql_stmt_insert_id(stmt_.get()));
  }
  [[nodiscard]] Fault fault() const;

  [[nodiscard]] bool is_null(int column) const override { return cell(column).null != 0; }
  [[nodiscard]] std::int64_t integer(int column) const override { return cell(column).number; }
  [[nodiscard]] ByteView bytes(int column) const override { return cell(column).text; }

 private:
  struct Close {
    void operator()(MYSQL_STMT* stmt) const { static_cast<void>(mysql_stmt_close(stmt)); }
  };
  /// What the library writes a column of the current row into.
  struct Cell {
    bool is_number = false;
    std::int64_t number = 0;
    std::string text;
    unsigned long size = 0;
    my_bool null = 0;
  };

  [[nodiscard]] const Cell& cell(int column) const {
    return cells_[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] bool fetch_texts();

  std::unique_ptr<MYSQL_STMT, Close> stmt_;
  std::vector<int> order_;  ///< for each ? of the server, which value
  std::vector<Cell> cells_;
};

}  // namespace mgc::db::mariadb
