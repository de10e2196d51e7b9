#include "transport/client_connection.hpp"

#include <fmt/format.h>
#include <proton/link.h>
#include <proton/terminus.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <proton/connection.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>
#include <proton/session.hpp>
#include <proton/source.hpp>
#include <proton/symbol.hpp>
#include <proton/target.hpp>
#include <proton/value.hpp>

#include "core/log.hpp"
#include "core/password_file.hpp"
#include "core/utf8.hpp"
#include "transport/queue_server.hpp"
#include "transport/tls_fault.hpp"
#include "transport/unwrap.hpp"

namespace mgc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a connection may take to say goodbye.
constexpr milliseconds kCloseTimeout{1'000};
/// RabbitMQ's largest message. Proton has no limit of its own on a message that comes in parts.
constexpr std::size_t kPartialBytesMax = std::size_t{128} * 1024 * 1024;
/// As good as an answer when the broker's machine has taken so much more: a pack may take longer
/// than the watchdog to be sent. Far above the heartbeats of a connection that is stuck.
constexpr std::uint64_t kProgressBytes = 1024;

}  // namespace

void ClientLink::on_connection_open(proton::connection& connection) {
  const auto properties = connection.properties();
  const auto product = properties.find("product");
  const bool said = product != properties.end() && product->second.type() == proton::STRING;
  kind_ =
      broker_kind(connection.container_id(), said ? proton::get<std::string>(product->second) : "");
  attach(connection, kind_);
}

void ClientLink::on_receiver_open(proton::receiver& receiver) {
  pn_link_t* const raw = Unwrap<proton::receiver>::of(receiver);
  const std::string got = receiver.source().address();
  const bool ours = is_ours(receiver, pn_terminus_get_address(pn_link_source(raw)), got);
  if (ours && !got.empty()) receiver_agreed(receiver);
}

void ClientLink::on_sender_open(proton::sender& sender) {
  pn_link_t* const raw = Unwrap<proton::sender>::of(sender);
  const std::string got = sender.target().address();
  const bool ours = is_ours(sender, pn_terminus_get_address(pn_link_target(raw)), got);
  if (ours && !got.empty()) sender_agreed(sender);
}

// One changed byte of an attach makes a link that nobody here opened, of another name or in the
// other role, or one of another queue. The binding would give the first credit and accept what
// comes on it before anybody has stored it; closed, it releases that.
bool ClientLink::is_ours(proton::link& link, const char* wanted, const std::string& got) {
  // Brokers that are not known may write an address in another way.
  const bool compare = kind_ != BrokerKind::other && !got.empty() && wanted && *wanted != '\0';
  const bool other_queue = compare && got != wanted;
  if (!link.uninitialized() && !other_queue) return true;
  link.close();
  on_error(proton::error_condition(
      "mgc:foreign-link",
      fmt::format("the broker attached a link to '{}', which was not asked for", printable(got))));
  return false;
}

ClientConnection::ClientConnection(BrokerOptions options, std::vector<BrokerUrl> urls,
                                   ClientLink& link, std::shared_ptr<WakeEvent> wake)
    : options_(std::move(options)),
      urls_(std::move(urls)),
      link_(link),
      wake_(std::move(wake)),
      backoff_(options_.reconnect_first, options_.reconnect_max, random_seed()),
      thread_(kConnectionStackBytes, [this] { run(); }) {}

ClientConnection::~ClientConnection() {
  state_.lock()->stopping = true;
  wake();
}

std::string ClientConnection::peer() const { return fmt::format("{}:{}", url().host, url().port); }

Result<void> ClientConnection::wait_open(SteadyTime deadline) {
  auto state = state_.lock();
  state.wait_until(deadline, [](const State& s) { return s.open || s.missing; });
  if (state->open) return {};
  return Error{state->missing ? Action::stop : Action::reconnect, state->cause};
}

void ClientConnection::opened() {
  // A broker that does not take a certificate as a login may let us in as anybody.
  if (!options_.client_certificate.empty() && options_.user.empty() &&
      io_->mechanism() != "EXTERNAL" && io_->connection().container_id() != kQueueContainer) {
    return fail(
        "the broker does not take the client certificate as a login; switch its mechanism "
        "EXTERNAL on, or give a user with a password file");
  }
  opened_at_ = steady_clock::now();
  progress();
  auto state = state_.lock();
  state->open = true;
  state.notify_all();
}

void ClientConnection::fail(const std::string& cause) {
  if (failure_.empty()) failure_ = cause;
}

void ClientConnection::fail_and_stay(const std::string& cause) {
  stay_ = true;
  fail(cause);
}

void ClientConnection::fail(const proton::error_condition& error, const std::string& address) {
  const bool gone = error.name() == "amqp:not-found" || error.name() == "amqp:resource-deleted";
  if (!gone) return fail(error.what());
  missing_ = true;
  fail(missing_queue(address, peer(), error.description()));
}

