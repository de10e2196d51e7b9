#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::postgresql {

/// What stands behind "postgresql://".
struct ServerOptions {
  std::vector<std::pair<std::string, std::string>> libpq;  ///< keywords of libpq, without dbname
  std::string database;
  std::string schema = "public";
  std::string password_file;  ///< empty: libpq's own ways, PGPASSFILE or ~/.pgpass
  std::string name;           ///< what messages call the database, "db.example.org:5432/mgccomp"
  std::string warning;        ///< what the user gave up by name; empty when nothing
  std::chrono::seconds lock_timeout{10};
  std::optional<std::chrono::seconds> statement_timeout;  ///< 0 = none

  /// Writers wait 60 s for a statement, look-ups 30 s, others as long as it takes, unless the user
  /// says more; work beside the batches always as long as it takes.
  [[nodiscard]] std::chrono::seconds statement_timeout_for(OpenMode mode) const {
    if (mode == OpenMode::beside) return std::chrono::seconds{0};
    const bool as_long_as_it_takes = mode == OpenMode::read_only || mode == OpenMode::note;
    const int usual = as_long_as_it_takes ? 0 : mode == OpenMode::look_up ? 30 : 60;
    return statement_timeout.value_or(std::chrono::seconds(usual));
  }
  /// Whoever waits for a lock on a table keeps those waiting who come after.
  [[nodiscard]] std::chrono::seconds lock_timeout_for(OpenMode mode) const {
    constexpr std::chrono::seconds kBeside{2};
    return mode == OpenMode::beside ? std::min(lock_timeout, kBeside) : lock_timeout;
  }
};

/// Reads `host=HOST dbname=NAME [keyword=value...]` in libpq's form: values with spaces in single
/// quotes, \' and \\ inside. Ours are `schema`, `password_file`, `lock_timeout` and
/// `statement_timeout` (seconds). A server beyond this machine gets sslmode=verify-full unless the
/// text says something else.
/// @errors stop  no host or database, an unknown keyword, a password in the text.
[[nodiscard]] Result<ServerOptions> parse_parameters(std::string_view parameters);

/// The text for libpq that connects to `database`. Holds `password`: never to be shown.
[[nodiscard]] std::string connect_string(const ServerOptions& options, std::string_view database,
                                         const std::string& password);

}  // namespace mgc::db::postgresql
