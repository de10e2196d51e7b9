#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/store/engine.hpp"

namespace mgc::test {

/// A connection to the test server around the project, as `user` (the tests' own when empty).
class PostgresqlClient final : public Held {
 public:
  explicit PostgresqlClient(const std::string& database, const std::string& user = {},
                            const std::string& password = {});

  /// All cells of all rows of the last statement as text, "NULL" for NULL.
  /// Throws std::runtime_error with the SQLSTATE in front.
  std::vector<std::string> run(const std::string& sql);

 private:
  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };
  std::unique_ptr<PGconn, Finish> handle_;
};

/// Databases of the test server with names of their own, dropped with all their sessions.
class PostgresqlEngine final : public ServerEngine {
 public:
  PostgresqlEngine();
  ~PostgresqlEngine() override;
  PostgresqlEngine(const PostgresqlEngine&) = delete;
  PostgresqlEngine& operator=(const PostgresqlEngine&) = delete;

  [[nodiscard]] std::string dsn() const override;
  [[nodiscard]] std::string impatient_dsn() const override { return dsn() + " lock_timeout=1"; }
  [[nodiscard]] std::string second_dsn() const override;
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string product() const override { return "PostgreSQL"; }
  [[nodiscard]] std::vector<std::string> run(const std::string& sql) override;
  [[nodiscard]] std::string hex(const std::string& column) const override;
  [[nodiscard]] std::string time_text(const std::string& column) const override;
  [[nodiscard]] std::string columns_query(const std::string& view) const override;
  [[nodiscard]] std::unique_ptr<Held> hold_write_lock() override;
  void cut_sessions() override;

  [[nodiscard]] const std::string& database() const { return database_; }

 private:
  const std::string database_;
};

/// "postgresql://host=... port=... user=... password_file=...": all but the database.
[[nodiscard]] std::string postgresql_dsn_start();

}  // namespace mgc::test
