#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

struct sqlite3;
namespace soci {
class session;
}

namespace mgc::db::sqlite {

/// What stands behind "sqlite3://".
struct FileOptions {
  std::string file;
  int timeout_seconds = 5;  ///< how long a statement waits for somebody else's lock
};

/// Reads `db=FILE`, `db="FILE WITH SPACES"` or a bare FILE, and `timeout=SECONDS`.
/// @errors stop  no file, an unknown option, a URI or a database in memory.
[[nodiscard]] Result<FileOptions> parse_parameters(std::string_view parameters);

/// An open SQLite file: the SOCI session, and the handle inside it that statements use.
///
/// Threads: one owner. Ownership: the handle lives as long as this; statements go first.
class Connection {
 public:
  /// @errors stop  no such file, a directory, no rights, not a database.
  ///         retry somebody else holds a lock for too long.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const FileOptions& options,
                                                                OpenMode mode);
  Connection(std::unique_ptr<soci::session> session, std::string file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  std::unique_ptr<soci::session> session_;
  sqlite3* handle_;
  std::string file_;
};

}  // namespace mgc::db::sqlite
