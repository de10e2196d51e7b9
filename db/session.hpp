#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/text_match.hpp"
#include "db/event_row.hpp"
#include "db/migrate.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

enum class OpenMode : std::uint8_t {
  read_only,   ///< never writes, never checkpoints; a statement may take as long as it wants
  look_up,     ///< as read_only, for what nobody may be kept waiting by: half a minute
  read_write,  ///< the database has to exist
  create,      ///< for SQLite the file is made
  beside,      ///< as read_write, for work beside the batches: its statements take as long as they
               ///< want, and wait for locks no longer than two seconds
  note,        ///< as read_only, with the rights of an auditor, who may add rows to access_log; no
               ///< mode of SQLite, which has it in a file of its own
  ahead,       ///< as read_write, for what counts only with a later commit of another session: its
               ///< own commits need not wait for the disk
};

[[nodiscard]] constexpr bool writes(OpenMode mode) {
  return mode != OpenMode::read_only && mode != OpenMode::look_up;
}

/// Bytes that are not text.
struct Blob {
  ByteView bytes;
};

/// A parameter of a statement. Borrows text and bytes until the statement is done.
class Value {
 public:
  using State = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

  Value(std::nullptr_t) : state_(nullptr) {}
  Value(Blob blob) : state_(blob) {}
  template <std::integral T>
  Value(T number) : state_(static_cast<std::int64_t>(number)) {}
  template <typename T>
  requires std::convertible_to<const T&, std::string_view> Value(const T& text)
      : state_(std::string_view(text)) {}
  template <typename T>
  Value(const std::optional<T>& value) : state_(nullptr) {
    if (value) *this = Value(*value);
  }

  [[nodiscard]] const State& state() const { return state_; }

 private:
  State state_;
};

/// The current row of a query; columns count from 0. Valid during the visit only.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  /// Text or bytes; empty for NULL.
  [[nodiscard]] virtual ByteView bytes(int column) const = 0;

  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
};

/// One row of pack, ready to be loaded. Borrows its bytes.
struct NewPackRow {
  std::int64_t node_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t event_count = 0;
  std::int64_t lane_id = 0;
  std::uint64_t block = 0;
  std::uint64_t first_event_id = 0;
  ByteView body;
  ByteView sha256;
  ByteView root;
};

/// A condition with one parameter, whose place in `sql` is {}.
struct Condition {
  std::string sql;
  std::string parameter;
};

/// What differs between the engines: running a statement, its errors, the bulk path, and the
/// texts that no standard covers. Everything else of db/ is written once, on top of it.
///
/// Statements are the SQL that SQLite, PostgreSQL, MariaDB and SQL Server 2008 R2 share, with
/// parameters ?1, ?2 ... (each as often as wanted); strings in single quotes, the column
/// "external" in double ones; length() of bytes only. Text is UTF-8 and may hold NUL; what is
/// written comes back as it was. SOCI opens the session; statements go through its native handle,
/// because SOCI 4.0.3 cuts text at NUL on some engines, has no portable binary column and hides the
/// engine's error codes.
///
/// Threads: one owner. Ownership: keeps prepared statements open.
/// Errors:  every call maps the engine's codes to an Action; after any error inside a transaction
///          the caller rolls back.
class Session {
 public:
  using Visit = std::function<bool(const Row&)>;

  virtual ~Session() = default;

  /// The engine's name in db/migrations/, "sqlite".
  [[nodiscard]] virtual std::string_view engine() const = 0;
  /// What messages call the database: the file, or server and database; never a secret.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Engine, version and settings; `schemas` stays empty.
  [[nodiscard]] virtual Result<DatabaseStatus> describe() = 0;

  /// Begins a transaction for one batch of one lane.
  [[nodiscard]] virtual Result<void> begin() = 0;
  /// Begins a transaction that no other begin_exclusive() of the same `schema` overlaps: what is
  /// looked up in it stays true until its end, also for rows that are not there.
  [[nodiscard]] virtual Result<void> begin_exclusive(Schema schema) = 0;
  /// Begins a transaction in which all reads see one state.
  [[nodiscard]] virtual Result<void> begin_snapshot() = 0;
  /// @errors in_doubt  the transaction may have been committed.
  [[nodiscard]] virtual Result<void> commit() = 0;
  /// Ends the transaction, if there is one, without a trace.
  virtual void rollback() = 0;

