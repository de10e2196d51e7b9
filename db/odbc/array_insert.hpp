#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "db/odbc/statement.hpp"

namespace mgc::db::odbc {

enum class ColumnType : std::uint8_t { integer, text, bytes };

/// What went wrong with an array.
struct ArrayFailure {
  std::vector<Diagnostic> diagnostics;
  /// Of all rows given, from 0; nullopt when the driver blames none.
  std::optional<std::size_t> row;
};

/// Inserts many rows with one prepared statement and arrays of parameters, one round trip for each
/// `kRowsMax` rows or `kArrayBytes`. Every row's own status is read back: FreeTDS before 1.5 may
/// otherwise report success for an array of which a part failed. The status array begins as
/// "unused", so that a driver which does not fill it is noticed.
///
/// Only inside a transaction: after a failure an unknown part of the rows is there.
///
/// Threads: one owner. Ownership: values are copied; at most kArrayBytes and one row, twice.
class ArrayInsert {
 public:
  static constexpr std::size_t kRowsMax = 1000;
  static constexpr std::size_t kArrayBytes = 8U << 20U;

  /// @param insert  has one mark ? for each column.
  ArrayInsert(const Connection& connection, std::vector<ColumnType> columns,
              std::string_view insert, std::chrono::seconds timeout);

  /// Adds a value of the row that is being filled, left to right.
  void add(std::optional<std::int64_t> number);
  void add_text(std::optional<std::string_view> text);
  void add_bytes(std::optional<ByteView> bytes);
  /// Ends the row; sends what is there when that is enough.
  [[nodiscard]] std::optional<ArrayFailure> end_row();
  /// Sends the rest.
  [[nodiscard]] std::optional<ArrayFailure> flush();

 private:
  struct Column {
    ColumnType type = ColumnType::integer;
    std::vector<std::int64_t> numbers;
    std::string bytes;              ///< text as UTF-16
    std::vector<std::size_t> ends;  ///< of each row in `bytes`
    std::vector<SQLLEN> sizes;      ///< SQL_NULL_DATA for NULL
    std::string array;              ///< the rows of a run, each as wide as the longest
  };
  struct Run {
    std::size_t first = 0;
    std::size_t rows = 0;
  };
  /// The rows from `first` that fit into one array: one long row among short ones goes alone.
  [[nodiscard]] Run next_run(std::size_t first) const;
  [[nodiscard]] bool bind(SQLUSMALLINT place, Column& column, Run run);
  [[nodiscard]] std::optional<ArrayFailure> send(Run run);
  [[nodiscard]] ArrayFailure failure(Run run, std::optional<std::size_t> row) const;
  void end_value(Column& column, bool null);

  Statement statement_;
  bool prepared_ = false;
  std::vector<Column> columns_;
  std::size_t next_ = 0;   ///< the column that add() fills
  std::size_t rows_ = 0;   ///< filled and not sent
  std::size_t bytes_ = 0;  ///< of them
  std::size_t sent_ = 0;
  std::u16string wide_;
};

}  // namespace mgc::db::odbc
