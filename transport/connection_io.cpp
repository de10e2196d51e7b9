#include "transport/connection_io.hpp"

#include <cerrno>
#include <proton/connection.hpp>
#include <proton/error_condition.hpp>
#include <proton/session.hpp>
#include <proton/transport.hpp>

namespace mgc::transport {
namespace {

/// Reads of one turn; a connection that sends without end lets the others have theirs.
constexpr int kReadsPerTurn = 16;

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
  // After both said close, Proton waits for the end of the stream, and so may the peer's.
  if (active && driver_.connection().closed() && driver_.write_buffer().size == 0) {
    driver_.read_close();
    driver_.write_close();
    active = driver_.dispatch();
  }
  return active;
}

void ConnectionIo::write() {
  for (auto out = driver_.write_buffer(); out.size > 0; out = driver_.write_buffer()) {
    const ssize_t written = ::send(socket_.fd(), out.data, out.size, MSG_NOSIGNAL);
    if (written > 0) {
      driver_.write_done(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      return abort("mgc:write", error_text(errno));
    }
  }
}

short ConnectionIo::events() {
  short wanted = 0;
  if (driver_.read_buffer().size > 0) wanted |= POLLIN;
  if (driver_.write_buffer().size > 0) wanted |= POLLOUT;
  return wanted;
}

void ConnectionIo::read(short revents) {
  if ((revents & (POLLIN | POLLERR | POLLHUP)) == 0) return;
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    const auto buffer = driver_.read_buffer();
    if (buffer.size == 0) {
      if ((revents & POLLHUP) != 0) abort("mgc:closed", "the connection was closed");
      return;
    }
    const ssize_t got = ::recv(socket_.fd(), buffer.data, buffer.size, 0);
    if (got > 0) {
      driver_.read_done(static_cast<std::size_t>(got));
      if (!driver_.dispatch() || !driver_.transport().error().empty()) return;
    } else if (got == 0) {
      return driver_.read_close();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      return abort("mgc:read", error_text(errno));
    }
  }
}

SteadyTime ConnectionIo::tick(SteadyTime now) {
  using std::chrono::milliseconds;
  const auto millis = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  const proton::timestamp next = driver_.tick(proton::timestamp(millis));
  if (next.milliseconds() == 0) return SteadyTime::max();  // Proton's word for never
  return SteadyTime{milliseconds{next.milliseconds()}};
}

void ConnectionIo::abort(const std::string& name, const std::string& cause) {
  driver_.disconnected(proton::error_condition(name, cause));
}

bool ConnectionIo::all_sent() {
  return driver_.write_buffer().size == 0 && unacknowledged_bytes(socket_) == 0;
}

std::size_t ConnectionIo::partial_bytes() const {
  std::size_t bytes = 0;
  for (const proton::session& session : driver_.connection().sessions())
    bytes += session.incoming_bytes();
  return bytes;
}

std::string ConnectionIo::cause() const {
  const proton::error_condition closed = driver_.connection().error();
  if (!closed.empty()) return closed.what();
  const proton::error_condition failed = driver_.transport().error();
  if (!failed.empty()) return failed.description();
  return "the connection was closed";
}

}  // namespace mgc::transport
