#include "spool/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "core/utf8.hpp"

namespace mgc::spool {
namespace {

// Only a program that ignores FILE.lock (the sqlite3 shell, a backup) can make us wait at all.
constexpr int kBusyMillis = 5000;

constexpr int primary_of(int extended_code) { return extended_code & 0xFF; }

/// What the operator can do, by primary result code.
std::string_view way_out(int extended_code) {
  switch (primary_of(extended_code)) {
    case SQLITE_FULL: return "free space on its disk";
    case SQLITE_IOERR: return "check the disk, then start again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program holds the file; end that program";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return "check the rights of the file and of its directory";
    case SQLITE_CORRUPT: return "the file is damaged; keep it aside and check the disk";
    case SQLITE_NOTADB: return "the file is not a database; name another file";
    case SQLITE_NOMEM: return "free memory";
    case SQLITE_TOOBIG: return "the data is too large for one row";
    default: return "this is a fault of the program; report it with this line";
  }
}

Error stop(std::string message) { return Error{Action::stop, std::move(message)}; }

Error cannot_open(const std::filesystem::path& file, int error) {
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  if (error == ENOENT) {
    return stop(fmt::format("{}: the directory {} does not exist; make it, or name another file",
                            file.string(), directory.string()));
  }
  return stop(fmt::format("{}: cannot make the file: {}; check the rights of {}", file.string(),
                          std::generic_category().message(error), directory.string()));
}

/// Made here rather than by SQLite for its permissions, which SQLite copies to its log, and for an
/// error that says what is wrong.
Result<void> make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (descriptor < 0 && errno != EEXIST) return cannot_open(file, errno);
  if (descriptor >= 0 && ::close(descriptor) != 0) return cannot_open(file, errno);
  return {};
}

Result<void> check_is_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    return stop(fmt::format("{}: {}; name a file that exists", file.string(),
                            error ? error.message() : "no such file"));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return stop(fmt::format("{}: is not a regular file; name another file", file.string()));
  }
  return {};
}

}  // namespace

Action action_of(int extended_code) noexcept {
  switch (primary_of(extended_code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL: return Action::retry;
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return Action::reject;
    default: return Action::stop;
  }
}

Error sqlite_error(sqlite3* connection, std::string_view doing) {
  const int code = sqlite3_extended_errcode(connection);
  const char* file = sqlite3_db_filename(connection, "main");
  // Of a damaged file SQLite shows the names that it finds there, which may be any bytes.
  constexpr std::size_t kReasonBytesMax = 300;
  const std::string reason =
      printable(std::string_view(sqlite3_errmsg(connection)).substr(0, kReasonBytesMax));
  return Error{action_of(code),
               fmt::format("{}: cannot {}: {} (SQLite {}); {}", file == nullptr ? "" : file, doing,
                           reason, code, way_out(code))};
}

Rows::~Rows() {
  // The failure of a step was returned by it; reset only repeats the same code.
  static_cast<void>(sqlite3_reset(statement_));
}

Result<bool> Rows::next() {
  const int code = bind_code_ != SQLITE_OK ? bind_code_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_),
                      sqlite3_stmt_readonly(statement_) != 0 ? "read" : "write");
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::uint64_t Rows::number(int column) const { return static_cast<std::uint64_t>(integer(column)); }

ByteView Rows::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? ByteView{} : ByteView{static_cast<const char*>(data), size};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  // Repeats the failure of the last step, which was returned by it.
  static_cast<void>(sqlite3_finalize(statement));
}

int Statement::bind(int index, std::int64_t value) {
  return sqlite3_bind_int64(statement_.get(), index, value);
}

int Statement::bind(int index, ByteView value) {
  // A null pointer would store NULL; an empty value is a value.
  const char* data = value.data() == nullptr ? "" : value.data();
  return sqlite3_bind_blob64(statement_.get(), index, data, value.size(), SQLITE_STATIC);
}

void Database::Close::operator()(sqlite3* connection) const {
  if (sqlite3_close(connection) != SQLITE_OK) {
    log_error("{}", sqlite_error(connection, "close").message);
  }
}

