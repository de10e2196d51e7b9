#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// What a command says of itself; who runs it and when, the database adds.
struct AccessNote {
  std::int64_t of_entry = 0;  ///< the row of its beginning; 0 = this is it
  std::string os_user, host;
  std::string command;  ///< "search"
  std::string details;  ///< a JSON document of at most 256 KiB
};

/// Writes rows of access_log, with the rights of an auditor: where the engine is SQLite into the
/// file FILE.access, so that auditors need not write the evidence nor wait for a batch.
///
/// Threads: one owner. Ownership: one session for its life.
class AccessLog {
 public:
  /// @errors stop  not initialised, no rights. reconnect  cannot be reached.
  [[nodiscard]] static Result<AccessLog> open(const std::string& dsn);

  /// Returns the row's entry, once it is committed.
  /// @errors stop  cannot be written: read-only, no rights; retry  somebody holds a lock.
  [[nodiscard]] Result<std::int64_t> add(const AccessNote& note);

 private:
  explicit AccessLog(std::unique_ptr<Session> session) : session_(std::move(session)) {}
  std::unique_ptr<Session> session_;
};

/// A session in which access_log can be read; nullptr where SQLite has no file of it yet.
/// @errors as open_session().
[[nodiscard]] Result<std::unique_ptr<Session>> open_access_log(const std::string& dsn,
                                                               OpenMode mode);

/// Makes FILE.access beside the SQLite file of `dsn`, or brings its numbers past those that the
/// ledger has; does nothing for other engines.
[[nodiscard]] Result<void> make_access_log(const std::string& dsn);

/// Where SQLite keeps access_log: FILE.access.
[[nodiscard]] std::string access_log_file(const std::string& sqlite_file);

/// Whether the owner allows commands to read what they cannot note (`mgc db access-log`).
[[nodiscard]] Result<bool> access_is_optional(const std::string& dsn);
/// Says so; for whoever may write the table. @errors as open_session(); stop  no rights.
[[nodiscard]] Result<void> set_access_optional(const std::string& dsn, bool optional);

}  // namespace mgc::db
