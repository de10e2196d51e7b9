#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mgc::test {

/// A client of an endpoint on 127.0.0.1 that sends whatever bytes a test wants.
///
/// Errors: throw std::runtime_error, also when nothing comes for ten seconds.
class EndpointClient {
 public:
  explicit EndpointClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    void* raw = &address;
    if (::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(socket_, static_cast<sockaddr*>(raw), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~EndpointClient() { ::close(socket_); }
  EndpointClient(const EndpointClient&) = delete;
  EndpointClient& operator=(const EndpointClient&) = delete;

  void send(std::string_view bytes) const {
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
      throw std::runtime_error("cannot send");
    }
  }
  /// All that comes until the other side closes.
  [[nodiscard]] std::string read() const {
    std::string all;
    char buffer[4096];
    for (;;) {
      const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got < 0) throw std::runtime_error("nothing came");
      if (got == 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  const int socket_;
};

/// What a GET of `path` is answered with, headers too.
inline std::string get(std::uint16_t port, const std::string& path) {
  const EndpointClient client(port);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read();
}

}  // namespace mgc::test
