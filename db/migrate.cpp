#include "db/migrate.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/failpoint.hpp"
#include "core/utf8.hpp"
#include "db/access_log.hpp"
#include "db/schema_version.hpp"
#include "schema/ledger.hpp"

namespace mgc::db {
namespace {

constexpr std::array<Schema, 2> kSchemas = {Schema::mgccomp, Schema::mgc};

/// A database that holds something else, for instance an outbox, is left alone.
Result<void> make_bookkeeping(Session& session) {
  const auto exists = session.has_table("schema_migration");
  if (!exists) return exists.error();
  if (*exists) return {};
  const auto empty = session.is_empty();
  if (!empty) return empty.error();
  if (!*empty) {
    return Error{Action::stop, fmt::format("{} holds something else already; name another database",
                                           printable(session.name()))};
  }
  return session.run_script(
      "CREATE TABLE schema_migration (schema_name VARCHAR(16) NOT NULL, version INTEGER NOT NULL,"
      " name VARCHAR(200) NOT NULL, checksum VARCHAR(64) NOT NULL, applied_at BIGINT NOT NULL,"
      " PRIMARY KEY (schema_name, version))");
}

/// Applies the oldest migration that is missing, under the write lock. False when none is.
Result<bool> apply_next(Session& session, Schema schema, const Clock& clock) {
  if (const auto begun = session.begin_exclusive(schema); !begun) return begun.error();
  Transaction transaction(session);
  if (const auto made = make_bookkeeping(session); !made) return made.error();
  const auto status = read_schema_status(session, schema);
  if (!status) return status.error();
  for (const Migration& migration : known_migrations(session, schema)) {
    if (migration.version <= status->version) continue;
    const auto run = session.run_script(migration.text);
    if (!run) return run.error();
    const auto noted = session.execute(
        "INSERT INTO schema_migration (schema_name, version, name, checksum, applied_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
        {to_string(schema), migration.version, migration.name,
         schema::to_hex(schema::bytes_of(schema::Hasher().sha256(migration.text))),
         to_micros(clock.utc_now())});
    if (!noted) return noted.error();
    if (reach_failpoint("migrate.before_commit") == Failure::error) {
      return Error{Action::reconnect, "failure point migrate.before_commit"};
    }
    if (const auto committed = transaction.commit(); !committed) return committed.error();
    return true;
  }
  return false;
}

Result<void> bring_up(Session& session, Schema schema, const Clock& clock) {
  while (true) {
    const auto applied = apply_next(session, schema, clock);
    if (!applied) return applied.error();
    if (!*applied) return session.configure_database(schema);
  }
}

}  // namespace

Result<void> init_database(const std::string& dsn, Schema schema, const Clock& clock) {
  {
    const auto session = open_session(dsn, OpenMode::create);
    if (!session) return session.error();
    if (const auto raised = bring_up(**session, schema, clock); !raised) return raised;
  }
  return schema == Schema::mgccomp ? make_access_log(dsn) : Result<void>();
}

Result<void> upgrade_database(const std::string& dsn, const Clock& clock) {
  const auto session = open_session(dsn, OpenMode::read_write);
  if (!session) return session.error();
  bool found = false;
  for (const Schema schema : kSchemas) {
    const auto status = read_schema_status(**session, schema);
    if (!status) return status.error();
    if (status->version == 0) continue;
    found = true;
    if (const auto raised = bring_up(**session, schema, clock); !raised) return raised.error();
    if (schema != Schema::mgccomp) continue;
    if (const auto made = make_access_log(dsn); !made) return made.error();
  }
  if (found) return {};
  return Error{Action::stop, fmt::format("{} was never initialised; run mgc db init",
                                         printable((*session)->name()))};
}

Result<DatabaseStatus> database_status(const std::string& dsn) {
  const auto session = open_session(dsn, OpenMode::read_only);
  if (!session) return session.error();
  auto status = (*session)->describe();
  if (!status) return status.error();
  for (const Schema schema : kSchemas) {
    auto of_schema = read_schema_status(**session, schema);
    if (!of_schema) return of_schema.error();
    if (of_schema->version > 0) {
      auto faults = (*session)->durability_faults(schema);
      if (!faults) return faults.error();
      for (std::string& fault : *faults) status->warnings.emplace_back(std::move(fault));
    }
    status->schemas.push_back(std::move(*of_schema));
  }
  return status;
}

}  // namespace mgc::db
