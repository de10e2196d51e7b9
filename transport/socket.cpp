#include "transport/socket.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/assert.hpp"
#include "core/log.hpp"

namespace mgc::transport {
namespace {

Error errno_error(Action action) { return Error{action, error_text(errno)}; }

/// Small frames (dispositions, flows) must not wait for the acknowledgement of earlier ones.
void set_no_delay(const Socket& socket) {
  const int on = 1;
  if (::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    log_debug("TCP_NODELAY: {}", error_text(errno));
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ < 0) return;
  const int error = ::close(fd_) == 0 ? 0 : errno;
  MGC_ASSERT(error != EBADF);  // somebody else closed our descriptor, perhaps another file by now
}

WakeEvent::WakeEvent() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (event_.fd() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void WakeEvent::wake() const noexcept {
  const std::uint64_t one = 1;
  const bool written = ::write(event_.fd(), &one, sizeof one) == sizeof one;
  MGC_ASSERT(written || errno == EAGAIN);  // EAGAIN: it is awake already
}

void WakeEvent::clear() const noexcept {
  std::uint64_t count = 0;
  const bool was_awake = ::read(event_.fd(), &count, sizeof count) == sizeof count;
  MGC_ASSERT(was_awake || errno == EAGAIN);
}

const sockaddr* SocketAddress::get() const {
  return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
}

bool SocketAddress::is_loopback() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &storage, sizeof four);
    return (ntohl(four.sin_addr.s_addr) >> 24U) == 127;
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &storage, sizeof six);
    return std::memcmp(&six.sin6_addr, &in6addr_loopback, sizeof six.sin6_addr) == 0;
  }
  return false;
}

std::string error_text(int error) { return std::generic_category().message(error); }

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return Error{Action::reconnect, ::gai_strerror(error)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
    address.length = item->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

Result<Socket> start_connect(const SocketAddress& address) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return errno_error(Action::reconnect);
  if (::connect(socket.fd(), address.get(), address.length) != 0 && errno != EINPROGRESS)
    return errno_error(Action::reconnect);
  set_no_delay(socket);
  return socket;
}

int connect_error(const Socket& socket) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

Result<Socket> listen_on(const SocketAddress& address) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return errno_error(Action::stop);
  const int on = 1;  // a restart must not wait for old connections in TIME_WAIT
  if (::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.fd(), address.get(), address.length) != 0 ||
      ::listen(socket.fd(), SOMAXCONN) != 0)
    return errno_error(Action::stop);
  return socket;
}

std::uint16_t local_port(const Socket& socket) {
  SocketAddress address;
  address.length = sizeof address.storage;
  void* raw = &address.storage;
  const int error = ::getsockname(socket.fd(), static_cast<sockaddr*>(raw), &address.length);
  MGC_ASSERT(error == 0);
  sockaddr_in in{};  // sockaddr_in6 has its port at the same place
  std::memcpy(&in, &address.storage, sizeof in);
  return ntohs(in.sin_port);
}

Socket accept_from(const Socket& listener) {
  Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.fd() >= 0) set_no_delay(socket);
  return socket;
}

int unacknowledged_bytes(const Socket& socket) {
  int bytes = 0;
  return ::ioctl(socket.fd(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

void poll_until(std::vector<pollfd>& sockets, SteadyTime deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto wait = std::clamp(left, milliseconds{0}, milliseconds{86'400'000});
  const int ready = ::poll(sockets.data(), sockets.size(), static_cast<int>(wait.count()));
  MGC_ASSERT(ready >= 0 || errno == EINTR || errno == ENOMEM);
  if (ready < 0)
    for (pollfd& socket : sockets) socket.revents = 0;
}

}  // namespace mgc::transport
