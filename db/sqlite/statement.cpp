#include "db/sqlite/statement.hpp"

#include <variant>

namespace mgc::db::sqlite {

int Statement::bind(std::span<const Value> values) {
  int parameter = 0;
  for (const Value& value : values) {
    ++parameter;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value.state())) {
      code = bind_integer(parameter, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value.state())) {
      code = bind_text(parameter, *text);
    } else if (const auto* blob = std::get_if<Blob>(&value.state())) {
      code = bind_blob(parameter, blob->bytes);
    } else {
      code = bind_null(parameter);
    }
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int Statement::first_step() {
  // SQLite itself has prepared it again SQLITE_MAX_SCHEMA_RETRY times then, each time outside a
  // snapshot.
  const int code = step();
  sqlite3* handle = sqlite3_db_handle(stmt_.get());
  const bool alone = sqlite3_get_autocommit(handle) != 0;
  if (code != SQLITE_SCHEMA || !alone || sqlite3_stmt_readonly(stmt_.get()) == 0) return code;
  reset();
  const int begun = sqlite3_exec(handle, "BEGIN", nullptr, nullptr, nullptr);
  if (begun != SQLITE_OK) return begun;
  const int stepped = step();
  // The rows that are still to come keep the snapshot.
  const int ended = sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr);
  if (stepped == SQLITE_ROW || stepped == SQLITE_DONE) return ended == SQLITE_OK ? stepped : ended;
  // Tells the handle once more what went wrong: COMMIT has overwritten it.
  return sqlite3_reset(stmt_.get());
}

}  // namespace mgc::db::sqlite
