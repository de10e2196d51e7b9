#include "db/mssql/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/mssql/bulk_load.hpp"
#include "db/mssql/dialect.hpp"
#include "db/mssql/error_map.hpp"
#include "db/mssql/options.hpp"
#include "db/mssql/server_status.hpp"
#include "db/mssql/statements.hpp"
#include "db/odbc/statement.hpp"
#include "db/parameters.hpp"

namespace mgc::db::mssql {
namespace {

using odbc::Cursor;
using odbc::Statement;

/// A statement that is prepared, with the order of its parameters.
struct Prepared {
  Statement statement;
  std::vector<int> order;
};

class MssqlSession final : public Session {
 public:
  MssqlSession(std::unique_ptr<odbc::Connection> connection, Options options, OpenMode mode)
      : connection_(std::move(connection)), options_(std::move(options)), mode_(mode) {}

  [[nodiscard]] Result<void> configure_connection();

  [[nodiscard]] std::string_view engine() const override { return "mssql"; }
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] Result<DatabaseStatus> describe() override {
    return mssql::describe(*this, *connection_, options_.warnings);
  }

  [[nodiscard]] Result<void> begin() override { return run_batch(kBegin); }
  [[nodiscard]] Result<void> begin_exclusive(Schema schema) override;
  [[nodiscard]] Result<void> begin_snapshot() override { return run_batch(kBeginSnapshot); }
  [[nodiscard]] Result<void> commit() override { return run_batch(kCommit, Step::committing); }
  void rollback() override;

