#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace mgc::db {

/// A SOCI connection string, "engine://parameters".
struct Dsn {
  std::string engine;      ///< "sqlite3"; known to this build
  std::string parameters;  ///< what the engine's own client reads; may hold a password
};

/// @errors stop  no engine, or one that this build does not know; the message names those it knows.
[[nodiscard]] Result<Dsn> parse_dsn(std::string_view dsn);

/// Whether it names a file, which one program at a time writes to, and no server.
[[nodiscard]] inline bool is_sqlite(std::string_view dsn) { return dsn.starts_with("sqlite3://"); }

/// Whether `host` is this machine: 127.0.0.1 is, 127.0.0.1.example.org is not.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace mgc::db
