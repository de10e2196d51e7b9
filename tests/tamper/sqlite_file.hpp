#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace mgc::test {

/// A database file in the hands of somebody who may do everything: no check of the schema holds.
/// Errors: throws std::runtime_error.
class SqliteFile {
 public:
  using Row = std::vector<std::string>;  ///< cells as SQL, "NULL", "12", "'text'" or "X'00'"

  struct Column {
    std::string name;
    std::string type;  ///< "INTEGER", "TEXT" or "BLOB"
    bool is_key = false;
  };

  explicit SqliteFile(const std::filesystem::path& file);

  void run(const std::string& sql);
  [[nodiscard]] std::vector<Row> ask(const std::string& select);
  /// Of the schema; neither SQLite's own nor virtual ones.
  [[nodiscard]] std::vector<std::string> tables();
  [[nodiscard]] std::vector<Column> columns(const std::string& table);
  /// All rows, with all columns, in order of the key.
  [[nodiscard]] std::vector<Row> rows(const std::string& table);

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace mgc::test
