#include "db/postgresql/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/name_rows.hpp"
#include "db/postgresql/connection.hpp"
#include "db/postgresql/copy_loader.hpp"
#include "db/postgresql/error_map.hpp"
#include "db/postgresql/open_database.hpp"
#include "db/postgresql/result_row.hpp"
#include "db/postgresql/server_options.hpp"
#include "db/postgresql/statements.hpp"
#include "db/schema_version.hpp"
#include "db/word_runs.hpp"

namespace mgc::db::postgresql {
namespace {

class PostgresqlSession final : public Session {
 public:
  PostgresqlSession(ServerOptions options, std::unique_ptr<Connection> connection)
      : options_(std::move(options)),
        connection_(std::move(connection)),
        statements_(*connection_),
        loader_(*connection_) {}

  [[nodiscard]] std::string_view engine() const override { return "postgresql"; }
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] Result<DatabaseStatus> describe() override;

  [[nodiscard]] Result<void> begin() override { return run_script("BEGIN"); }
  [[nodiscard]] Result<void> begin_exclusive(Schema schema) override;
  [[nodiscard]] Result<void> begin_snapshot() override;
  [[nodiscard]] Result<void> commit() override;
  void rollback() override;

  [[nodiscard]] Result<void> stream(std::string_view sql, std::span<const Value> values,
                                    const Visit& visit) override;
  [[nodiscard]] std::string contains(std::string_view text, std::string_view part) const override;
  [[nodiscard]] Result<void> run_script(std::string_view script) override;
  [[nodiscard]] Result<bool> has_table(std::string_view table) override;
  [[nodiscard]] Result<bool> is_empty() override;
  [[nodiscard]] Result<void> configure_database(Schema) override { return {}; }
  [[nodiscard]] Result<std::vector<std::string>> durability_faults(Schema schema) override;
  [[nodiscard]] Result<void> own_checkpoints(bool) override { return {}; }
  [[nodiscard]] Result<void> load_packs(std::span<const NewPackRow> rows) override {
    return loader_.load_packs(rows);
  }
  [[nodiscard]] Result<void> load_events(std::uint64_t segment,
                                         std::span<const EventRow> rows) override {
    return loader_.load_events(segment, rows);
  }
  [[nodiscard]] Result<std::vector<std::int64_t>> add_rooms(
      std::span<const schema::RoomView> rooms) override {
    return add_names(rooms);
  }
  [[nodiscard]] Result<std::vector<std::int64_t>> add_people(
      std::span<const schema::PersonView> people) override {
    return add_names(people);
  }
  [[nodiscard]] Result<void> add_event_table(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> build_index(std::uint64_t segment) override;
  [[nodiscard]] std::optional<Condition> has_words(std::uint64_t segment,
                                                   const NeededWords& needed) const override;
  void cancel() override { connection_->cancel(); }

 protected:
  [[nodiscard]] Result<std::int64_t> run(std::string_view sql,
                                         std::span<const Value> values) override;
  [[nodiscard]] Result<void> read(std::string_view sql, std::span<const Value> values,
                                  const Visit& visit) override;
  [[nodiscard]] Result<std::int64_t> run_insert(std::string_view insert, std::string_view id_column,
                                                std::span<const Value> values) override;
  [[nodiscard]] Result<void> run_call(std::string_view routine,
                                      std::span<const Value> values) override;

 private:
  /// Ids that nobody else gets.
  [[nodiscard]] Result<std::vector<std::int64_t>> reserve_ids(std::string_view table,
                                                              std::string_view id_column,
                                                              std::size_t count);
  template <typename View>
  [[nodiscard]] Result<std::vector<std::int64_t>> add_names(std::span<const View> names);
  [[nodiscard]] Result<void> fetch_all(const std::string& cursor, const Visit& visit);

  const ServerOptions options_;
  std::unique_ptr<Connection> connection_;
  Statements statements_;
  CopyLoader loader_;
  std::uint64_t cursors_ = 0;
};

Result<void> PostgresqlSession::run_script(std::string_view script) {
  if (const auto done = connection_->run(std::string(script)); !done) return done.error();
  return {};
}

Result<void> PostgresqlSession::begin_exclusive(Schema schema) {
  return run_script(fmt::format("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('{}.{}', 0))",
                                options_.schema, to_string(schema)));
}

Result<void> PostgresqlSession::begin_snapshot() {
  // The snapshot is taken by the first statement, not by BEGIN.
  return run_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1");
}

Result<void> PostgresqlSession::commit() {
  // A statement time-out that strikes while COMMIT waits for a synchronous standby would end the
  // wait, and the server would call that a success.
  const auto done = connection_->run("SET LOCAL statement_timeout = 0; COMMIT", Step::committing);
  if (!done) return done.error();
  if (std::string_view(PQcmdStatus(done->get())) == "COMMIT") return {};
  return Error{Action::stop, fmt::format("{}: COMMIT was answered by {}; nothing was stored",
                                         printable(name()), PQcmdStatus(done->get()))};
}

void PostgresqlSession::rollback() {
  const PGTransactionStatusType state = PQtransactionStatus(connection_->handle());
  if (state != PQTRANS_INTRANS && state != PQTRANS_INERROR) return;
  if (const auto undone = run_script("ROLLBACK"); !undone) {
    log_warning("{}", undone.error().message);
  }
}

Result<std::int64_t> PostgresqlSession::run(std::string_view sql, std::span<const Value> values) {
  const auto done = statements_.run(sql, values, Step::statement);
  if (!done) return done.error();
  std::int64_t changed = 0;
  const std::string_view count = PQcmdTuples(done->get());
  static_cast<void>(std::from_chars(count.data(), count.data() + count.size(), changed));
  return changed;  // 0 for statements that have no rows to count
}

Result<void> PostgresqlSession::read(std::string_view sql, std::span<const Value> values,
                                     const Visit& visit) {
  const auto done = statements_.run(sql, values, Step::statement);
  if (!done) return done.error();
  const int rows = PQntuples(done->get());
  for (int row = 0; row < rows; ++row) {
    if (!visit(ResultRow(done->get(), row))) break;
  }
  return {};
}

Result<std::int64_t> PostgresqlSession::run_insert(std::string_view insert,
                                                   std::string_view id_column,
                                                   std::span<const Value> values) {
  const auto done =
      statements_.run(fmt::format("{} RETURNING {}", insert, id_column), values, Step::inserting);
  if (!done) return done.error();
  return ResultRow(done->get(), 0).integer(0);
}

Result<void> PostgresqlSession::run_call(std::string_view routine, std::span<const Value> values) {
  return read(fmt::format("SELECT {}({})", routine, places_of(values.size())), values,
              [](const Row&) { return true; });
}

Result<void> PostgresqlSession::stream(std::string_view sql, std::span<const Value> values,
                                       const Visit& visit) {
  const std::string cursor = fmt::format("c{}", ++cursors_);
  const auto declared = statements_.run_once(
      fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", cursor, sql), values, Step::statement);
  if (!declared) return declared.error();
  if (const auto shown = fetch_all(cursor, visit); !shown) return shown.error();
  return run_script("CLOSE " + cursor);
}

Result<void> PostgresqlSession::fetch_all(const std::string& cursor, const Visit& visit) {
  // Rows are events of 100 bytes or packs of a megabyte: the first ones say how many to ask for.
  constexpr std::size_t kFetchBytes = 1UL << 20U;
  constexpr std::size_t kRowsMax = 5000;
  std::size_t wanted = 16;
  while (true) {
    const auto fetched =
        statements_.run_once(fmt::format("FETCH {} FROM {}", wanted, cursor), {}, Step::statement);
    if (!fetched) return fetched.error();
    const PGresult* result = fetched->get();
    const int rows = PQntuples(result);
    for (int row = 0; row < rows; ++row) {
      if (!visit(ResultRow(result, row))) return {};
    }
    const auto got = static_cast<std::size_t>(rows);
    if (got < wanted) return {};
    wanted = std::clamp(kFetchBytes * got / PQresultMemorySize(result), std::size_t{1}, kRowsMax);
  }
}

std::string PostgresqlSession::contains(std::string_view text, std::string_view part) const {
  // With "C", lower() changes ASCII letters only.
  return fmt::format("strpos(lower({} COLLATE \"C\"), lower({} COLLATE \"C\")) > 0", text, part);
}

Result<bool> PostgresqlSession::has_table(std::string_view table) {
  const auto found = query_number(
      "SELECT count(*) FROM pg_class WHERE oid = to_regclass(quote_ident(?1))"
      " AND relkind IN ('r', 'p', 'v')",
      {table});
  if (!found) return found.error();
  return **found > 0;
}

Result<bool> PostgresqlSession::is_empty() {
  const auto count = query_number(
      "SELECT count(*) FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace"
      " WHERE n.nspname = ?1 AND relkind IN ('r', 'p', 'f')",
      {options_.schema});
  if (!count) return count.error();
  return **count == 0;
}

Result<std::vector<std::int64_t>> PostgresqlSession::reserve_ids(std::string_view table,
                                                                 std::string_view id_column,
                                                                 std::size_t count) {
  std::vector<std::int64_t> ids;
  ids.reserve(count);
  const auto read = query(
      // OFFSET keeps the sequence from being looked up for each id.
      "SELECT nextval(s.sequence) FROM (SELECT pg_get_serial_sequence(?1, ?2)::regclass AS sequence"
      " OFFSET 0) AS s, generate_series(1, ?3)",
      {table, id_column, count}, [&](const Row& row) {
        ids.push_back(row.integer(0));
        return true;
      });
  if (!read) return read.error();
  return ids;
}

template <typename View>
Result<std::vector<std::int64_t>> PostgresqlSession::add_names(std::span<const View> names) {
  auto ids = reserve_ids(NameTable<View>::kTable, NameTable<View>::kId, names.size());
  if (!ids) return ids;
  std::vector<NewNameRow<View>> rows;
  rows.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) rows.push_back({(*ids)[i], names[i]});
  if (const auto loaded = loader_.load_names<View>(rows); !loaded) return loaded.error();
  return ids;
}

Result<void> PostgresqlSession::add_event_table(std::uint64_t segment) {
  if (const auto added = execute("SELECT add_event_table(?1)", {segment}); !added) {
    return added.error();
  }
  return {};
}

Result<bool> PostgresqlSession::build_index(std::uint64_t segment) {
  const auto more = query_number("SELECT CAST(seal_segment(?1) AS integer)", {segment});
  if (!more) return more.error();
  return more->value_or(0) != 0;
}

// The expression of the index, see migration 8: built-in functions alone, because auditors may not
// see those of the schema.
std::optional<Condition> PostgresqlSession::has_words(std::uint64_t,
                                                      const NeededWords& needed) const {
  constexpr std::string_view kHasWords =
      "array_to_tsvector("
      "CASE WHEN octet_length(content) > 2000 AND content ~ '[a-zA-Z0-9]{255}' THEN ARRAY['LONG']"
      " ELSE array_remove(string_to_array(lower("
      "regexp_replace(content, '[^a-zA-Z0-9]+', ' ', 'g')), ' '), '') END)"
      " @@ CAST({} AS tsquery)";
  std::string wanted;
  for (const std::vector<Run>& runs : needed_runs(needed)) {
    wanted += wanted.empty() ? "((" : ") & (";
    for (const Run& run : runs) {
      wanted += fmt::format("{}'{}'{}", &run == &runs.front() ? "" : " | ", run.text,
                            run.is_prefix ? ":*" : "");
    }
  }
  if (wanted.empty()) return std::nullopt;
  return Condition{std::string(kHasWords), wanted + ")) | 'LONG'"};
}

Result<std::vector<std::string>> PostgresqlSession::durability_faults(Schema) {
  std::vector<std::string> faults;
  const auto settings = query(
      "SELECT name FROM pg_settings WHERE (name IN ('fsync', 'full_page_writes')"
      " AND setting <> 'on') OR (name = 'data_sync_retry' AND setting <> 'off') ORDER BY name",
      {}, [&](const Row& row) {
        const std::string setting = row.text(0);
        faults.push_back(fmt::format("the server has {} {}; set it {} and restart the server",
                                     setting, setting == "data_sync_retry" ? "on" : "off",
                                     setting == "data_sync_retry" ? "off" : "on"));
        return true;
      });
  if (!settings) return settings.error();
  const auto tables = query(
      "SELECT relname FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace"
      " WHERE n.nspname = ?1 AND relkind = 'r' AND relpersistence <> 'p' ORDER BY relname",
      {options_.schema}, [&](const Row& row) {
        faults.push_back(
            fmt::format("table {} is emptied by a crash; run ALTER TABLE ... SET LOGGED",
                        printable(row.text(0))));
        return true;
      });
  if (!tables) return tables.error();
  return faults;
}

Result<DatabaseStatus> PostgresqlSession::describe() {
  DatabaseStatus status;
  status.engine = "PostgreSQL";
  status.instance = options_.name;
  PGconn* handle = connection_->handle();
  if (const char* version = PQparameterStatus(handle, "server_version"); version != nullptr) {
    status.engine_version = version;
  }
  const auto identity =
      query("SELECT system_identifier::text FROM pg_control_system()", {}, [&](const Row& row) {
        status.server = row.text(0);
        return false;
      });
  if (!identity) return identity.error();
  const auto listed = query(
      // What the server has: this session may have set its own, stricter.
      "SELECT name, CASE name WHEN 'synchronous_commit' THEN reset_val ELSE setting END"
      " FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
      " 'synchronous_commit', 'synchronous_standby_names', 'data_checksums', 'data_sync_retry',"
      " 'wal_level') ORDER BY name",
      {}, [&](const Row& row) {
        status.settings.emplace_back(row.text(0), row.text(1));
        return true;
      });
  if (!listed) return listed.error();
  const char* protocol = PQsslAttribute(handle, "protocol");
  status.settings.emplace_back("tls", protocol == nullptr ? "none" : protocol);
  if (!options_.warning.empty()) status.warnings.push_back(options_.warning);
  return status;
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(std::string_view parameters, OpenMode mode) {
  auto options = parse_parameters(parameters);
  if (!options) return options.error();
  auto connection = open_database(*options, mode);
  if (!connection) return connection.error();
  return std::unique_ptr<Session>(
      std::make_unique<PostgresqlSession>(std::move(*options), std::move(*connection)));
}

}  // namespace mgc::db::postgresql
