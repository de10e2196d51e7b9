#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "core/guarded.hpp"

namespace mgc::test {

/// What happens to the request that a CutProxy was told to wait for.
enum class Cut : std::uint8_t {
  request,  ///< it does not arrive, and the connection is closed
  reply,    ///< it arrives; its reply does not, and the connection is closed
  silence,  ///< it does not arrive, and the connection stays as it is, for ever silent
};

/// A TCP connection through this program to a server on 127.0.0.1, which ends when it is told to.
/// A request is what the client sends in one piece. One connection at a time.
class CutProxy {
 public:
  explicit CutProxy(int server_port) : server_port_(server_port), listener_(open_socket()) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("the proxy cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~CutProxy() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// Lets `requests` more through, then does `what` to the next.
  void cut_after(int requests, Cut what) { set_plan({what, requests, {}}); }
  /// Does `what` to the next request that holds `text`.
  void cut_at(const std::string& text, Cut what) { set_plan({what, kNever, text}); }

 private:
  static constexpr int kNever = 1 << 30;
  static constexpr int kTick = 20;  // milliseconds between looks at the stop token

  struct Plan {
    Cut what = Cut::request;
    int requests = kNever;
    std::string text;
  };

  void set_plan(Plan plan) { *plan_.lock() = std::move(plan); }
  /// What is to happen to `request`; nullopt = nothing.
  std::optional<Cut> plan_for(const std::string& request) {
    auto plan = plan_.lock();
    const bool matches = !plan->text.empty() && request.find(plan->text) != std::string::npos;
    if (plan->requests-- == 0 || matches) return plan->what;
    return std::nullopt;
  }

  static int open_socket() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) throw std::runtime_error("no socket");
    return socket;
  }
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  /// What is there to be read; empty at the end.
  static std::string receive(int socket) {
    std::string data(1 << 16, '\0');
    const ssize_t got = ::recv(socket, data.data(), data.size(), 0);
    data.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return data;
  }
  static bool send(int socket, const std::string& data) {
    return ::send(socket, data.data(), data.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(data.size());
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, kTick) <= 0) continue;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = open_socket();
      sockaddr_in address = loopback(server_port_);
      if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        relay(client, server, stop);
      }
      ::close(server);
      ::close(client);
    }
  }

  void relay(int client, int server, const std::stop_token& stop) {
    bool reply_is_cut = false;
    while (!stop.stop_requested()) {
      pollfd sockets[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(sockets, 2, kTick) <= 0) continue;
      if (sockets[1].revents != 0) {
        const std::string reply = receive(server);
        if (reply.empty() || reply_is_cut || !send(client, reply)) return;
      }
      if (sockets[0].revents == 0) continue;
      const std::string request = receive(client);
      if (request.empty()) return;
      const auto cut = plan_for(request);
      if (cut == Cut::silence) {
        while (!stop.stop_requested()) ::poll(nullptr, 0, kTick);
      }
      if (cut && cut != Cut::reply) return;
      reply_is_cut = cut.has_value();
      if (!send(server, request)) return;
    }
  }

  const int server_port_;
  const int listener_;
  int port_ = 0;
  Guarded<Plan> plan_;
  std::jthread thread_;
};

}  // namespace mgc::test
