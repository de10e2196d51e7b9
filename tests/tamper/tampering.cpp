#include "tests/tamper/tampering.hpp"

#include <algorithm>

namespace mgc::test {
namespace {

using Columns = std::vector<SqliteFile::Column>;
using Row = SqliteFile::Row;

/// Another value of the same type.
std::string other_value(const std::string& cell, const std::string& type) {
  if (cell == "NULL") return type == "INTEGER" ? "1" : type == "BLOB" ? "X'00'" : "'x'";
  if (cell.starts_with("X'")) {
    if (cell == "X''") return "X'00'";
    std::string other = cell;
    other[3] = other[3] == '0' ? '1' : '0';
    return other;
  }
  if (cell.starts_with('\'')) return cell.substr(0, cell.size() - 1) + "x'";
  return std::to_string(std::stoll(cell) + 1);
}

/// A value of a key that no row has.
std::string new_key(const std::string& cell, const std::string& type) {
  return type == "INTEGER" ? std::to_string(std::stoll(cell) + 1'000'000) : other_value(cell, type);
}

class TableTamperings {
 public:
  TableTamperings(SqliteFile& file, std::string table, std::vector<Tampering>& into)
      : table_(std::move(table)),
        columns_(file.columns(table_)),
        rows_(file.rows(table_)),
        into_(into) {}

  [[nodiscard]] bool same_columns(const TableTamperings& other) const {
    return std::ranges::equal(columns_, other.columns_, {}, &SqliteFile::Column::name,
                              &SqliteFile::Column::name);
  }

  void add_edits() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      for (const Row& row : rows_) {
        // A key that another row has is not to be had; a free one is.
        const bool is_key = columns_[i].is_key;
        const std::string value =
            is_key ? new_key(row[i], columns_[i].type) : other_value(row[i], columns_[i].type);
        add("edit", columns_[i].name, row,
            "UPDATE OR REPLACE " + table_ + " SET " + columns_[i].name + " = " + value +
                where(row));
      }
    }
  }
  void add_deletions() {
    for (const Row& row : rows_) add("delete", "", row, "DELETE FROM " + table_ + where(row));
  }
  void add_copies() {
    for (const Row& row : rows_) {
      Row copy = row;
      for (std::size_t i = 0; i < copy.size(); ++i) {
        if (columns_[i].is_key) copy[i] = new_key(copy[i], columns_[i].type);
      }
      add("copy", "", row, insert(table_, copy));
    }
  }
  /// Rows keep their keys and exchange everything else.
  void add_swaps() {
    for (std::size_t at = 0; at + 1 < rows_.size(); ++at) {
      Row first = rows_[at];
      Row second = rows_[at + 1];
      for (std::size_t i = 0; i < first.size(); ++i) {
        if (!columns_[i].is_key) std::swap(first[i], second[i]);
      }
      if (first == rows_[at]) continue;
      add("swap", "", rows_[at],
          "BEGIN; DELETE FROM " + table_ + where(first) + "; DELETE FROM " + table_ +
              where(second) + "; " + insert(table_, first) + "; " + insert(table_, second) +
              "; COMMIT");
    }
  }
  void add_moves(const TableTamperings& other) {
    for (const Row& row : rows_) {
      add("move", "", row,
          "BEGIN; DELETE FROM " + table_ + where(row) + "; " + insert(other.table_, row) +
              "; COMMIT");
    }
  }

  [[nodiscard]] const std::string& table() const { return table_; }

 private:
  [[nodiscard]] std::string where(const Row& row) const {
    std::string condition;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!columns_[i].is_key) continue;
      condition += (condition.empty() ? " WHERE " : " AND ") + columns_[i].name + " = " + row[i];
    }
    return condition;
  }
  static std::string insert(const std::string& table, const Row& row) {
    std::string cells;
    for (const std::string& cell : row) cells += (cells.empty() ? "" : ", ") + cell;
    return "INSERT OR REPLACE INTO " + table + " VALUES (" + cells + ")";
  }
  void add(const std::string& kind, const std::string& column, const Row& row,
           const std::string& sql) {
    into_.push_back({kind, table_, column, table_ + where(row), sql});
  }

  const std::string table_;
  const Columns columns_;
  const std::vector<Row> rows_;
  std::vector<Tampering>& into_;
};

}  // namespace

std::vector<Tampering> all_tamperings(SqliteFile& file) {
  std::vector<Tampering> all;
  std::vector<TableTamperings> tables;
  for (const std::string& table : file.tables()) tables.emplace_back(file, table, all);
  for (TableTamperings& table : tables) {
    table.add_edits();
    table.add_deletions();
    table.add_copies();
    table.add_swaps();
    for (const TableTamperings& other : tables) {
      if (&other != &table && table.same_columns(other)) table.add_moves(other);
    }
  }
  return all;
}

}  // namespace mgc::test
