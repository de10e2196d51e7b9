#include "db/sqlite/session.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/name_rows.hpp"
#include "db/sqlite/connection.hpp"
#include "db/sqlite/error_map.hpp"
#include "db/sqlite/event_loader.hpp"
#include "db/sqlite/segment_indexes.hpp"
#include "db/sqlite/statement.hpp"

namespace mgc::db::sqlite {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* stmt) : stmt_(stmt) {}
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(stmt_, column);
  }
  [[nodiscard]] ByteView bytes(int column) const override {
    const void* data = sqlite3_column_blob(stmt_, column);
    const int size = sqlite3_column_bytes(stmt_, column);
    return data == nullptr
               ? ByteView{}
               : ByteView(static_cast<const char*>(data), static_cast<std::size_t>(size));
  }

 private:
  sqlite3_stmt* stmt_;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), loader_(connection_->handle()) {}

  [[nodiscard]] Result<void> configure_connection(OpenMode mode);

  [[nodiscard]] std::string_view engine() const override { return "sqlite"; }
  [[nodiscard]] const std::string& name() const override { return connection_->file(); }
  [[nodiscard]] Result<DatabaseStatus> describe() override;

  [[nodiscard]] Result<void> begin() override { return run_script("BEGIN IMMEDIATE"); }
  [[nodiscard]] Result<void> begin_exclusive(Schema) override { return begin(); }
  [[nodiscard]] Result<void> begin_snapshot() override;
  [[nodiscard]] Result<void> commit() override;
  void rollback() override;

  [[nodiscard]] Result<void> run_script(std::string_view script) override;
  [[nodiscard]] Result<bool> has_table(std::string_view table) override;
  [[nodiscard]] Result<bool> is_empty() override;
  [[nodiscard]] Result<void> configure_database(Schema schema) override;
  [[nodiscard]] Result<std::vector<std::string>> durability_faults(Schema schema) override;
  [[nodiscard]] Result<void> own_checkpoints(bool on) override;
  [[nodiscard]] Result<void> stream(std::string_view sql, std::span<const Value> values,
                                    const Visit& visit) override {
    return read(sql, values, visit);
  }
  [[nodiscard]] std::string contains(std::string_view text, std::string_view part) const override;
  [[nodiscard]] Result<void> load_packs(std::span<const NewPackRow> rows) override;
  [[nodiscard]] Result<void> load_events(std::uint64_t segment,
                                         std::span<const EventRow> rows) override;
  [[nodiscard]] Result<std::vector<std::int64_t>> add_rooms(
      std::span<const schema::RoomView> rooms) override;
  [[nodiscard]] Result<std::vector<std::int64_t>> add_people(
      std::span<const schema::PersonView> people) override;
  [[nodiscard]] Result<void> add_event_table(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> build_index(std::uint64_t segment) override {
    return sqlite::build_index(*this, segment);
  }
  [[nodiscard]] std::optional<Condition> has_words(std::uint64_t segment,
                                                   const NeededWords& needed) const override {
    return indexed_words(segment, needed);
  }
  void cancel() override {}  // an index of a segment takes a second or so

 protected:
  [[nodiscard]] Result<std::int64_t> run(std::string_view sql,
                                         std::span<const Value> values) override;
  [[nodiscard]] Result<void> read(std::string_view sql, std::span<const Value> values,
                                  const Visit& visit) override;
  [[nodiscard]] Result<std::int64_t> run_insert(std::string_view insert, std::string_view id_column,
                                                std::span<const Value> values) override;

 private:
  /// One by one: nobody waits for an answer of a library.
  template <typename View>
  [[nodiscard]] Result<std::vector<std::int64_t>> add_names(std::string_view insert,
                                                            std::span<const View> names);
  /// The statement of `sql`, taken out of the cache while it runs, so that a visit may run others.
  [[nodiscard]] Result<Statement> take_statement(std::string_view sql);
  void keep_statement(std::string_view sql, Statement statement);
  [[nodiscard]] Error failure(int code, Step step = Step::statement) const;
  [[nodiscard]] Result<std::string> pragma(std::string_view statement);

  std::unique_ptr<Connection> connection_;
  EventLoader loader_;  // after the connection: its statement has to go first
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

Error SqliteSession::failure(int code, Step step) const {
  return make_error(code, step, connection_->file(), sqlite3_errmsg(connection_->handle()));
}

Result<Statement> SqliteSession::take_statement(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    Statement statement = std::move(found->second);
    statements_.erase(found);
    return statement;
  }
  auto [code, statement] = Statement::prepare(connection_->handle(), sql);
  if (code != SQLITE_OK) return failure(code);
  return std::move(statement);
}

void SqliteSession::keep_statement(std::string_view sql, Statement statement) {
  statement.clear();
  constexpr std::size_t kStatementsMax = 64;  // searches have texts of their own
  if (statements_.size() >= kStatementsMax) statements_.clear();
  statements_.insert_or_assign(std::string(sql), std::move(statement));
}

