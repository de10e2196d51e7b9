#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "tests/store/engine.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {
namespace {

/// A connection of its own, around the project.
class Connection final : public Held {
 public:
  explicit Connection(const std::string& file) {
    const int code = sqlite3_open(file.c_str(), &handle_);
    if (code != SQLITE_OK) throw std::runtime_error(file + ": " + sqlite3_errstr(code));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { sqlite3_close(handle_); }

  std::vector<std::string> run(const std::string& sql) {
    std::vector<std::string> cells;
    const auto keep = [](void* out, int columns, char** values, char**) {
      for (int i = 0; i < columns; ++i) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(values[i] == nullptr ? "NULL"
                                                                                       : values[i]);
      }
      return 0;
    };
    if (sqlite3_exec(handle_, sql.c_str(), keep, &cells, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
    return cells;
  }

 private:
  sqlite3* handle_ = nullptr;
};

class SqliteEngine final : public TestEngine {
 public:
  [[nodiscard]] std::string dsn() const override { return "sqlite3://db=" + file_; }
  [[nodiscard]] std::string impatient_dsn() const override { return dsn() + " timeout=0"; }
  [[nodiscard]] std::string second_dsn() const override {
    return "sqlite3://db=" + (directory_ / "second.db").string();
  }
  [[nodiscard]] std::string name() const override { return file_; }
  [[nodiscard]] std::string product() const override { return "SQLite"; }

  [[nodiscard]] std::vector<std::string> run(const std::string& sql) override {
    return Connection(file_).run(sql);
  }
  [[nodiscard]] std::vector<std::string> run_access_log(const std::string& sql) override {
    return Connection(file_ + ".access").run(sql);
  }
  [[nodiscard]] std::string hex(const std::string& column) const override {
    return fmt::format("hex({})", column);
  }
  [[nodiscard]] std::string time_text(const std::string& column) const override { return column; }
  [[nodiscard]] std::string columns_query(const std::string& view) const override {
    return fmt::format("SELECT name FROM pragma_table_info('{}')", view);
  }
  [[nodiscard]] std::unique_ptr<Held> hold_write_lock() override {
    auto held = std::make_unique<Connection>(file_);
    static_cast<void>(held->run("BEGIN IMMEDIATE"));
    return held;
  }

 private:
  TempDir directory_;
  const std::string file_ = (directory_ / "mgccomp.db").string();
};

}  // namespace

std::unique_ptr<TestEngine> make_engine() { return std::make_unique<SqliteEngine>(); }

}  // namespace mgc::test
