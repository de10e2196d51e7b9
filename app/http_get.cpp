#include "app/http_get.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "core/utf8.hpp"
#include "transport/socket.hpp"

namespace mgc::app {
namespace {

using std::chrono::steady_clock;
using transport::Socket;

Error away(std::string_view why) { return Error{Action::reconnect, std::string(why)}; }

/// False when `deadline` came first.
bool wait_for(const Socket& socket, short events, SteadyTime deadline) {
  std::vector<pollfd> polled = {{socket.fd(), events, 0}};
  while (polled[0].revents == 0 && steady_clock::now() < deadline) {
    transport::poll_until(polled, deadline);
  }
  return polled[0].revents != 0;
}

Result<Socket> connect_to(const HostPort& where, SteadyTime deadline) {
  const auto addresses = transport::resolve(where.host, where.port);
  if (!addresses) return addresses.error();
  Error last = away("it has no address");
  for (const transport::SocketAddress& address : *addresses) {
    auto socket = transport::start_connect(address);
    if (!socket) {
      last = socket.error();
      continue;
    }
    if (!wait_for(*socket, POLLOUT, deadline)) return away("it does not answer in time");
    const int error = transport::connect_error(*socket);
    if (error == 0) return socket;
    last = away(transport::error_text(error));
  }
  return last;
}

Result<void> send_all(const Socket& socket, std::string_view text, SteadyTime deadline) {
  while (!text.empty()) {
    if (!wait_for(socket, POLLOUT, deadline)) return away("it does not answer in time");
    const auto put = ::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN && errno != EINTR) return away(transport::error_text(errno));
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<std::string> read_all(const Socket& socket, std::size_t bytes_max, SteadyTime deadline) {
  std::string answer;
  char buffer[16 * 1024];
  for (;;) {
    if (!wait_for(socket, POLLIN, deadline)) return away("it does not answer in time");
    const auto got = ::recv(socket.fd(), buffer, sizeof buffer, 0);
    if (got == 0) return answer;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return away(transport::error_text(errno));
    if (got < 0) continue;
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > bytes_max) {
      return away(fmt::format("its answer is larger than {} bytes", bytes_max));
    }
  }
}

}  // namespace

Result<HttpUrl> parse_http_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = url;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(authority.size());
  const auto where = parse_host_port("endpoint", authority);
  // A blank or a line end would begin another header.
  const bool plain = path.find_first_of(" \t\r\n") == std::string_view::npos;
  if (!where || !plain || where->host.find_first_of(" \t\r\n@") != std::string::npos) {
    return Error{Action::stop,
                 fmt::format("endpoint {}: http://HOST:PORT is wanted", printable(url))};
  }
  return HttpUrl{*where, path.empty() || path == "/" ? "/metrics" : std::string(path)};
}

Result<std::string> http_get(const HttpUrl& url, const HttpLimits& limits) {
  const SteadyTime deadline = steady_clock::now() + limits.timeout;
  const auto socket = connect_to(url.where, deadline);
  if (!socket) return socket.error();
  const std::string request =
      fmt::format("GET {} HTTP/1.0\r\nHost: {}:{}\r\nAccept: text/plain\r\n\r\n", url.path,
                  url.where.host, url.where.port);
  if (auto sent = send_all(*socket, request, deadline); !sent) return sent.error();
  auto answer = read_all(*socket, limits.bytes_max, deadline);
  if (!answer) return answer;
  const auto body = answer->find("\r\n\r\n");
  const std::string status = answer->substr(0, answer->find("\r\n"));
  if (body == std::string::npos || !status.starts_with("HTTP/1.")) {
    return away("its answer is not HTTP");
  }
  if (status.find(" 200") != std::string("HTTP/1.1").size()) {
    return away(printable(status.substr(0, 100)));
  }
  return answer->substr(body + 4);
}

}  // namespace mgc::app
