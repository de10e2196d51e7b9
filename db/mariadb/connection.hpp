#pragma once

#include <mysql.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "db/mariadb/error_map.hpp"
#include "db/mariadb/server_options.hpp"
#include "db/session.hpp"
#include "db/socket_end.hpp"

namespace mgc::db::mariadb {

/// An open connection to a MariaDB server, and the settings that every session of ours has: TLS
/// with verification, time-outs, UTC, UTF-8, strict mode, READ COMMITTED. It never connects again
/// by itself and never sends a file of this machine (LOAD DATA LOCAL is off).
/// SOCI 4.0.3 cannot ask for the server's certificate, so the handle is opened here; see
/// docs/adr/0007-mariadb-handle.md.
///
/// Threads: one owner. Ownership: statements of the handle go first.
class Connection {
 public:
  /// @errors stop  no such database or rights, a wrong certificate, not MariaDB.
  ///         retry too many connections. reconnect  cannot be reached.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const ServerOptions& options,
                                                                OpenMode mode);
  explicit Connection(const ServerOptions& options) : options_(options) {}

  [[nodiscard]] MYSQL* handle() const { return handle_.get(); }
  [[nodiscard]] const ServerOptions& options() const { return options_; }
  [[nodiscard]] const std::string& name() const { return options_.name; }
  /// The longest packet that the server takes, in bytes.
  [[nodiscard]] std::size_t packet_max() const { return packet_max_; }

  /// Runs one statement and drops what it answers.
  [[nodiscard]] Result<void> run(std::string_view sql, Step step = Step::statement);
  /// As run(), for statements separated by semicolons.
  [[nodiscard]] Result<void> run_script(std::string_view script, Step step = Step::statement);
  /// Ends the connection, whatever waits in it. Threads: any.
  void cancel() const {
    if (socket_) socket_->shut_down();
  }
  /// The error of the last call on the handle.
  [[nodiscard]] Error failure(Step step) const;

 private:
  struct Close {
    void operator()(MYSQL* handle) const { mysql_close(handle); }
  };

  [[nodiscard]] Result<void> connect(const std::string& database, OpenMode mode);
  [[nodiscard]] Result<void> connect_or_create(OpenMode mode);
  [[nodiscard]] Result<void> set_up(OpenMode mode);
  [[nodiscard]] Result<void> check_server() const;
  [[nodiscard]] Result<void> read_packet_max();

  ServerOptions options_;
  std::size_t packet_max_ = 0;
  std::unique_ptr<MYSQL, Close> handle_;
  std::optional<SocketEnd> socket_;
};

}  // namespace mgc::db::mariadb
