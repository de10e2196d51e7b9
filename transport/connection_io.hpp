#pragma once

#include <poll.h>

#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/io/connection_driver.hpp>
#include <string>

#include "core/clock.hpp"
#include "transport/socket.hpp"

namespace mgc::transport {

/// One socket and the Proton engine that speaks AMQP over it.
///
/// Why not proton::container: an exception anywhere in it (an undecodable message from one peer is
/// enough) stops all of its connections, its epoll loop can hang (PROTON-2928, PROTON-2930), and it
/// cannot say what was written. With an engine for each connection a fault costs that connection
/// only, and every Proton object lives and dies on the thread that polls.
///
/// Threads: one. Errors: a failed socket or engine ends the connection; `cause()` says why.
class ConnectionIo {
 public:
  explicit ConnectionIo(Socket socket) : socket_(std::move(socket)) {}

  /// As client or server; `options` carries the handler. Throws proton::error (TLS settings).
  void start_client(const proton::connection_options& options) { driver_.connect(options); }
  void start_server(const proton::connection_options& options) { driver_.accept(options); }

  [[nodiscard]] proton::connection connection() const { return driver_.connection(); }

  /// Runs the handlers for what happened and writes what they said. False when it is all over.
  [[nodiscard]] bool advance();
  /// What poll() shall wait for.
  [[nodiscard]] short events();
  /// After poll(): reads what has come, a bounded part of it.
  void read(short revents);
  /// Keeps the idle time-outs of both sides; returns when it must be called again.
  [[nodiscard]] SteadyTime tick(SteadyTime now);
  /// Ends the connection without a handshake, for `cause`.
  void abort(const std::string& name, const std::string& cause);

  /// True when the peer's machine has acknowledged every byte so far.
  [[nodiscard]] bool all_sent();
  /// Bytes of messages that have not come whole yet.
  [[nodiscard]] std::size_t partial_bytes() const;
  /// Why the connection ended, as far as known.
  [[nodiscard]] std::string cause() const;
  [[nodiscard]] int fd() const { return socket_.fd(); }

 private:
  void write();

  Socket socket_;
  proton::io::connection_driver driver_;
};

}  // namespace mgc::transport
