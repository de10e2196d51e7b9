#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::mariadb {

/// What stands behind "mysql://".
struct ServerOptions {
  std::string host;  ///< empty: `unix_socket` is used
  unsigned port = 3306;
  std::string unix_socket;
  std::string database;
  std::string user;           ///< empty: the login name
  std::string password_file;  ///< empty: the environment's MYSQL_PWD, or none
  std::string tls_ca;         ///< PEM; empty: the system's
  std::string tls_cert;       ///< PEM, for servers that ask for it
  std::string tls_key;
  std::chrono::seconds lock_timeout{10};
  std::optional<std::chrono::seconds> statement_timeout;  ///< 0 = none
  std::string name;  ///< what messages call the database, "db.example.org:3306/mgccomp"

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
  /// A server beyond this machine is always verified; on this machine when `tls_ca` is given.
  [[nodiscard]] bool needs_tls() const;
};

/// Reads `host=HOST db=NAME [option=value...]`, with single or double quotes around a value that
/// holds spaces. Options: host, port, unix_socket, db (or dbname), user, password_file, tls_ca,
/// tls_cert, tls_key, lock_timeout and statement_timeout (seconds).
/// @errors stop  no server or database, an unknown option, a password in the text.
[[nodiscard]] Result<ServerOptions> parse_parameters(std::string_view parameters);

}  // namespace mgc::db::mariadb