  [[nodiscard]] Result<void> stream(std::string_view sql, std::span<const Value> values,
                                    const Visit& visit) override;
  [[nodiscard]] std::string contains(std::string_view text, std::string_view part) const override {
    return mssql::contains(text, part);
  }
  [[nodiscard]] std::string first_rows(const std::string& sql, std::uint64_t rows) const override {
    return mssql::first_rows(sql, rows);
  }
  [[nodiscard]] Result<void> run_script(std::string_view script) override;
  [[nodiscard]] Result<bool> has_table(std::string_view table) override;
  [[nodiscard]] Result<bool> is_empty() override;
  [[nodiscard]] Result<void> configure_database(Schema schema) override;
  [[nodiscard]] Result<std::vector<std::string>> durability_faults(Schema) override {
    return mssql::durability_faults(*this);
  }
  [[nodiscard]] Result<void> own_checkpoints(bool) override { return {}; }  // the server's own
  [[nodiscard]] Result<void> load_packs(std::span<const NewPackRow> rows) override;
  [[nodiscard]] Result<void> load_events(std::uint64_t segment,
                                         std::span<const EventRow> rows) override;
  [[nodiscard]] Result<void> add_event_table(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> build_index(std::uint64_t segment) override;
  [[nodiscard]] std::optional<Condition> has_words(std::uint64_t,
                                                   const NeededWords&) const override {
    return std::nullopt;  // the full-text search of SQL Server is a part that need not be there
  }
  void cancel() override {}  // the statement's time-out ends it

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
  [[nodiscard]] Error failure(const Statement& statement, Step step = Step::statement) const {
    return make_error(odbc::main_diagnostic(statement.diagnostics()), step, name());
  }
  [[nodiscard]] Error failure(const odbc::ArrayFailure& failed, std::string_view what) const;
  [[nodiscard]] Result<void> may_write() const;
  [[nodiscard]] Result<void> run_batch(std::string_view batch, Step step = Step::statement);
  [[nodiscard]] Result<Prepared> take_prepared(const std::string& tsql, Cursor cursor);
  void keep_prepared(const std::string& tsql, Prepared prepared);
  [[nodiscard]] Result<void> show_rows(Statement& statement, const Visit& visit, Step step) const;
  [[nodiscard]] Result<void> read_as(const std::string& tsql, std::span<const Value> values,
                                     const Visit& visit, Step step);
  [[nodiscard]] Result<void> check_loaded(Result<std::optional<std::int64_t>> count,
                                          std::size_t rows, std::string_view what) const;

  std::unique_ptr<odbc::Connection> connection_;
  Options options_;
  OpenMode mode_;
  std::unordered_map<std::string, Prepared> prepared_;  // goes before the connection
};

Error MssqlSession::failure(const odbc::ArrayFailure& failed, std::string_view what) const {
  Error error = make_error(odbc::main_diagnostic(failed.diagnostics), Step::statement, name());
  if (failed.row) error.message += fmt::format("; {} row {} of the batch", what, *failed.row + 1);
  return error;
}

Result<void> MssqlSession::may_write() const {
  if (writes(mode_)) return {};
  return Error{Action::stop, fmt::format("{}: this session only reads", printable(name()))};
}

Result<void> MssqlSession::configure_connection() {
  constexpr std::chrono::seconds kBeside{2};  // whoever waits for a table keeps others waiting
  const auto wait =
      std::chrono::milliseconds(mode_ == OpenMode::beside ? std::min(options_.lock_timeout, kBeside)
                                                          : options_.lock_timeout)
          .count();
  return run_batch(fmt::format("{} SET LOCK_TIMEOUT {};", kSetUp, wait));
}

Result<void> MssqlSession::run_batch(std::string_view batch, Step step) {
  Statement statement(*connection_);
  statement.set_timeout(options_.statement_timeout);
  if (!statement.run_directly(batch)) return failure(statement, step);
  return {};
}

Result<Prepared> MssqlSession::take_prepared(const std::string& tsql, Cursor cursor) {
  if (const auto found = prepared_.find(tsql);
      found != prepared_.end() && cursor == Cursor::plain) {
    Prepared prepared = std::move(found->second);
    prepared_.erase(found);
    return prepared;
  }
  PositionalSql positional = to_positional(tsql);
  Prepared prepared{Statement(*connection_), std::move(positional.order)};
  prepared.statement.set_timeout(options_.statement_timeout);
  if (!prepared.statement.prepare(positional.text, cursor)) return failure(prepared.statement);
  return prepared;
}

void MssqlSession::keep_prepared(const std::string& tsql, Prepared prepared) {
  prepared.statement.close();
  constexpr std::size_t kPreparedMax = 64;  // searches have texts of their own
  if (prepared_.size() >= kPreparedMax) prepared_.clear();
  prepared_.insert_or_assign(tsql, std::move(prepared));
}

Result<std::int64_t> MssqlSession::run(std::string_view sql, std::span<const Value> values) {
  if (const auto may = may_write(); !may) return may.error();
  const std::string tsql = to_tsql(sql, values);
  auto prepared = take_prepared(tsql, Cursor::plain);
  if (!prepared) return prepared.error();
  Statement& statement = prepared->statement;
  if (!statement.bind(values, prepared->order) || !statement.execute()) return failure(statement);
  const std::int64_t changed = statement.changed_rows();
  if (!statement.finish()) return failure(statement);
  keep_prepared(tsql, std::move(*prepared));
  return changed;
}

Result<void> MssqlSession::show_rows(Statement& statement, const Visit& visit, Step step) const {
  while (true) {
    const Statement::Fetch fetched = statement.fetch();
    if (fetched == Statement::Fetch::failed) return failure(statement, step);
    if (fetched == Statement::Fetch::done) break;
    if (!visit(statement.row())) return {};
  }
  if (!statement.finish()) return failure(statement, step);
  return {};
}

Result<void> MssqlSession::read_as(const std::string& tsql, std::span<const Value> values,
                                   const Visit& visit, Step step) {
  auto prepared = take_prepared(tsql, Cursor::plain);
  if (!prepared) return prepared.error();
  Statement& statement = prepared->statement;
  if (!statement.bind(values, prepared->order) || !statement.execute()) {
    return failure(statement, step);
  }
  if (const auto shown = show_rows(statement, visit, step); !shown) return shown.error();
  keep_prepared(tsql, std::move(*prepared));
  return {};
}

Result<void> MssqlSession::read(std::string_view sql, std::span<const Value> values,
                                const Visit& visit) {
  return read_as(to_tsql(sql, values), values, visit, Step::statement);
}

Result<void> MssqlSession::stream(std::string_view sql, std::span<const Value> values,
                                  const Visit& visit) {
  auto prepared = take_prepared(to_tsql(sql, values), Cursor::in_server);
  if (!prepared) return prepared.error();
  Statement& statement = prepared->statement;
  if (!statement.bind(values, prepared->order) || !statement.execute()) return failure(statement);
  return show_rows(statement, visit, Step::statement);
}

Result<std::int64_t> MssqlSession::run_insert(std::string_view insert, std::string_view id_column,
                                              std::span<const Value> values) {
  if (const auto may = may_write(); !may) return may.error();
  std::optional<std::int64_t> id;
  const auto inserted = read_as(
      with_output(insert, id_column), values,
      [&](const Row& row) {
        id = row.integer(0);
        return true;
      },
      Step::inserting_id);
  if (!inserted) return inserted.error();
  if (id) return *id;
  return Error{Action::stop, fmt::format("{}: an inserted row has got no number; its driver or a "
                                         "trigger swallows OUTPUT",
                                         printable(name()))};
}

Result<void> MssqlSession::run_call(std::string_view routine, std::span<const Value> values) {
  const auto called = run(fmt::format("EXEC dbo.{} {}", routine, places_of(values.size())), values);
  if (!called) return called.error();
  return {};
}

Result<void> MssqlSession::begin_exclusive(Schema schema) {
  if (const auto may = may_write(); !may) return may.error();
  if (const auto begun = begin(); !begun) return begun.error();
  const auto granted =
      query_number(kLock, {schema == Schema::mgc ? "mgc schema mgc" : "mgc schema mgccomp",
                           std::chrono::milliseconds(options_.lock_timeout).count()});
  if (granted && *granted && **granted >= 0) return {};
  rollback();
  if (!granted) return granted.error();
  const bool wrong = !*granted || **granted == -999;
  return Error{wrong ? Action::stop : Action::retry,
               fmt::format("{}: the lock of the schema is held by another session (sp_getapplock "
                           "{}); it will be tried again",
                           printable(name()), granted->value_or(-999))};
}

void MssqlSession::rollback() {
  if (const auto undone = run_batch(kRollback); !undone) {
    log_warning("{}", undone.error().message);
  }
}

Result<void> MssqlSession::run_script(std::string_view script) {
  if (const auto may = may_write(); !may) return may.error();
  for (const std::string_view batch : split_batches(script)) {
    if (const auto done = run_batch(batch); !done) return done.error();
  }
  return {};
}

Result<bool> MssqlSession::has_table(std::string_view table) {
  const auto count = query_number(kHasTable, {table});
  if (!count) return count.error();
  return count->value_or(0) > 0;
}

Result<bool> MssqlSession::is_empty() {
  const auto count = query_number(kCountTables);
  if (!count) return count.error();
  return count->value_or(0) == 0;
}

Result<void> MssqlSession::configure_database(Schema) {
  const auto state = query_number(kSnapshotState);
  if (!state) return state.error();
  if (state->value_or(0) != 0) return {};
  return run_batch(kAllowSnapshots);
}

/// What a driver says of an array is not taken on trust: the rows are counted by their key.
Result<void> MssqlSession::check_loaded(Result<std::optional<std::int64_t>> count, std::size_t rows,
                                        std::string_view what) const {
  if (!count) return count.error();
  if (static_cast<std::size_t>(count->value_or(0)) == rows) return {};
  return Error{Action::stop,
               fmt::format("{}: of {} {} {} have arrived although the driver reports success; use "
                           "another ODBC driver or version",
                           printable(name()), rows, what, count->value_or(0))};
}

Result<void> MssqlSession::load_packs(std::span<const NewPackRow> rows) {
  if (const auto may = may_write(); !may) return may.error();
  if (rows.empty()) return {};
  const auto failed = mssql::load_packs(*connection_, rows, options_.statement_timeout);
  if (failed) return failure(*failed, "pack");
  return check_loaded(query_number(kCountPacks, {rows.front().lane_id, rows.front().first_event_id,
                                                 rows.back().first_event_id}),
                      rows.size(), "packs");
}

Result<void> MssqlSession::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  if (const auto may = may_write(); !may) return may.error();
  if (rows.empty()) return {};
  const auto failed = mssql::load_events(*connection_, segment, rows, options_.statement_timeout);
  if (failed) return failure(*failed, "event");
  return check_loaded(query_number(for_segment(kCountLoaded, segment),
                                   {rows.front().event_id, rows.back().event_id}),
                      rows.size(), "events");
}

Result<void> MssqlSession::add_event_table(std::uint64_t segment) {
  const auto added = execute(kAddEventTable, {segment});
  if (!added) return added.error();
  return {};
}

Result<bool> MssqlSession::build_index(std::uint64_t segment) {
  const auto more = query_number(kSealSegment, {segment});
  if (!more) return more.error();
  return more->value_or(0) != 0;
}

using Opened = Result<std::unique_ptr<odbc::Connection>>;

Opened connect(const Options& options, const std::string& connection_string) {
  auto opened = odbc::Connection::open(connection_string, options.connect_timeout);
  if (auto* connection = std::get_if<std::unique_ptr<odbc::Connection>>(&opened)) {
    return std::move(*connection);
  }
  const auto& diagnostics = std::get<std::vector<odbc::Diagnostic>>(opened);
  return make_error(odbc::main_diagnostic(diagnostics), Step::opening, options.name);
}

/// Makes the database of `options` when the server has none of that name.
Result<void> make_database(const Options& options) {
  auto connection = connect(options, options.maintenance_string);
  if (!connection) return connection.error();
  MssqlSession session(std::move(*connection), options, OpenMode::create);
  const auto exists = session.query_number(kDatabaseExists, {options.database});
  if (!exists) return exists.error();
  if (exists->value_or(0) > 0) return {};
  const auto made = session.execute(kCreateDatabase, {options.database});
  if (!made) return made.error();
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(std::string_view parameters, OpenMode mode) {
  auto options = parse_options(parameters);
  if (!options) return options.error();
  auto connection = connect(*options, options->connection_string);
  if (!connection && mode == OpenMode::create && !options->database.empty()) {
    // The first refusal says more than what comes of trying to make a database in vain.
    if (const auto made = make_database(*options); !made) return connection.error();
    connection = connect(*options, options->connection_string);
  }
  if (!connection) return connection.error();
  auto session = std::make_unique<MssqlSession>(std::move(*connection), std::move(*options), mode);
  if (const auto set = session->configure_connection(); !set) return set.error();
  return std::unique_ptr<Session>(std::move(session));
}

std::span<const std::string_view> fixed_statements() { return kFixedStatements; }

}  // namespace mgc::db::mssql