void ClientConnection::run() {
  std::string last_cause;
  std::string causes;  // of this round
  std::size_t failed = 0;
  std::size_t missing = 0;
  while (!stopping()) {
    opened_at_.reset();
    missing_ = stay_ = false;
    if (last_cause.empty()) say_waiting(causes);
    const std::string one_cause = run_once();
    // One that is shown out as soon as it is in has not got in.
    const bool worked = opened_at_ && steady_clock::now() - *opened_at_ >= options_.reconnect_max;
    if (worked) causes.clear();
    failed = worked ? 0 : failed + (stay_ ? 0 : 1);
    missing = worked ? 0 : missing + (missing_ ? 1 : 0);
    causes += (causes.empty() ? "" : "; ") + one_cause;
    const std::string cause = causes;
    {
      auto state = state_.lock();
      state->open = false;
      state->missing = missing == urls_.size();
      state->cause = cause;
      state.notify_all();
    }
    link_.lost(cause);
    io_.reset();  // after the link has let go of what belongs to it
    if (stopping()) return;
    // The same trouble again and again is one line, not one line for every attempt.
    if (worked) {
      log_warning("{}; trying again", cause);
      last_cause.clear();
      backoff_.reset();
      continue;  // at once: its successor may be there already
    }
    if (stay_) continue;
    current_ = (current_ + 1) % urls_.size();
    if (failed < urls_.size()) continue;
    if (cause != last_cause) log_warning("{}; trying again", cause);
    last_cause = cause;
    causes.clear();
    failed = missing = 0;
    pause(backoff_.next());
  }
}

void ClientConnection::say_waiting(const std::string& causes) {
  state_.lock()->cause =
      fmt::format("{}{}no answer from {} yet; is the broker running, and is this its port?", causes,
                  causes.empty() ? "" : "; ", peer());
}

std::string ClientConnection::run_once() {
  failure_.clear();
  closing_.reset();
  taken_bytes_ = 0;
  try {
    auto socket = connect();
    if (!socket) return socket.error().message;
    auto tls = start_tls();
    if (!tls) return tls.error().message;
    const auto login = options();
    if (!login) return login.error().message;
    io_.emplace(std::move(*socket), std::move(*tls));
    io_->set_intake([this] { link_.bytes_came(); }, [this] { return link_.takes_in(); });
    io_->start_client(*login);
    progress();
    ++number_;
    serve(*io_);
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return fmt::format("connection to {} ended: {}", peer(),
                     failure_.empty() && io_ ? io_->cause() : connection_fault(failure_));
}

Result<Socket> ClientConnection::connect() {
  std::string why = "no address";
  auto addresses = resolve(url().host, url().port);
  if (!addresses) why = addresses.error().message;
  for (const SocketAddress& address : addresses ? *addresses : std::vector<SocketAddress>{}) {
    auto socket = start_connect(address);
    // One that does not answer must not take the time of the next.
    const auto deadline = steady_clock::now() + options_.connect_timeout;
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

Result<std::optional<TlsSession>> ClientConnection::start_tls() const {
  if (url().scheme != "amqps") return std::optional<TlsSession>();
  // Read anew each time, so that renewed certificates need no restart.
  const auto context =
      TlsContext::client({options_.ca_file, options_.client_certificate, options_.client_key});
  if (!context) return context.error();
  return std::optional<TlsSession>(std::in_place, *context, url().host);
}

Result<proton::connection_options> ClientConnection::options() const {
  proton::connection_options options(link_);
  options.container_id(options_.client)
      .virtual_host(url().host)
      .sasl_enabled(true)
      .idle_timeout(proton::duration(options_.idle_timeout.count()))
      .max_frame_size(options_.frame_bytes_max);
  if (!options_.user.empty()) {
    auto password = read_password(options_.password_file);
    if (!password) return password.error();
    // "Insecure" to Proton, which does not know of our TLS: check_broker() wants amqps:// here.
    options.user(options_.user)
        .password(*password)
        .sasl_allowed_mechs("PLAIN")
        .sasl_allow_insecure_mechs(true);
  } else if (!options_.client_certificate.empty()) {
    // The embedded queue has looked at the certificate in TLS and offers ANONYMOUS only; with other
    // brokers opened() insists on EXTERNAL.
    options.sasl_allowed_mechs("EXTERNAL ANONYMOUS");
  } else {
    options.sasl_allowed_mechs("ANONYMOUS");
  }
  return options;
}

void ClientConnection::serve(ConnectionIo& io) {
  while (io.advance()) {
    const SteadyTime wanted = std::min(link_.end_turn(), next_turn(io));
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

SteadyTime ClientConnection::next_turn(ConnectionIo& io) {
  const auto now = steady_clock::now();
  SteadyTime next = io.tick(now);
  if (io.partial_bytes() > kPartialBytesMax) fail("a message is larger than 128 MiB");
  if (stopping()) next = std::min(next, say_goodbye(io, now));
  if (link_.awaits_broker()) {
    if (now >= progress_at_ + options_.watchdog) {
      // Looked at only now, so that it costs nothing while answers come.
      const std::uint64_t taken = io.acknowledged_bytes();
      if (taken < taken_bytes_ + kProgressBytes) {
        fail(fmt::format("no progress for {} ms", options_.watchdog.count()));
      }
      taken_bytes_ = taken;
      progress();
    }
    next = std::min(next, progress_at_ + options_.watchdog);
  }
  return next;
}

// The sessions end first, and have to be over before the connection is closed. RabbitMQ 3.10 over
// TLS can miss the end of a connection that it has agreed to close, and then keeps what is left of
// it for ever, with the messages that such a session holds (rabbit_amqp1_0_reader).
SteadyTime ClientConnection::say_goodbye(ConnectionIo& io, SteadyTime now) {
  proton::connection connection = io.connection();
  if (!closing_) {
    link_.work();  // what was handed in before the stop is still said
    closing_ = now + kCloseTimeout;
    for (proton::session session : connection.sessions()) session.close();
    return now;
  }
  if (now >= *closing_) {
    fail("the broker did not answer the close");
    return now;
  }
  bool open = false;
  for (const proton::session session : connection.sessions()) open |= !session.closed();
  if (open || !connection.active()) return *closing_;
  connection.close();
  return now;
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
