#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "db/migrations.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// "mgccomp" or "mgc".
[[nodiscard]] std::string_view to_string(Schema schema);

/// The migrations of `schema` for the engine of `session`, oldest first.
[[nodiscard]] std::vector<Migration> known_migrations(const Session& session, Schema schema);

/// What is applied, checked against what this program knows.
/// @errors stop  newer than this program; an applied migration has another checksum.
[[nodiscard]] Result<SchemaStatus> read_schema_status(Session& session, Schema schema);

/// Nothing, when `schema` is there in the newest version with the durability that it needs.
/// @errors stop  not initialised, older (run mgc db upgrade), newer, not durable.
[[nodiscard]] Result<void> require_schema(Session& session, Schema schema);

/// Opens `dsn` and requires `schema` of it.
[[nodiscard]] Result<std::unique_ptr<Session>> open_schema(const std::string& dsn, OpenMode mode,
                                                           Schema schema);

}  // namespace mgc::db
