#pragma once

#include <span>
#include <string_view>

#include "db/migrate.hpp"

namespace mgc::db {

/// One file of db/migrations/ENGINE/SCHEMA/NNNN_name.sql. Once released it is never changed; its
/// SHA-256 is stored where it was applied.
struct Migration {
  std::string_view engine;  ///< "sqlite"
  Schema schema = Schema::mgccomp;
  int version = 0;        ///< 1, 2, 3 ... within engine and schema
  std::string_view name;  ///< "0001_initial"
  std::string_view text;  ///< SQL statements
};

/// All of them, in order of engine, schema and version; embedded when the program is built.
[[nodiscard]] std::span<const Migration> embedded_migrations();

}  // namespace mgc::db
