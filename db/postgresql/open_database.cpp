#include "db/postgresql/open_database.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace mgc::db::postgresql {
namespace {

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// Makes the database by way of `postgres`, which every server has.
Result<void> make_database(const ServerOptions& options) {
  const auto maintenance = Connection::open(options, "postgres");
  if (!maintenance) return maintenance.error();
  // What another program is making at this moment is as good.
  const auto made = (*maintenance)
                        ->run(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
                                          " LC_COLLATE 'C' LC_CTYPE 'C'",
                                          quoted_name(options.database)),
                              Step::inserting);
  if (made || made.error().action == Action::retry || is_sqlstate(made.error(), "42P04")) {
    return {};
  }
  return Error{made.error().action,
               made.error().message + "; or let an administrator run CREATE DATABASE"};
}

Result<void> make_schema(Connection& connection, const ServerOptions& options) {
  // Asked before, because CREATE SCHEMA IF NOT EXISTS wants a right that is not needed then.
  const auto made = connection.run(fmt::format(
      "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('{0}', 0));"
      " DO $$ BEGIN IF to_regnamespace('{0}') IS NULL THEN CREATE SCHEMA {0}; END IF; END $$;"
      " COMMIT",
      options.schema));
  if (!made) return made.error();
  return {};
}

Result<void> check_server(const Connection& connection) {
  constexpr int kOldest = 150000;
  const auto fault = [&](std::string_view what) {
    return Error{Action::stop, fmt::format("{}: {}", printable(connection.name()), what)};
  };
  if (PQserverVersion(connection.handle()) < kOldest) {
    return fault("the server is older than PostgreSQL 15; name a newer one");
  }
  const char* encoding = PQparameterStatus(connection.handle(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return fault("the database does not hold UTF-8; make one with ENCODING 'UTF8'");
  }
  return {};
}

Result<void> set_session(Connection& connection, const ServerOptions& options, OpenMode mode) {
  const bool writer = writes(mode);
  const auto statement_timeout = options.statement_timeout_for(mode);
  // Auditors may see the views only; whoever may see both gets the same from them.
  const std::string path = writer ? options.schema : fmt::format("{0}_audit, {0}", options.schema);
  const auto set = connection.run(
      fmt::format("SET client_min_messages = warning; SET search_path = {}; SET TimeZone = 'UTC';"
                  " SET lock_timeout = '{}s'; SET statement_timeout = '{}s';"
                  " SET default_transaction_isolation = 'read committed';{}{}"
                  // A client that is gone without a word must not hold the lane for hours.
                  " SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
                  " SET tcp_keepalives_count = 4; SET tcp_user_timeout = 30000;{}"
                  " SELECT set_config('synchronous_commit', 'on', false)"
                  " WHERE current_setting('synchronous_commit') IN ('off', 'local')",
                  path, options.lock_timeout_for(mode).count(), statement_timeout.count(),
                  writer ? "" : " SET default_transaction_read_only = on;",
                  // A batch looks single rows up, and its statements are planned once: while pack
                  // is empty, reading all of it looks cheapest, and is done when it is full. Where
                  // there is no index, the price of "off" would have it compiled first.
                  mode == OpenMode::read_write || mode == OpenMode::ahead
                      ? " SET enable_seqscan = off; SET jit = off;"
                      : "",
                  // What nobody waits for any more goes on for ever otherwise.
                  mode == OpenMode::beside ? " SET client_connection_check_interval = '1s';" : ""));
  if (!set) return set.error();
  if (mode == OpenMode::ahead) {
    // The log is written in order: the next commit that waits for the disk, or for a standby, waits
    // for this one as well.
    const auto off = connection.run("SET synchronous_commit = off");
    if (!off) return off.error();
  }
  // The server gives up first; when it cannot even do that, we do.
  constexpr std::chrono::seconds kMargin(5);
  if (statement_timeout.count() > 0) connection.set_answer_timeout(statement_timeout + kMargin);
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> open_database(const ServerOptions& options, OpenMode mode) {
  auto connection = Connection::open(options, options.database);
  if (!connection && mode == OpenMode::create && is_sqlstate(connection.error(), "3D000")) {
    if (const auto made = make_database(options); !made) return made.error();
    connection = Connection::open(options, options.database);
  }
  if (!connection) return connection;
  if (const auto fit = check_server(**connection); !fit) return fit.error();
  if (mode == OpenMode::create) {
    if (const auto made = make_schema(**connection, options); !made) return made.error();
  }
  if (const auto set = set_session(**connection, options, mode); !set) return set.error();
  return connection;
}

}  // namespace mgc::db::postgresql
