#pragma once

#include <poll.h>

#include <functional>
#include <optional>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/io/connection_driver.hpp>
#include <span>
#include <string>
#include <utility>

#include "core/clock.hpp"
#include "transport/frame_guard.hpp"
#include "transport/socket.hpp"
#include "transport/tls.hpp"

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
  /// @param tls  what the bytes go through; nullopt = plain.
  explicit ConnectionIo(Socket socket, std::optional<TlsSession> tls = std::nullopt)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  /// As client or server; `options` carries the handler. Throws proton::error.
  void start_client(const proton::connection_options& options) { driver_.connect(options); }
  void start_server(const proton::connection_options& options) { driver_.accept(options); }

  /// @param bytes_came  after each read, before the handlers hear of it.
  /// @param takes_in    false: nothing is read; asked again each turn. A peer that is gone is
  /// heard.
  void set_intake(std::function<void()> bytes_came, std::function<bool()> takes_in) {
    bytes_came_ = std::move(bytes_came);
    takes_in_ = std::move(takes_in);
  }

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
  /// How many bytes the peer's machine has acknowledged.
  [[nodiscard]] std::uint64_t acknowledged_bytes() const;
  /// Bytes of messages that have not come whole yet.
  [[nodiscard]] std::size_t partial_bytes() const;
  /// Why the connection ended, as far as known.
  [[nodiscard]] std::string cause() const;
  /// The common name of the peer's certificate; empty without one.
  [[nodiscard]] std::string peer_name() const { return tls_ ? tls_->peer_name() : ""; }
  /// The SASL mechanism of the login.
  [[nodiscard]] std::string mechanism() const;
  [[nodiscard]] int fd() const { return socket_.fd(); }

 private:
  void write();
  void write_plain();
  void write_tls();
  /// False when the socket takes no more for now, or is over.
  [[nodiscard]] bool send_some(ByteView bytes, std::size_t& sent);
  /// Reads into `out`; 0 when there is nothing for now or the connection is over.
  [[nodiscard]] std::size_t receive(std::span<char> out);
  [[nodiscard]] std::size_t receive_tls(std::span<char> out);
  void end_if_tls_failed();
  /// Ends a connection whose peer took no more and has now been heard to its end.
  void end_unheard();

  [[nodiscard]] bool takes_in() const { return !takes_in_ || takes_in_(); }

  Socket socket_;
  std::optional<TlsSession> tls_;
  std::uint64_t bytes_sent_ = 0;
  std::function<void()> bytes_came_;
  std::function<bool()> takes_in_;
  int write_error_ = 0;        ///< an errno: the peer is gone, and only its last words are left
  bool peer_ended_ = false;    ///< nothing more comes
  bool more_to_read_ = false;  ///< the last read() stopped before the socket was empty
  FrameGuard guard_;
  proton::io::connection_driver driver_;
};

}  // namespace mgc::transport
