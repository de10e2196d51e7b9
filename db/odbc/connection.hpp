#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sql.h>
#include <sqlext.h>

#include "db/odbc/diagnostics.hpp"

namespace mgc::db::odbc {

/// A connection through the ODBC driver manager. SOCI's backend does not open it: it has no way to
/// set the time-out for logging in, which has to be set before, and keeps the password.
///
/// Threads: one owner. Ownership: statements go before their connection.
class Connection {
 public:
  /// @param connection_string  "Driver=...;Server=...;UID=...;PWD=..."; not kept.
  /// @returns the diagnostics when it fails.
  [[nodiscard]] static std::variant<std::unique_ptr<Connection>, std::vector<Diagnostic>> open(
      std::string_view connection_string, std::chrono::seconds timeout);
  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] SQLHDBC handle() const { return connection_; }
  /// What SQLGetInfo says, as SQL_DRIVER_NAME or SQL_DBMS_NAME; empty when the driver does not.
  [[nodiscard]] std::string info(SQLUSMALLINT what) const;

 private:
  SQLHENV environment_ = nullptr;
  SQLHDBC connection_ = nullptr;
  bool connected_ = false;
};

}  // namespace mgc::db::odbc