  /// Runs one statement; returns the number of rows that it found and changed.
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> values = {}) {
    return run(sql, {values.begin(), values.size()});
  }
  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> values) {
    return run(sql, values);
  }
  /// Shows each row to `visit` until it returns false. For answers of a few rows: an engine may
  /// hold all of them. `visit` runs no other statement.
  Result<void> query(std::string_view sql, std::initializer_list<Value> values,
                     const Visit& visit) {
    return read(sql, {values.begin(), values.size()}, visit);
  }
  Result<void> query(std::string_view sql, std::span<const Value> values, const Visit& visit) {
    return read(sql, values, visit);
  }
  /// As query(), for any number of rows in flat memory; only inside a transaction. `visit` may run
  /// other statements of this session.
  Result<void> stream(std::string_view sql, std::initializer_list<Value> values,
                      const Visit& visit) {
    return stream(sql, std::span<const Value>(values.begin(), values.size()), visit);
  }
  [[nodiscard]] virtual Result<void> stream(std::string_view sql, std::span<const Value> values,
                                            const Visit& visit) = 0;
  /// The first column of the first row; nullopt when there is no row, or it is NULL.
  Result<std::optional<std::int64_t>> query_number(std::string_view sql,
                                                   std::initializer_list<Value> values = {});

  /// Runs `insert` ("INSERT INTO t (...) VALUES (...)") and returns what the engine gave the new
  /// row as `id_column`. @errors retry  also when the row is there: another session was faster.
  Result<std::int64_t> insert_id(std::string_view insert, std::string_view id_column,
                                 std::initializer_list<Value> values) {
    return run_insert(insert, id_column, {values.begin(), values.size()});
  }
  Result<std::int64_t> insert_id(std::string_view insert, std::string_view id_column,
                                 std::span<const Value> values) {
    return run_insert(insert, id_column, values);
  }
  /// As insert_id(), for an `insert` of several rows, without their ids.
  Result<void> insert_rows(std::string_view insert, std::string_view id_column,
                           std::span<const Value> values) {
    const auto first = run_insert(insert, id_column, values);
    if (!first) return first.error();
    return {};
  }
  /// Calls a routine of the schema's owner, which runs with its rights; SQLite has none.
  Result<void> call(std::string_view routine, std::initializer_list<Value> values) {
    return run_call(routine, {values.begin(), values.size()});
  }
  /// A condition: the text `part` occurs in `text`, any case of ASCII letters, and of the others as
  /// the engine folds them; both are SQL.
  [[nodiscard]] virtual std::string contains(std::string_view text,
                                             std::string_view part) const = 0;
  /// `select`, which ends with its ORDER BY, for its first `rows` rows.
  [[nodiscard]] virtual std::string first_rows(const std::string& select,
                                               std::uint64_t rows) const {
    return fmt::format("{} LIMIT {}", select, rows);
  }

  /// By the index of a sealed segment, whose event ids are `event_id` and whose texts are
  /// `content`: a condition that holds for each event whose text has what is needed, and perhaps
  /// for others. nullopt: no index helps with these words.
  [[nodiscard]] virtual std::optional<Condition> has_words(std::uint64_t segment,
                                                           const NeededWords& needed) const = 0;

  /// Runs the statements of a migration.
  [[nodiscard]] virtual Result<void> run_script(std::string_view script) = 0;
  [[nodiscard]] virtual Result<bool> has_table(std::string_view table) = 0;
  /// True when the database holds no table at all.
  [[nodiscard]] virtual Result<bool> is_empty() = 0;
  /// Sets what stays with the database and `schema` needs.
  [[nodiscard]] virtual Result<void> configure_database(Schema schema) = 0;
  /// The settings that break a guarantee of `schema`, one line each; empty when none does.
  [[nodiscard]] virtual Result<std::vector<std::string>> durability_faults(Schema schema) = 0;
  /// Whether this session moves the write-ahead log into the database. Off at first; only one
  /// session of a database may have it on (WAL-reset bug of SQLite before 3.51.3).
  [[nodiscard]] virtual Result<void> own_checkpoints(bool on) = 0;

  /// The bulk path: appends `rows` to pack.
  /// @errors reject  a row that this engine can never hold.
  [[nodiscard]] virtual Result<void> load_packs(std::span<const NewPackRow> rows) = 0;
  /// The bulk path: appends `rows` to event_<segment>. @errors as load_packs().
  [[nodiscard]] virtual Result<void> load_events(std::uint64_t segment,
                                                 std::span<const EventRow> rows) = 0;
  /// The bulk path for names: appends rooms or people that are not there, and says their ids in
  /// order; says none where the engine does not, so that they have to be looked up.
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> add_rooms(
      std::span<const schema::RoomView> rooms);
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> add_people(
      std::span<const schema::PersonView> people);
  /// Makes event_<segment> like event_1, and the view `event` over all segments. Server engines
  /// let a routine of the schema's owner do it: the writer may not make tables. MariaDB commits the
  /// caller's transaction and begins the next one; a table that is there already is left alone.
  [[nodiscard]] virtual Result<void> add_event_table(std::uint64_t segment) = 0;
  /// Builds one more of the indexes of a full segment, or a part of it, in the caller's
  /// transaction; false when all are there. As add_event_table() on server engines.
  [[nodiscard]] virtual Result<bool> build_index(std::uint64_t segment) = 0;
  /// Ends what runs, which fails with reconnect, and this session with it; where a statement never
  /// lasts it does nothing. Threads: any.
  virtual void cancel() = 0;

 protected:
  [[nodiscard]] virtual Result<std::int64_t> run(std::string_view sql,
                                                 std::span<const Value> values) = 0;
  [[nodiscard]] virtual Result<void> read(std::string_view sql, std::span<const Value> values,
                                          const Visit& visit) = 0;
  [[nodiscard]] virtual Result<std::int64_t> run_insert(std::string_view insert,
                                                        std::string_view id_column,
                                                        std::span<const Value> values) = 0;
  [[nodiscard]] virtual Result<void> run_call(std::string_view routine,
                                              std::span<const Value> values);
};

/// "?1, ?2, ?3": the places of `count` parameters.
[[nodiscard]] std::string places_of(std::size_t count);

/// Rolls back when it is destroyed, unless it was committed.
class Transaction {
 public:
  /// Takes over the transaction that `session` has begun.
  explicit Transaction(Session& session) : session_(&session) {}
  ~Transaction() {
    if (session_ != nullptr) session_->rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] Result<void> commit();

 private:
  Session* session_;
};

/// Opens the database that `dsn` names.
/// @errors stop  bad DSN, no such file, not a database, no rights. reconnect  cannot be reached.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(const std::string& dsn, OpenMode mode);

}  // namespace mgc::db
