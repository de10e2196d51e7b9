#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sql.h>
#include <sqlext.h>

#include "db/odbc/connection.hpp"
#include "db/odbc/diagnostics.hpp"
#include "db/session.hpp"

namespace mgc::db::odbc {

/// How a statement hands out its rows.
enum class Cursor : std::uint8_t {
  plain,      ///< the driver's own; nothing else may run on the connection until it is closed
  in_server,  ///< a static cursor: flat memory here, and other statements may run in between
};

/// The row that was fetched last. Text comes as UTF-8, whatever the server keeps.
class FetchedRow final : public Row {
 public:
  [[nodiscard]] bool is_null(int column) const override { return cell(column).null; }
  [[nodiscard]] std::int64_t integer(int column) const override { return cell(column).number; }
  [[nodiscard]] ByteView bytes(int column) const override { return cell(column).bytes; }
  /// Numbers as digits; nullopt for NULL.
  [[nodiscard]] std::optional<std::string> as_text(int column) const {
    if (is_null(column)) return std::nullopt;
    const Cell& found = cell(column);
    return found.c_type == SQL_C_SBIGINT ? std::to_string(found.number) : found.bytes;
  }

 private:
  friend class Statement;
  struct Cell {
    SQLSMALLINT c_type = SQL_C_WCHAR;  ///< as which it is asked for
    bool null = true;
    std::int64_t number = 0;
    std::string bytes;
  };
  [[nodiscard]] const Cell& cell(int column) const {
    return cells_.at(static_cast<std::size_t>(column));
  }
  std::vector<Cell> cells_;
};

/// A statement of ODBC. Functions return false when the driver failed; diagnostics() says why,
/// until the next call.
///
/// Threads: one owner. Ownership: goes before its connection; keeps copies of what is bound.
class Statement {
 public:
  explicit Statement(const Connection& connection);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  [[nodiscard]] SQLHSTMT handle() const { return handle_; }
  [[nodiscard]] std::vector<Diagnostic> diagnostics() const {
    return read_diagnostics(SQL_HANDLE_STMT, handle_);
  }

  /// How long a call may take; the server cancels the statement then ("HYT00").
  void set_timeout(std::chrono::seconds timeout);
  [[nodiscard]] bool prepare(std::string_view sql, Cursor cursor = Cursor::plain);
  /// Binds `values` to the marks: the mark at place i takes the value number order[i], from 1.
  [[nodiscard]] bool bind(std::span<const Value> values, std::span<const int> order);
  [[nodiscard]] bool execute();
  /// Runs a batch without parameters, to the end of its last result.
  [[nodiscard]] bool run_directly(std::string_view sql);

  enum class Fetch : std::uint8_t { row, done, failed };
  [[nodiscard]] Fetch fetch();
  [[nodiscard]] const FetchedRow& row() const { return row_; }
  /// Of the result; 0 when the statement has none.
  [[nodiscard]] int columns() const { return static_cast<int>(row_.cells_.size()); }
  /// Rows that the statement changed; -1 when the driver does not know.
  [[nodiscard]] std::int64_t changed_rows() const;
  /// To the end of all results: an error may come behind the first one.
  [[nodiscard]] bool finish();
  /// Ready to be bound again.
  void close();

 private:
  struct Bound {
    std::int64_t number = 0;
    std::u16string text;
    std::string bytes;
    SQLLEN size = 0;
  };
  [[nodiscard]] bool bind_one(SQLUSMALLINT place, const Value& value, Bound& bound);
  [[nodiscard]] bool describe_columns();
  [[nodiscard]] bool read_cell(SQLUSMALLINT column, FetchedRow::Cell& cell);

  SQLHSTMT handle_ = nullptr;
  std::vector<Bound> bound_;
  FetchedRow row_;
  std::string chunk_;
};

/// The type of the longest texts and bytes that a server takes without a column of unlimited size;
/// what is longer is sent as "long", which servers convert.
inline constexpr std::size_t kShortTextUnits = 4000;
inline constexpr std::size_t kShortBytes = 8000;

}  // namespace mgc::db::odbc
