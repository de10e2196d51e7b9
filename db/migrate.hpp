#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::db {

/// The two schemas of this project.
enum class Schema : std::uint8_t { mgccomp, mgc };

struct SchemaStatus {
  Schema schema = Schema::mgccomp;
  int version = 0;                   ///< 0 = not initialised
  int newest_version = 0;            ///< that this program knows
  std::vector<std::string> applied;  ///< "0001_initial 2026-01-01T00:00:00.000000Z", oldest first
};

struct DatabaseStatus {
  std::string engine;          ///< "SQLite"
  std::string engine_version;  ///< "3.40.1"
  std::string instance;        ///< the file, or server and database, as they were named
  std::string server;          ///< who answered; the same for all databases of one instance
  std::vector<SchemaStatus> schemas;
  std::vector<std::pair<std::string, std::string>> settings;  ///< durability, as the engine says
  std::vector<std::string> warnings;  ///< settings that break a guarantee; empty when none does
};

/// Makes the schema, or brings it to the newest version, under a lock, each migration in a
/// transaction with its checksum. Doing it twice changes nothing. For SQLite the file is made.
/// @errors stop  the database is newer than this program, a checksum of an applied migration
///               differs, not a database, read-only.
///         retry disk full. reconnect  cannot be reached.
[[nodiscard]] Result<void> init_database(const std::string& dsn, Schema schema, const Clock& clock);

/// As init_database, but refuses a database that was never initialised.
[[nodiscard]] Result<void> upgrade_database(const std::string& dsn, const Clock& clock);

[[nodiscard]] Result<DatabaseStatus> database_status(const std::string& dsn);

}  // namespace mgc::db
