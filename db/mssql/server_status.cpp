#include "db/mssql/server_status.hpp"

#include <fmt/format.h>

#include "db/mssql/statements.hpp"

namespace mgc::db::mssql {

Result<std::vector<std::string>> durability_faults(Session& session) {
  std::vector<std::string> faults;
  const auto knows = session.query_number(kKnowsDelay);
  if (!knows) return knows.error();
  if (knows->value_or(0) == 0) return faults;
  const auto read = session.query(kDelay, {}, [&](const Row& row) {
    if (row.bytes(0) == "FORCED") {
      faults.emplace_back(
          "delayed durability is forced: a commit may be lost; run ALTER DATABASE ... SET "
          "DELAYED_DURABILITY = DISABLED");
    }
    return false;
  });
  if (!read) return read.error();
  return faults;
}

Result<DatabaseStatus> describe(Session& session, const odbc::Connection& connection,
                                const std::vector<std::string>& warnings) {
  DatabaseStatus status;
  status.engine = "SQL Server";
  status.warnings = warnings;
  const auto version = session.query(kVersion, {}, [&](const Row& row) {
    status.engine_version = fmt::format("{} {}", row.bytes(0), row.bytes(1));
    status.instance = fmt::format("{}/{}", row.bytes(2), row.bytes(3));
    status.server = row.text(2);
    return false;
  });
  if (!version) return version.error();
  const auto settings = session.query(kSettings, {}, [&](const Row& row) {
    int column = 0;
    for (const char* setting :
         {"recovery_model", "page_verify", "snapshot_isolation", "collation"}) {
      status.settings.emplace_back(setting, row.text(column++));
    }
    return false;
  });
  if (!settings) return settings.error();
  status.settings.emplace_back(
      "driver", connection.info(SQL_DRIVER_NAME) + " " + connection.info(SQL_DRIVER_VER));
  return status;
}

}  // namespace mgc::db::mssql
