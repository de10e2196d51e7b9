#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace mgc::test {

/// A TCP connection that says what it is told to, byte by byte.
class RawClient {
 public:
  static constexpr int kPatienceMillis = 20'000;

  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* raw = &address;
    connected_ = ::connect(fd_, static_cast<const sockaddr*>(raw), sizeof address) == 0;
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  void send(const std::string& bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// True when `bytes` come.
  [[nodiscard]] bool hears(const std::string& bytes) const {
    std::string heard;
    char buffer[4096];
    pollfd polled{fd_, POLLIN, 0};
    while (::poll(&polled, 1, kPatienceMillis) > 0) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      heard.append(buffer, static_cast<std::size_t>(got));
      if (heard.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
  /// All that comes until the other side hangs up; fails the test when it does not.
  [[nodiscard]] std::string read() const {
    std::string all;
    char buffer[4096];
    pollfd polled{fd_, POLLIN, 0};
    while (::poll(&polled, 1, kPatienceMillis) > 0) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    ADD_FAILURE() << "the other side does not hang up";
    return all;
  }
  /// True when the other side hangs up.
  [[nodiscard]] bool is_cut_off() const {
    char buffer[4096];
    pollfd polled{fd_, POLLIN, 0};
    while (::poll(&polled, 1, kPatienceMillis) > 0)
      if (::recv(fd_, buffer, sizeof buffer, 0) <= 0) return true;
    return false;
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace mgc::test
