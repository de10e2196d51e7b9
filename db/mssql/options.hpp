#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace mgc::db::mssql {

/// What stands behind "odbc://".
struct Options {
  std::string connection_string;   ///< for the driver, with the password
  std::string maintenance_string;  ///< as connection_string, but to the database master
  std::string database;            ///< Database=; empty: what the DSN of odbc.ini says
  std::string name;                ///< for messages: "host,port/database" or "DSN/database"
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds lock_timeout{10};
  std::chrono::seconds statement_timeout{60};
  std::vector<std::string> warnings;  ///< for mgc db status
};

/// Reads an ODBC connection string and our own keys password_file=FILE (its first line),
/// lock_timeout=SECONDS and statement_timeout=SECONDS. Beyond loopback the connection is encrypted
/// and the server's certificate verified:
/// - Microsoft's driver does both by Encrypt=yes, which is added; TrustServerCertificate=yes and
///   Encrypt=no are refused.
/// - FreeTDS takes its CA only from an entry of freetds.conf, so Server=HOST is refused, and
///   Servername=ENTRY is taken with Encryption=require.
///
/// @errors stop  PWD= or password= in the text, a password file that cannot be read, no server,
///               a weakened TLS setting.
[[nodiscard]] Result<Options> parse_options(std::string_view parameters);

}  // namespace mgc::db::mssql
