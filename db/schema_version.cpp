#include "db/schema_version.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/utf8.hpp"
#include "schema/ledger.hpp"

namespace mgc::db {
namespace {

struct Applied {
  int version = 0;
  std::string name;
  std::string checksum;
  UtcTime applied_at{};
};

Result<std::vector<Applied>> read_applied(Session& session, Schema schema) {
  std::vector<Applied> applied;
  const auto exists = session.has_table("schema_migration");
  if (!exists) return exists.error();
  if (!*exists) return applied;
  const auto listed = session.query(
      "SELECT version, name, checksum, applied_at FROM schema_migration"
      " WHERE schema_name = ?1 ORDER BY version",
      {to_string(schema)}, [&](const Row& row) {
        applied.push_back({static_cast<int>(row.integer(0)), row.text(1), row.text(2),
                           utc_from_micros(row.integer(3))});
        return true;
      });
  if (!listed) return listed.error();
  return applied;
}

Error fault(const Session& session, Schema schema, std::string_view what) {
  return Error{Action::stop,
               fmt::format("{}: schema {} {}", printable(session.name()), to_string(schema), what)};
}

}  // namespace

std::string_view to_string(Schema schema) { return schema == Schema::mgc ? "mgc" : "mgccomp"; }

std::vector<Migration> known_migrations(const Session& session, Schema schema) {
  std::vector<Migration> known;
  for (const Migration& migration : embedded_migrations()) {
    if (migration.engine == session.engine() && migration.schema == schema) {
      known.push_back(migration);
    }
  }
  return known;
}

Result<SchemaStatus> read_schema_status(Session& session, Schema schema) {
  const auto known = known_migrations(session, schema);
  const auto applied = read_applied(session, schema);
  if (!applied) return applied.error();
  SchemaStatus status;
  status.schema = schema;
  status.newest_version = known.empty() ? 0 : known.back().version;
  schema::Hasher hasher;
  for (const Applied& row : *applied) {
    if (row.version > status.newest_version) {
      return fault(session, schema,
                   fmt::format("has version {}, newer than this program, which knows {}; use a "
                               "newer mgc",
                               row.version, status.newest_version));
    }
    const auto migration = std::ranges::find(known, row.version, &Migration::version);
    if (migration == known.end() ||
        schema::to_hex(schema::bytes_of(hasher.sha256(migration->text))) != row.checksum) {
      return fault(session, schema,
                   fmt::format("was made by another text of migration {}; use the mgc that made "
                               "it, or restore a backup",
                               printable(row.name)));
    }
    status.version = row.version;
    status.applied.push_back(fmt::format("{} {}", row.name, format_utc(row.applied_at)));
  }
  return status;
}

Result<void> require_schema(Session& session, Schema schema) {
  const auto status = read_schema_status(session, schema);
  if (!status) return status.error();
  if (status->version == 0) return fault(session, schema, "is not initialised; run mgc db init");
  if (status->version < status->newest_version) {
    return fault(session, schema,
                 fmt::format("has version {}, this program needs {}; run mgc db upgrade",
                             status->version, status->newest_version));
  }
  const auto faults = session.durability_faults(schema);
  if (!faults) return faults.error();
  if (!faults->empty()) return fault(session, schema, "is not durable: " + faults->front());
  return {};
}

Result<std::unique_ptr<Session>> open_schema(const std::string& dsn, OpenMode mode, Schema schema) {
  auto session = open_session(dsn, mode);
  if (!session) return session.error();
  if (const auto required = require_schema(**session, schema); !required) return required.error();
  return session;
}

}  // namespace mgc::db