Result<Database> Database::connect(const std::filesystem::path& file, int flags) {
  if (auto is_file = check_is_file(file); !is_file) return is_file.error();
  Database database;
  sqlite3* connection = nullptr;
  // Serialised by the owner, so SQLite's own mutex would only cost time.
  const int code = sqlite3_open_v2(file.c_str(), &connection,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  database.connection_.reset(connection);
  if (code != SQLITE_OK) return database.error("open");
  if (sqlite3_busy_timeout(connection, kBusyMillis) != SQLITE_OK) return database.error("open");
  return database;
}

Result<Database> Database::open(const std::filesystem::path& file, const FileKind& kind) {
  if (auto made = make_file(file); !made) return made.error();
  auto database = connect(file, SQLITE_OPEN_READWRITE);
  if (!database) return database.error();
  // SQLite opens a file without write permission for reading, and says nothing.
  if (sqlite3_db_readonly(database->connection_.get(), "main") != 0) {
    return stop(fmt::format("{}: is read-only; check the rights of the file", file.string()));
  }
  if (auto checked = database->check_kind(file, kind); !checked) return checked.error();
  if (auto durable = database->make_durable(file); !durable) return durable.error();
  return database;
}

Result<Database> Database::open_to_read(const std::filesystem::path& file, const FileKind& kind) {
  auto database = connect(file, SQLITE_OPEN_READONLY);
  if (!database) return database.error();
  if (sqlite3_db_config(database->connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                        nullptr) != SQLITE_OK) {
    return database->error("open");
  }
  if (auto checked = database->check_kind(file, kind); !checked) return checked.error();
  if (database->is_empty()) {
    return stop(fmt::format("{}: is empty, not {}; name another file", file.string(), kind.name));
  }
  if (database->version() != kind.version) {
    return stop(
        fmt::format("{}: is {} of version {}; the program that owns it brings it up to date "
                    "when it starts",
                    file.string(), kind.name, database->version()));
  }
  return database;
}

Result<void> Database::check_kind(const std::filesystem::path& file, const FileKind& kind) {
  auto tables = query_value("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  auto application = query_value("PRAGMA application_id");
  if (!application) return application.error();
  auto version = query_value("PRAGMA user_version");
  if (!version) return version.error();

  // Otherwise every text would be read as UTF-16, names and numbers too.
  auto encoding = query_value("PRAGMA encoding");
  if (!encoding) return encoding.error();
  if (*encoding != "UTF-8") return damaged("its text is not UTF-8");

  is_empty_ = *tables == "0" && *application == "0" && *version == "0";
  if (is_empty_) return {};
  if (*application != std::to_string(kind.application_id)) {
    return stop(
        fmt::format("{}: is a database, but not {}; name another file", file.string(), kind.name));
  }
  const auto read = std::from_chars(version->data(), version->data() + version->size(), version_);
  if (read.ec != std::errc{} || version_ < kind.oldest || version_ > kind.version) {
    return stop(
        fmt::format("{}: is {} of version {}, this program knows version {}; use the "
                    "program that wrote it, or a newer one",
                    file.string(), kind.name, *version, kind.version));
  }
  return {};
}

Result<void> Database::make_durable(const std::filesystem::path& file) {
  auto mode = query_value("PRAGMA journal_mode=WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") {
    return stop(
        fmt::format("{}: its disk does not allow a write-ahead log (journal mode {}); put "
                    "it on a local disk",
                    file.string(), *mode));
  }
  if (planted_bug("skip_fsync")) return execute("PRAGMA synchronous=OFF");
  if (auto set = execute("PRAGMA synchronous=FULL"); !set) return set.error();
  // Read back, because SQLite ignores a pragma that it does not know and answers success.
  auto synchronous = query_value("PRAGMA synchronous");
  if (!synchronous) return synchronous.error();
  if (*synchronous != "2") {
    return stop(
        fmt::format("{}: SQLite does not wait for the disk (synchronous={}); use another "
                    "build of SQLite",
                    file.string(), *synchronous));
  }
  return {};
}

Result<void> Database::create_tables(const char* sql, const FileKind& kind) {
  if (auto made = execute(sql); !made) return made.error();
  const std::string marks = fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                        kind.application_id, kind.version);
  return execute(marks.c_str());
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error(std::string_view(sql) == "COMMIT" ? "commit" : "write");
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return error("read its tables");
  }
  return Statement(statement);
}

Result<Bytes> Database::query_value(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto rows = statement->query();
  auto found = rows.next();
  if (!found) return found.error();
  return *found ? Bytes(rows.bytes(0)) : Bytes{};
}

Error Database::damaged(std::string_view what) const {
  const char* file = sqlite3_db_filename(connection_.get(), "main");
  return stop(
      fmt::format("{}: {}; {}", file == nullptr ? "" : file, what, way_out(SQLITE_CORRUPT)));
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(connection_.get()); }

Transaction::~Transaction() {
  // After some failures SQLite has rolled back by itself.
  if (!database_->in_transaction()) return;
  if (auto undone = database_->execute("ROLLBACK"); !undone) {
    log_error("{}", undone.error().message);
  }
}

}  // namespace mgc::spool