Result<std::int64_t> SqliteSession::run(std::string_view sql, std::span<const Value> values) {
  auto statement = take_statement(sql);
  if (!statement) return statement.error();
  int code = statement->bind(values);
  while (code == SQLITE_OK || code == SQLITE_ROW) code = statement->step();
  if (code != SQLITE_DONE) return failure(code);
  const std::int64_t changed = sqlite3_changes64(connection_->handle());
  keep_statement(sql, std::move(*statement));
  return changed;
}

Result<void> SqliteSession::read(std::string_view sql, std::span<const Value> values,
                                 const Visit& visit) {
  auto statement = take_statement(sql);
  if (!statement) return statement.error();
  int code = statement->bind(values);
  if (code == SQLITE_OK) code = statement->first_step();
  const SqliteRow row(statement->get());
  while (code == SQLITE_ROW && visit(row)) code = statement->step();
  if (code != SQLITE_DONE && code != SQLITE_ROW) return failure(code);
  keep_statement(sql, std::move(*statement));
  return {};
}

Result<void> SqliteSession::run_script(std::string_view script) {
  const int code =
      sqlite3_exec(connection_->handle(), std::string(script).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<std::string> SqliteSession::pragma(std::string_view statement) {
  std::string answer;
  const auto done = read(statement, {}, [&](const Row& row) {
    answer = row.text(0);
    return true;
  });
  if (!done) return done.error();
  return answer;
}

Result<void> SqliteSession::configure_connection(OpenMode mode) {
  sqlite3* handle = connection_->handle();
  static_cast<void>(sqlite3_extended_result_codes(handle, 1));  // fails for no valid handle
  if (!writes(mode)) {
    const int code = sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (code != SQLITE_OK) return failure(code, Step::opening);
  }
  // The first statement reads the file, so that one which is no database is found here.
  const auto opened = pragma("SELECT count(*) FROM sqlite_schema");
  if (!opened) return opened.error();
  if (!writes(mode)) return run_script("PRAGMA query_only = ON");
  const auto set = run_script("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
  if (!set) return set.error();
  const auto synchronous = pragma("PRAGMA synchronous");
  if (!synchronous) return synchronous.error();
  if (*synchronous != "2") {
    return Error{Action::stop,
                 fmt::format("{}: SQLite refuses synchronous=FULL; its build is not fit for this",
                             printable(name()))};
  }
  return {};
}

Result<void> SqliteSession::begin_snapshot() {
  if (const auto begun = run_script("BEGIN"); !begun) return begun.error();
  // The snapshot is taken by the first read, not by BEGIN.
  return run_script("SELECT count(*) FROM sqlite_schema");
}

Result<void> SqliteSession::commit() {
  const int code = sqlite3_exec(connection_->handle(), "COMMIT", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code, Step::committing);
  return {};
}

void SqliteSession::rollback() {
  // SQLite has rolled back by itself after some errors; a second time would be an error.
  if (sqlite3_get_autocommit(connection_->handle()) != 0) return;
  if (const auto undone = run_script("ROLLBACK"); !undone) {
    log_warning("{}", undone.error().message);
  }
}

Result<bool> SqliteSession::has_table(std::string_view table) {
  const auto count = query_number(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", {table});
  if (!count) return count.error();
  return **count > 0;
}

Result<bool> SqliteSession::is_empty() {
  const auto count = query_number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
  if (!count) return count.error();
  return **count == 0;
}

Result<void> SqliteSession::configure_database(Schema schema) {
  // mgc stays with the rollback journal in a file of its own: several nodes write it, and the
  // WAL-reset bug needs two writers of a write-ahead log.
  if (schema == Schema::mgc) return {};
  constexpr int kAttempts = 20;
  for (int attempt = 0;; ++attempt) {
    const auto mode = pragma("PRAGMA journal_mode = WAL");
    if (mode && *mode == "wal") return {};
    if (mode) {
      return Error{Action::stop, fmt::format("{}: the write-ahead log cannot be switched on (it is "
                                             "\"{}\"); put the file on a local disk",
                                             printable(name()), *mode)};
    }
    if (mode.error().action != Action::retry || attempt == kAttempts) return mode.error();
    // The switch itself does not wait for a lock; an exclusive transaction does.
    if (const auto waited = run_script("BEGIN EXCLUSIVE; COMMIT"); !waited) return waited.error();
  }
}

Result<std::vector<std::string>> SqliteSession::durability_faults(Schema schema) {
  std::vector<std::string> faults;
  const auto mode = pragma("PRAGMA journal_mode");
  if (!mode) return mode.error();
  if (schema == Schema::mgccomp && *mode != "wal") {
    faults.emplace_back("mgccomp needs journal_mode=wal; run mgc db init");
  }
  if (schema == Schema::mgc && (*mode == "memory" || *mode == "off")) {
    faults.emplace_back("mgc has no journal on disk; run PRAGMA journal_mode=DELETE");
  }
  return faults;
}

Result<void> SqliteSession::own_checkpoints(bool on) {
  return run_script(on ? "PRAGMA wal_autocheckpoint = 1000" : "PRAGMA wal_autocheckpoint = 0");
}

Result<DatabaseStatus> SqliteSession::describe() {
  DatabaseStatus status;
  status.engine = "SQLite";
  status.engine_version = sqlite3_libversion();
  status.instance = connection_->file();
  std::error_code unreadable;  // the name that was given is as good then
  status.server = std::filesystem::weakly_canonical(connection_->file(), unreadable).string();
  for (const char* setting :
       {"journal_mode", "synchronous", "page_size", "page_count", "application_id"}) {
    const auto value = pragma(fmt::format("PRAGMA {}", setting));
    if (!value) return value.error();
    status.settings.emplace_back(setting, *value);
  }
  const auto mgccomp = has_table("pack");
  if (!mgccomp) return mgccomp.error();
  const auto mgc = has_table("mgc_chat");
  if (!mgc) return mgc.error();
  if (*mgccomp && *mgc) {
    // SQLite before 3.51.3 can lose pages of a write-ahead log that several programs write.
    status.warnings.emplace_back(
        "mgc and mgccomp share one database; give mgc one of its own in production");
  }
  return status;
}

Result<std::int64_t> SqliteSession::run_insert(std::string_view insert, std::string_view id_column,
                                               std::span<const Value> values) {
  std::int64_t id = 0;
  const auto inserted =
      read(fmt::format("{} RETURNING {}", insert, id_column), values, [&](const Row& row) {
        id = row.integer(0);
        return true;
      });
  if (!inserted) return inserted.error();
  return id;
}

template <typename View>
Result<std::vector<std::int64_t>> SqliteSession::add_names(std::string_view insert,
                                                           std::span<const View> names) {
  std::vector<std::int64_t> ids;
  ids.reserve(names.size());
  for (const View& name : names) {
    const auto id = run_insert(insert, NameTable<View>::kId, NameTable<View>::values(name));
    if (!id) return id.error();
    ids.push_back(*id);
  }
  return ids;
}

Result<std::vector<std::int64_t>> SqliteSession::add_rooms(
    std::span<const schema::RoomView> rooms) {
  return add_names("INSERT INTO room (uri, name) VALUES (?1, ?2)", rooms);
}

Result<std::vector<std::int64_t>> SqliteSession::add_people(
    std::span<const schema::PersonView> people) {
  return add_names("INSERT INTO person (uri, name, email, \"external\") VALUES (?1, ?2, ?3, ?4)",
                   people);
}

std::string SqliteSession::contains(std::string_view text, std::string_view part) const {
  return fmt::format("instr(lower({}), lower({})) > 0", text, part);
}

Result<void> SqliteSession::load_packs(std::span<const NewPackRow> rows) {
  for (const NewPackRow& row : rows) {
    const auto inserted = execute(
        "INSERT INTO pack (node_id, epoch, first_sequence, event_count, lane_id, block,"
        " first_event_id, body, sha256, root) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        {row.node_id, row.epoch, row.first_sequence, row.event_count, row.lane_id, row.block,
         row.first_event_id, Blob{row.body}, Blob{row.sha256}, Blob{row.root}});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<void> SqliteSession::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  const int code = loader_.load(segment, rows);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<void> SqliteSession::add_event_table(std::uint64_t segment) {
  std::string table;
  const auto copied = query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                            {"event_1"}, [&](const Row& row) {
                              table = row.text(0);
                              return false;
                            });
  if (!copied) return copied.error();
  table.replace(table.find("event_1"), std::string_view("event_1").size(),
                fmt::format("event_{}", segment));
  std::string view;
  const auto listed = query(
      "SELECT CAST(substr(name, 7) AS INTEGER) FROM sqlite_schema"
      " WHERE type = 'table' AND name GLOB 'event_[0-9]*' ORDER BY 1",
      {}, [&](const Row& row) {
        view += fmt::format("SELECT {0} AS segment, * FROM event_{0} UNION ALL ", row.integer(0));
        return true;
      });
  if (!listed) return listed.error();
  view += fmt::format("SELECT {0} AS segment, * FROM event_{0}", segment);
  return run_script(fmt::format("{};\nDROP VIEW event;\nCREATE VIEW event AS {}", table, view));
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(std::string_view parameters, OpenMode mode) {
  const auto options = parse_parameters(parameters);
  if (!options) return options.error();
  auto connection = Connection::open(*options, mode);
  if (!connection) return connection.error();
  auto session = std::make_unique<SqliteSession>(std::move(*connection));
  if (const auto set = session->configure_connection(mode); !set) return set.error();
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace mgc::db::sqlite
