#include "db/access_log.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/utf8.hpp"
#include "db/dsn.hpp"
#include "db/schema_version.hpp"
#include "db/sqlite/connection.hpp"
#include "schema/duty.hpp"
#include "schema/limits.hpp"

namespace mgc::db {
namespace {

// A journal that stays: auditors then need to write two files, and nothing of their directory.
constexpr std::string_view kUseJournal = "PRAGMA journal_mode = PERSIST";
constexpr std::string_view kMakeTable =
    "CREATE TABLE IF NOT EXISTS access_log (entry INTEGER PRIMARY KEY AUTOINCREMENT,"
    " of_entry INTEGER, written_at INTEGER NOT NULL"
    " DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000),"
    " db_user TEXT NOT NULL DEFAULT '',"
    " os_user TEXT NOT NULL CHECK (length(CAST(os_user AS BLOB)) <= 1024),"
    " host TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) <= 1024),"
    " command TEXT NOT NULL CHECK (length(CAST(command AS BLOB)) BETWEEN 1 AND 1024),"
    " details TEXT NOT NULL CHECK (length(CAST(details AS BLOB)) <= 262144)) STRICT;"
    "CREATE VIEW IF NOT EXISTS access_log_size AS SELECT count(*) AS entries FROM access_log;";

/// The SQLite file of `dsn`, and the string by which FILE.access is opened.
struct Files {
  std::string access_file;
  std::string access_dsn;
};

Result<Files> files_of(const std::string& dsn) {
  const auto parsed = parse_dsn(dsn);
  if (!parsed) return parsed.error();
  const auto options = sqlite::parse_parameters(parsed->parameters);
  if (!options) return options.error();
  std::string file = access_log_file(options->file);
  std::string access =
      fmt::format("sqlite3://db=\"{}\" timeout={}", file, options->timeout_seconds);
  return Files{std::move(file), std::move(access)};
}

/// The highest entry that is an event of the ledger.
Result<std::int64_t> last_recorded(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  const auto last = (*session)->query_number("SELECT max(entry) FROM duty_event WHERE kind = ?1",
                                             {static_cast<int>(schema::EventKind::access)});
  if (!last) return last.error();
  return last->value_or(0);
}

/// Numbers are never given twice, whatever became of the file.
Result<std::unique_ptr<Session>> open_file(const std::string& dsn) {
  const auto files = files_of(dsn);
  if (!files) return files.error();
  const auto last = last_recorded(dsn);
  if (!last) return last.error();
  auto session = open_session(files->access_dsn, OpenMode::create);
  if (!session) return session;
  const auto made = (*session)->run_script(std::string(kUseJournal).append(";").append(kMakeTable));
  if (!made) return made.error();
  for (const char* sql :
       {"INSERT INTO sqlite_sequence (name, seq) SELECT 'access_log', ?1 WHERE NOT EXISTS"
        " (SELECT 1 FROM sqlite_sequence WHERE name = 'access_log')",
        "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'access_log' AND seq < ?1"}) {
    if (const auto set = (*session)->execute(sql, {*last}); !set) return set.error();
  }
  return session;
}

}  // namespace

std::string access_log_file(const std::string& sqlite_file) { return sqlite_file + ".access"; }

Result<void> make_access_log(const std::string& dsn) {
  if (!is_sqlite(dsn)) return {};
  const auto session = open_file(dsn);
  if (!session) return session.error();
  return {};
}

Result<std::unique_ptr<Session>> open_access_log(const std::string& dsn, OpenMode mode) {
  if (!is_sqlite(dsn)) return open_session(dsn, mode);
  const auto files = files_of(dsn);
  if (!files) return files.error();
  std::error_code unseen;  // what cannot be looked at cannot be opened either, and that says why
  if (!std::filesystem::exists(files->access_file, unseen) && !unseen) {
    return std::unique_ptr<Session>();
  }
  return open_session(files->access_dsn, mode);
}

Result<AccessLog> AccessLog::open(const std::string& dsn) {
  auto session =
      is_sqlite(dsn) ? open_file(dsn) : open_schema(dsn, OpenMode::note, Schema::mgccomp);
  if (!session) return session.error();
  return AccessLog(std::move(*session));
}

Result<std::int64_t> AccessLog::add(const AccessNote& note) {
  if (note.details.size() > schema::kDutyDetailsBytesMax) {
    return Error{Action::stop,
                 fmt::format("a command of {} bytes cannot be noted; at most {} are allowed",
                             note.details.size(), schema::kDutyDetailsBytesMax)};
  }
  return session_->insert_id(
      "INSERT INTO access_log (of_entry, os_user, host, command, details)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      "entry",
      {note.of_entry == 0 ? Value(nullptr) : Value(note.of_entry), note.os_user, note.host,
       note.command, note.details});
}

Result<bool> access_is_optional(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  const auto newest = (*session)->query_number(
      "SELECT optional FROM access_policy WHERE entry = (SELECT max(entry) FROM access_policy)");
  if (!newest) return newest.error();
  return newest->value_or(0) == 1;
}

Result<void> set_access_optional(const std::string& dsn, bool optional) {
  auto session = open_schema(dsn, OpenMode::read_write, Schema::mgccomp);
  if (!session) return session.error();
  const auto set =
      (*session)->execute("INSERT INTO access_policy (optional) VALUES (?1)", {optional ? 1 : 0});
  if (!set) return set.error();
  return {};
}

}  // namespace mgc::db
