#include "app/metrics_server.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <list>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "app/host_port.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "transport/socket.hpp"

namespace mgc::app {
namespace {

using std::chrono::steady_clock;
using transport::Socket;

std::string response(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, type, body.size(), body);
}
std::string plain(std::string_view status, std::string_view line) {
  return response(status, "text/plain; charset=utf-8", fmt::format("{}\n", line));
}

/// One request, one answer.
struct Client {
  Socket socket;
  SteadyTime until;
  std::string request;
  std::string answer = {};  ///< what of it was not written yet
  bool over = false;

  [[nodiscard]] short events() const { return answer.empty() ? POLLIN : POLLOUT; }
};

class PollingServer final : public MetricsServer {
 public:
  PollingServer(Socket listener, MetricsSource source)
      : listener_(std::move(listener)),
        port_(transport::local_port(listener_)),
        source_(std::move(source)),
        started_at_(std::chrono::system_clock::now()),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}
  ~PollingServer() override {
    thread_.request_stop();
    wake_.wake();
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}, {listener_.fd(), 0, 0}};
      if (clients_.size() < kConnectionsMax) polled[1].events = POLLIN;
      SteadyTime next = SteadyTime::max();
      for (const Client& client : clients_) {
        polled.push_back({client.socket.fd(), client.events(), 0});
        next = std::min(next, client.until);
      }
      transport::poll_until(polled, next);
      std::size_t index = 2;
      for (Client& client : clients_) {
        if (polled[index++].revents != 0) advance(client);
      }
      const SteadyTime now = steady_clock::now();
      clients_.remove_if([now](const Client& c) { return c.over || now >= c.until; });
      if (polled[1].revents != 0) accept_clients();
    }
  }

  void accept_clients() {
    while (clients_.size() < kConnectionsMax) {
      Socket socket = transport::accept_from(listener_);
      if (socket.fd() < 0) return;
      clients_.push_back({std::move(socket), steady_clock::now() + kPatience, {}});
    }
  }

  void advance(Client& client) {
    if (client.answer.empty()) read(client);
    if (!client.answer.empty()) write(client);
  }

  void read(Client& client) {
    char buffer[4096];
    const auto got = ::recv(client.socket.fd(), buffer, sizeof buffer, 0);
    if (got <= 0) {
      client.over = got == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
    client.request.append(buffer, static_cast<std::size_t>(got));
    if (client.request.find("\r\n\r\n") != std::string::npos) {
      client.answer = answer(client.request);
    } else if (client.request.size() > kRequestBytesMax) {
      client.answer = plain("431 Request Header Fields Too Large", "the request is too large");
    }
  }

  static void write(Client& client) {
    const auto put =
        ::send(client.socket.fd(), client.answer.data(), client.answer.size(), MSG_NOSIGNAL);
    if (put < 0) {
      client.over = errno != EAGAIN && errno != EINTR;
      return;
    }
    client.answer.erase(0, static_cast<std::size_t>(put));
    client.over = client.answer.empty();
  }

  [[nodiscard]] std::string answer(std::string_view request) const {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) {
      return plain("400 Bad Request", "an HTTP/1 request is wanted");
    }
    if (line.substr(0, first) != "GET") return plain("405 Method Not Allowed", "GET is wanted");
    std::string_view path = line.substr(first + 1, second - first - 1);
    path = path.substr(0, path.find('?'));
    if (path == "/metrics") {
      return response("200 OK", "text/plain; version=0.0.4; charset=utf-8", page());
    }
    if (path == "/healthz") return verdict(source_.unhealthy());
    if (path == "/readyz") return verdict(source_.unready());
    return plain("404 Not Found", "/metrics, /healthz and /readyz are here");
  }

  static std::string verdict(const std::optional<std::string>& why) {
    return why ? plain("503 Service Unavailable", *why) : plain("200 OK", "fine");
  }

  [[nodiscard]] std::string page() const {
    MetricsPage page;
    page.gauge("mgc_build_info", "Always 1; what runs here.", 1,
               {{"version", MGC_VERSION}, {"command", source_.command}});
    page.gauge("mgc_start_time_seconds", "When this process started, as Unix time.",
               std::chrono::duration<double>(started_at_.time_since_epoch()).count());
    page.gauge("mgc_ready", "1 while /readyz answers 200.", source_.unready() ? 0 : 1);
    source_.fill(page);
    return page.text();
  }

  const Socket listener_;
  const std::uint16_t port_;
  const MetricsSource source_;
  const std::chrono::system_clock::time_point started_at_;
  const transport::WakeEvent wake_;
  std::list<Client> clients_;  ///< owned by the thread
  std::jthread thread_;        // last: it uses everything above
};

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen,
                                                            MetricsSource source) {
  const auto where = parse_host_port("--metrics", listen);
  if (!where) return where.error();
  const auto addresses = transport::resolve(where->host, where->port);
  if (!addresses) {
    return Error{Action::stop, fmt::format("--metrics {}: {}", listen, addresses.error().message)};
  }
  auto listener = transport::listen_on(addresses->front());
  if (!listener) {
    return Error{Action::stop,
                 fmt::format("--metrics {}: cannot be used ({}); stop the program that has the "
                             "port, or choose another one",
                             listen, listener.error().message)};
  }
  if (!addresses->front().is_loopback()) {
    log_warning("metrics are open to everybody who reaches {}: they have no login and no TLS",
                listen);
  }
  return std::unique_ptr<MetricsServer>(
      std::make_unique<PollingServer>(std::move(*listener), std::move(source)));
}

void add_metrics_flag(CLI::App& command, std::string& listen) {
  command.add_option(
      "--metrics", listen,
      "HOST:PORT of an HTTP endpoint with /metrics (Prometheus), /healthz and /readyz; "
      "port 0 = any free one, which is logged. It has no login: listen on 127.0.0.1. "
      "Empty = none");
}

Result<std::unique_ptr<MetricsServer>> start_metrics(const std::string& listen,
                                                     MetricsSource source) {
  if (listen.empty()) return std::unique_ptr<MetricsServer>();
  auto server = MetricsServer::start(listen, std::move(source));
  if (!server) return server.error();
  log_info("metrics on http://{}:{}/metrics", listen.substr(0, listen.rfind(':')),
           (*server)->port());
  return server;
}

}  // namespace mgc::app
