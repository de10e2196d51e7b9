#pragma once

#include <mysql.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/store/engine.hpp"

namespace mgc::test {

/// A connection of the client library's own, without the project. Errors: std::runtime_error.
class MariadbClient final : public Held {
 public:
  /// Connects as the tests' user, or as `user`, to no database when `database` is empty.
  explicit MariadbClient(const std::string& database, const std::string& user = {},
                         const std::string& password = {});
  MariadbClient(const MariadbClient&) = delete;
  MariadbClient& operator=(const MariadbClient&) = delete;
  ~MariadbClient() override { mysql_close(handle_); }

  /// All cells of all rows of all answers; "NULL" for NULL.
  std::vector<std::string> run(const std::string& sql);
  /// The error code of a statement, 0 when it was done.
  unsigned try_to(const std::string& sql);

 private:
  MYSQL* handle_;
};

/// Databases of the test server with names of their own, dropped at the end.
class MariadbEngine final : public ServerEngine {
 public:
  MariadbEngine();
  ~MariadbEngine() override;

  [[nodiscard]] std::string dsn() const override { return dsn_of(database_); }
  [[nodiscard]] std::string impatient_dsn() const override { return dsn() + " lock_timeout=0"; }
  [[nodiscard]] std::string second_dsn() const override { return dsn_of(database_ + "second"); }
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string product() const override { return "MariaDB"; }

  [[nodiscard]] std::vector<std::string> run(const std::string& sql) override;
  [[nodiscard]] std::string hex(const std::string& column) const override;
  [[nodiscard]] std::string time_text(const std::string& column) const override;
  [[nodiscard]] std::string columns_query(const std::string& view) const override;
  [[nodiscard]] std::unique_ptr<Held> hold_write_lock() override;
  void cut_sessions() override;

  [[nodiscard]] const std::string& database() const { return database_; }

 private:
  [[nodiscard]] std::string dsn_of(const std::string& database) const;

  const std::string database_;
  MariadbClient client_;
};

}  // namespace mgc::test
