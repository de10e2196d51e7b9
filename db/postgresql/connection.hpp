#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "db/postgresql/error_map.hpp"
#include "db/postgresql/server_options.hpp"
#include "db/socket_end.hpp"

namespace soci {
class session;
}

namespace mgc::db::postgresql {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

/// A connection to a server: the SOCI session, and libpq's handle inside it that statements use.
/// Every wait for the server ends: by its answer, by libpq's notice that it is gone, or some
/// seconds after its own statement time-out, when it neither answers nor goes away.
///
/// Threads: one owner. Ownership: the handle lives as long as this.
/// Errors: as error_map.hpp says. After `reconnect` and `in_doubt` every call fails.
class Connection {
 public:
  /// Connects to `database` of the options' server, as another database may be needed to make it.
  /// @errors stop  no such database, no rights, a certificate that does not fit.
  ///         reconnect  cannot be reached, shutting down.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const ServerOptions& options,
                                                                std::string_view database);
  Connection(std::unique_ptr<soci::session> session, std::string name);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] PGconn* handle() const { return handle_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// How long to wait for an answer; 0 = until libpq says that the server is gone.
  void set_answer_timeout(std::chrono::seconds timeout) { answer_timeout_ = timeout; }

  /// Runs statements without parameters; the result is that of the last.
  Result<ResultPtr> run(const std::string& statements, Step step = Step::statement);
  /// Waits for the results of what was sent: PQsend...() returned `sent`. The last one is returned,
  /// or the error of the first that failed. In COPY it returns when data can be sent.
  Result<ResultPtr> wait(int sent, Step step);
  /// Sends a piece of COPY data.
  Result<void> put(std::string_view data);
  /// Ends a COPY; returns the number of rows.
  Result<void> end_copy();
  /// Ends the connection, whatever waits in it. Threads: any.
  void cancel() const { socket_.shut_down(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  [[nodiscard]] Deadline answer_deadline() const;
  /// Waits until the socket can be read, or also written; false after `deadline`.
  [[nodiscard]] bool wait_for_socket(bool writable, Deadline deadline);
  [[nodiscard]] Result<void> flush(Deadline deadline, Step step);
  [[nodiscard]] Error give_up(std::string_view why, Step step);
  /// Why a COPY takes no more data.
  [[nodiscard]] Error copy_failure();
  [[nodiscard]] Error failure(const PGresult* result, Step step) const;

  std::unique_ptr<soci::session> session_;
  PGconn* handle_;
  std::string name_;
  SocketEnd socket_;
  std::chrono::seconds answer_timeout_{0};
  bool lost_ = false;  // given up by us, which libpq does not know
};

}  // namespace mgc::db::postgresql
