#include "tests/tamper/sqlite_file.hpp"

#include <stdexcept>

namespace mgc::test {

SqliteFile::SqliteFile(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open(file.c_str(), &handle);
  handle_.reset(handle);
  if (opened != SQLITE_OK) throw std::runtime_error(file.string() + " cannot be opened");
  run("PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0; PRAGMA synchronous = 0");
}

void SqliteFile::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return;
  const std::string why = sqlite3_errmsg(handle_.get());
  sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  throw std::runtime_error(sql + ": " + why);
}

std::vector<SqliteFile::Row> SqliteFile::ask(const std::string& select) {
  std::vector<Row> rows;
  const auto add = [](void* into, int count, char** cells, char**) {
    Row& row = static_cast<std::vector<Row>*>(into)->emplace_back();
    for (int i = 0; i < count; ++i) row.emplace_back(cells[i] == nullptr ? "NULL" : cells[i]);
    return 0;
  };
  if (sqlite3_exec(handle_.get(), select.c_str(), add, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error(select + ": " + sqlite3_errmsg(handle_.get()));
  }
  return rows;
}

std::vector<std::string> SqliteFile::tables() {
  std::vector<std::string> names;
  for (const Row& row : ask("SELECT name FROM sqlite_master WHERE type = 'table'"
                            " AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'"
                            " ORDER BY name")) {
    names.push_back(row[0]);
  }
  return names;
}

std::vector<SqliteFile::Column> SqliteFile::columns(const std::string& table) {
  std::vector<Column> all;
  for (const Row& row : ask("SELECT name, type, pk FROM pragma_table_info('" + table + "')")) {
    all.push_back({row[0], row[1], row[2] != "0"});
  }
  return all;
}

std::vector<SqliteFile::Row> SqliteFile::rows(const std::string& table) {
  std::string cells;
  std::string keys;
  for (const Column& column : columns(table)) {
    cells += (cells.empty() ? "quote(" : ", quote(") + column.name + ")";
    if (column.is_key) keys += (keys.empty() ? "" : ", ") + column.name;
  }
  return ask("SELECT " + cells + " FROM " + table + " ORDER BY " + keys);
}

}  // namespace mgc::test
