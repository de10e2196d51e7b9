#include "db/sqlite/error_map.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/utf8.hpp"

namespace mgc::db::sqlite {
namespace {

constexpr int primary(int extended_code) { return extended_code & 0xff; }

/// A row that no try will store. A key that is there twice is none: the store looks before it
/// writes, so it contradicts itself.
constexpr bool is_bad_data(int extended_code) {
  return extended_code == SQLITE_CONSTRAINT_CHECK || extended_code == SQLITE_CONSTRAINT_DATATYPE ||
         extended_code == SQLITE_CONSTRAINT_NOTNULL || extended_code == SQLITE_CONSTRAINT_TRIGGER ||
         primary(extended_code) == SQLITE_TOOBIG;
}

std::string_view way_out(int extended_code, Step step) {
  if (is_bad_data(extended_code)) return "it can never hold this; it becomes a dead letter";
  switch (primary(extended_code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_SCHEMA:
    case SQLITE_PROTOCOL: return "another program is writing to it; it will be tried again";
    case SQLITE_FULL: return "the disk is full and nothing was written: free space";
    case SQLITE_IOERR:
      return step == Step::committing
                 ? "the answer to COMMIT is lost; the same batch has to be replayed"
                 : "the disk failed: look at the system log, then start again";
    case SQLITE_NOTADB: return "it is not a database: name another file, or move this one away";
    case SQLITE_CORRUPT:
      return "the database is damaged: keep the file as it is and restore a backup";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "it cannot be written: check the rights of the file, its directory and the disk";
    case SQLITE_CANTOPEN:
      return "it cannot be opened: check that the directory exists and the rights of the file";
    case SQLITE_CONSTRAINT:
      return "the store contradicts itself or was changed by hand: run mgc audit verify";
    default: return "run mgc db status";
  }
}

}  // namespace

Action action_for(int extended_code, Step step) {
  if (is_bad_data(extended_code)) return Action::reject;
  switch (primary(extended_code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_SCHEMA:
    case SQLITE_NOMEM:
    case SQLITE_FULL: return Action::retry;
    case SQLITE_IOERR: return step == Step::committing ? Action::in_doubt : Action::stop;
    default: return Action::stop;
  }
}

Error make_error(int extended_code, Step step, std::string_view file, std::string_view detail) {
  return Error{action_for(extended_code, step),
               fmt::format("{}: {} (SQLite {}); {}", printable(file), printable(detail),
                           extended_code, way_out(extended_code, step))};
}

}  // namespace mgc::db::sqlite
