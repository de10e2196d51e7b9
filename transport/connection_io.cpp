#include "transport/connection_io.hpp"

#include <algorithm>
#include <cerrno>
#include <proton/connection.hpp>
#include <proton/error_condition.hpp>
#include <proton/sasl.hpp>
#include <proton/session.hpp>
#include <proton/transport.hpp>

#include "transport/tls_fault.hpp"

namespace mgc::transport {
namespace {

/// Reads of one turn; a connection that sends without end lets the others have theirs.
constexpr int kReadsPerTurn = 16;
constexpr const char* kNoHandshake =
    "the peer closed the connection instead of a TLS handshake; is it the port for amqp:// instead "
    "of amqps://?";

}  // namespace

bool ConnectionIo::advance() {
  bool active = driver_.dispatch();
  // An exception of a handler, or of decoding a message, leaves its text in the transport and the
  // delivery half consumed: only this connection can go.
  if (active && !driver_.transport().error().empty()) {
    driver_.disconnected();
    return driver_.dispatch();
  }
  write();
  while (active && driver_.has_events()) {
    active = driver_.dispatch();
    write();
  }
  // After both said close, Proton waits for the end of the stream, and so may the peer's. Proton
  // takes no more when the stream has ended, and when it met a frame that it cannot read, of which
  // it says nothing: then too all is over that could come, and links and deliveries go back.
  const bool ending = driver_.connection().closed() || driver_.read_buffer().size == 0;
  const bool all_said = driver_.write_buffer().size == 0 && (!tls_ || tls_->outgoing().empty());
  if (active && ending && all_said) {
    driver_.read_close();
    driver_.write_close();
    active = driver_.dispatch();
  }
  // A peer that ended in the middle of the login leaves Proton waiting for the rest of it.
  if (active && peer_ended_ && driver_.write_buffer().size == 0) {
    abort("mgc:closed", "the connection was closed");
    active = driver_.dispatch();
  }
  return active;
}

void ConnectionIo::write() {
  if (tls_) {
    write_tls();
  } else {
    write_plain();
  }
}

bool ConnectionIo::send_some(ByteView bytes, std::size_t& sent) {
  sent = 0;
  if (write_error_ != 0) return false;
  const ssize_t written = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  sent = written > 0 ? static_cast<std::size_t>(written) : 0;
  bytes_sent_ += sent;
  if (written > 0 || errno == EINTR) return true;
  if (errno == EPIPE || errno == ECONNRESET) {
    // A peer that refuses us says why and closes, perhaps before it has read all that we said: the
    // reason waits in the socket, and receive() ends the connection after it.
    write_error_ = errno;
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    abort("mgc:write", error_text(errno));
  }
  return false;
}

void ConnectionIo::write_plain() {
  for (auto out = driver_.write_buffer(); out.size > 0; out = driver_.write_buffer()) {
    std::size_t sent = 0;
    if (!send_some({out.data, out.size}, sent)) return;
    driver_.write_done(sent);
  }
}

void ConnectionIo::write_tls() {
  for (;;) {
    // What was encrypted goes first, so that never more than one piece of it waits.
    for (ByteView out = tls_->outgoing(); !out.empty(); out = tls_->outgoing()) {
      std::size_t sent = 0;
      if (!send_some(out, sent)) return;
      tls_->sent(sent);
    }
    const auto plain = driver_.write_buffer();
    const std::size_t taken = tls_->write({plain.data, plain.size});
    end_if_tls_failed();
    if (taken == 0) return;
    driver_.write_done(taken);
  }
}

void ConnectionIo::end_if_tls_failed() {
  if (tls_->fault().empty()) return;
  // The alert that says so to the peer; whether it arrives is no matter.
  const ByteView alert = tls_->outgoing();
  std::size_t sent = 0;
  if (!alert.empty() && send_some(alert, sent)) tls_->sent(sent);
  abort("mgc:tls", tls_->fault());
}

short ConnectionIo::events() {
  short wanted = 0;
  const bool shaking_hands = tls_ && !tls_->established();
  if (driver_.read_buffer().size > 0 && takes_in()) wanted |= POLLIN;
  if (driver_.write_buffer().size > 0 && !shaking_hands) wanted |= POLLOUT;
  if (tls_ && !tls_->outgoing().empty()) wanted |= POLLOUT;
  if (write_error_ != 0) wanted = POLLIN;
  return wanted;
}

void ConnectionIo::end_unheard() {
  // Proton says that a login was refused when it writes next, which it cannot any more.
  if (driver_.transport().sasl().outcome() == proton::sasl::AUTH) {
    abort("amqp:unauthorized-access", "Authentication failed");
  } else {
    abort("mgc:write", error_text(write_error_));
  }
}

std::size_t ConnectionIo::receive(std::span<char> out) {
  for (;;) {
    const ssize_t got = ::recv(socket_.fd(), out.data(), out.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    more_to_read_ = false;
    peer_ended_ |= got == 0;
    if (got == 0 && tls_ && !tls_->established()) {
      abort("mgc:tls", kNoHandshake);
    } else if (got == 0 && write_error_ != 0) {
      end_unheard();
    } else if (got == 0) {
      driver_.read_close();
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
      abort("mgc:read", error_text(errno));
    }
    return 0;
  }
}

std::size_t ConnectionIo::receive_tls(std::span<char> out) {
  for (;;) {
    const std::size_t plain = tls_->read(out);
    end_if_tls_failed();
    if (plain > 0 || !tls_->fault().empty()) return plain;
    if (tls_->closed()) {
      peer_ended_ = true;
      driver_.read_close();
      more_to_read_ = false;
      return 0;
    }
    char encrypted[16 * 1024];
    const std::size_t got = receive(encrypted);
    if (got == 0) return 0;
    tls_->receive({encrypted, got});
    write();  // the handshake answers
  }
}

void ConnectionIo::read(short revents) {
  const bool over = (revents & (POLLERR | POLLHUP)) != 0;
  if (!more_to_read_ && !over && (revents & POLLIN) == 0) return;
  if (!takes_in() && !over) return;
  more_to_read_ = true;
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    const auto buffer = driver_.read_buffer();
    if (buffer.size == 0) {
      // When Proton has room again, poll() tells what the socket holds, not what TLS holds.
      more_to_read_ = tls_.has_value();
      if ((revents & POLLHUP) != 0) abort("mgc:closed", "the connection was closed");
      return;
    }
    const std::span<char> out(buffer.data, buffer.size);
    const std::size_t got = tls_ ? receive_tls(out) : receive(out);
    if (got == 0) return;
    if (const auto fault = guard_.check({buffer.data, got}); !fault.empty())
      return abort("mgc:frame", std::string(fault));
    driver_.read_done(got);
    if (bytes_came_) bytes_came_();
    if (!driver_.dispatch() || !driver_.transport().error().empty()) return;
    if (!takes_in()) return;
  }
}

SteadyTime ConnectionIo::tick(SteadyTime now) {
  using std::chrono::milliseconds;
  const auto millis = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  const proton::timestamp next = driver_.tick(proton::timestamp(millis));
  if (more_to_read_ && takes_in() && driver_.read_buffer().size > 0) return now;
  if (next.milliseconds() == 0) return SteadyTime::max();  // Proton's word for never
  return SteadyTime{milliseconds{next.milliseconds()}};
}

void ConnectionIo::abort(const std::string& name, const std::string& cause) {
  driver_.disconnected(proton::error_condition(name, cause));
}

bool ConnectionIo::all_sent() {
  if (tls_ && !tls_->outgoing().empty()) return false;
  return driver_.write_buffer().size == 0 && unacknowledged_bytes(socket_) == 0;
}

std::uint64_t ConnectionIo::acknowledged_bytes() const {
  const auto waiting = static_cast<std::uint64_t>(std::max(unacknowledged_bytes(socket_), 0));
  return bytes_sent_ - std::min(waiting, bytes_sent_);
}

std::size_t ConnectionIo::partial_bytes() const {
  std::size_t bytes = 0;
  for (const proton::session& session : driver_.connection().sessions())
    bytes += session.incoming_bytes();
  return bytes;
}

std::string ConnectionIo::mechanism() const { return driver_.transport().sasl().mech(); }

std::string ConnectionIo::cause() const {
  if (tls_ && !tls_->fault().empty()) return tls_->fault();
  const proton::error_condition closed = driver_.connection().error();
  if (!closed.empty()) return connection_fault(closed.what());
  const proton::error_condition failed = driver_.transport().error();
  if (!failed.empty()) return connection_fault(failed.description());
  return "the connection was closed";
}

}  // namespace mgc::transport
