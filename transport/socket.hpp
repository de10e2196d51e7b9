#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::transport {

/// Owns a file descriptor of a non-blocking socket (or of an eventfd).
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Ends another thread's poll(). Threads: wake() any, also after the poller is gone; clear() one.
class WakeEvent {
 public:
  WakeEvent();
  void wake() const noexcept;
  void clear() const noexcept;
  [[nodiscard]] int fd() const { return event_.fd(); }

 private:
  Socket event_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const;
  [[nodiscard]] bool is_loopback() const;
};

/// The text of an errno value: "Connection refused".
[[nodiscard]] std::string error_text(int error);

/// The addresses of HOST. Blocks for the resolver. @errors reconnect  unknown host.
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(const std::string& host,
                                                         std::uint16_t port);

/// Begins to connect; the socket becomes writable when it is decided. @errors reconnect  refused.
[[nodiscard]] Result<Socket> start_connect(const SocketAddress& address);
/// After it became writable: 0, or the errno of the failure.
[[nodiscard]] int connect_error(const Socket& socket);

/// Listens. @errors stop  the address is in use, or may not be used; the message is the errno text.
[[nodiscard]] Result<Socket> listen_on(const SocketAddress& address);
[[nodiscard]] std::uint16_t local_port(const Socket& socket);
/// The next waiting connection; fd() < 0 when there is none.
[[nodiscard]] Socket accept_from(const Socket& listener);

/// Bytes that the peer's machine has not acknowledged yet; 0 when that cannot be known.
[[nodiscard]] int unacknowledged_bytes(const Socket& socket);

/// poll(2) until `deadline`; never longer than a day. EINTR counts as a time-out.
void poll_until(std::vector<pollfd>& sockets, SteadyTime deadline);

}  // namespace mgc::transport
