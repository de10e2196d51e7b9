#include "transport/client_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <proton/connection.hpp>
#include <proton/ssl.hpp>

#include "core/log.hpp"

namespace mgc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a connection may take to say goodbye.
constexpr milliseconds kCloseTimeout{1'000};
/// RabbitMQ's largest message. Proton has no limit of its own on a message that comes in parts.
constexpr std::size_t kPartialBytesMax = std::size_t{128} * 1024 * 1024;

}  // namespace

ClientConnection::ClientConnection(BrokerOptions options, BrokerUrl url, ClientLink& link,
                                   std::shared_ptr<WakeEvent> wake)
    : options_(std::move(options)),
      url_(std::move(url)),
      link_(link),
      wake_(std::move(wake)),
      backoff_(options_.reconnect_first, options_.reconnect_max, random_seed()),
      thread_(kConnectionStackBytes, [this] { run(); }) {}

ClientConnection::~ClientConnection() {
  state_.lock()->stopping = true;
  wake();
}

std::string ClientConnection::peer() const { return fmt::format("{}:{}", url_.host, url_.port); }

Result<void> ClientConnection::wait_open(SteadyTime deadline) {
  auto state = state_.lock();
  if (state.wait_until(deadline, [](const State& s) { return s.open; })) return {};
  return Error{Action::reconnect, state->cause};
}

void ClientConnection::opened() {
  backoff_.reset();
  progress();
  auto state = state_.lock();
  state->open = true;
  state.notify_all();
}

void ClientConnection::fail(const std::string& cause) {
  if (failure_.empty()) failure_ = cause;
}

void ClientConnection::run() {
  std::string last_cause;
  while (!stopping()) {
    const std::string cause = run_once();
    {
      auto state = state_.lock();
      state->open = false;
      state->cause = cause;
    }
    link_.lost(cause);
    io_.reset();  // after the link has let go of what belongs to it
    if (stopping()) return;
    // The same trouble again and again is one line, not one line for every attempt.
    if (cause != last_cause) log_warning("{}; trying again", cause);
    last_cause = cause;
    pause(backoff_.next());
  }
}

std::string ClientConnection::run_once() {
  failure_.clear();
  try {
    auto socket = connect();
    if (!socket) return socket.error().message;
    io_.emplace(std::move(*socket));
    io_->start_client(options());
    progress();
    link_.attach(io_->connection(), ++number_);
    serve(*io_);
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return fmt::format("connection to {} ended: {}", peer(),
                     failure_.empty() && io_ ? io_->cause() : failure_);
}

Result<Socket> ClientConnection::connect() {
  const auto deadline = steady_clock::now() + options_.watchdog;
  std::string why = "no address";
  auto addresses = resolve(url_.host, url_.port);
  if (!addresses) why = addresses.error().message;
  for (const SocketAddress& address : addresses ? *addresses : std::vector<SocketAddress>{}) {
    auto socket = start_connect(address);
    const int error = socket ? await_connect(*socket, deadline) : 0;
    if (socket && error == 0) return socket;
    why = socket ? error_text(error) : socket.error().message;
  }
  return Error{Action::reconnect,
               fmt::format("no broker at {} ({}); start one with `mgc queue`, or name another one "
                           "with --broker",
                           peer(), why)};
}

int ClientConnection::await_connect(const Socket& socket, SteadyTime deadline) {
  std::vector<pollfd> polled = {{socket.fd(), POLLOUT, 0}, {wake_->fd(), POLLIN, 0}};
  while (steady_clock::now() < deadline) {
    poll_until(polled, deadline);
    if (polled[0].revents != 0) return connect_error(socket);
    wake_->clear();
    if (stopping()) return ECANCELED;
    link_.work();
  }
  return ETIMEDOUT;
}

proton::connection_options ClientConnection::options() const {
  proton::connection_options options(link_);
  options.container_id(options_.client)
      .virtual_host(url_.host)
      .sasl_enabled(true)
      .sasl_allowed_mechs("ANONYMOUS")
      .idle_timeout(proton::duration(static_cast<std::uint64_t>(options_.idle_timeout.count())))
      .max_frame_size(options_.frame_bytes_max);
  // The default of ssl_client_options verifies the chain and the host name; nothing weaker is set.
  if (url_.scheme == "amqps") options.ssl_client_options(proton::ssl_client_options());
  return options;
}

void ClientConnection::serve(ConnectionIo& io) {
  std::optional<SteadyTime> closing;
  while (io.advance()) {
    const SteadyTime wanted = std::min(link_.end_turn(), next_turn(io, closing));
    if (!failure_.empty()) {
      io.abort("mgc:failed", failure_);
      if (!io.advance()) return;
    }
    std::vector<pollfd> polled = {{io.fd(), io.events(), 0}, {wake_->fd(), POLLIN, 0}};
    poll_until(polled, wanted);
    io.read(polled[0].revents);
    if (polled[1].revents == 0) continue;
    wake_->clear();
    link_.work();
  }
}

SteadyTime ClientConnection::next_turn(ConnectionIo& io, std::optional<SteadyTime>& closing) {
  const auto now = steady_clock::now();
  SteadyTime next = io.tick(now);
  if (io.partial_bytes() > kPartialBytesMax) fail("a message is larger than 128 MiB");
  if (stopping() && !closing) {
    link_.work();  // what was handed in before the stop is still said
    closing = now + kCloseTimeout;
    io.connection().close();
    next = now;
  }
  if (closing) {
    if (now >= *closing) fail("the broker did not answer the close");
    next = std::min(next, *closing);
  }
  if (link_.awaits_broker()) {
    const auto limit = progress_at_ + options_.watchdog;
    if (now >= limit) fail(fmt::format("no progress for {} s", options_.watchdog.count() / 1'000));
    next = std::min(next, limit);
  }
  return next;
}

void ClientConnection::pause(milliseconds delay) {
  const auto until = steady_clock::now() + delay;
  std::vector<pollfd> polled = {{wake_->fd(), POLLIN, 0}};
  while (!stopping() && steady_clock::now() < until) {
    poll_until(polled, until);
    wake_->clear();
    link_.work();  // settles what can no longer be settled, answers a waiting flush
  }
}

}  // namespace mgc::transport
