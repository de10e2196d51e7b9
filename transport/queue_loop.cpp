#include "transport/queue_loop.hpp"

#include <algorithm>
#include <utility>

#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "transport/queue_status.hpp"

namespace mgc::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kConnectionsMax = 500;  // below the usual limit of 1024 open files
/// After a full disk: how long no credit is given before the store is tried again.
constexpr milliseconds kPause{1'000};
/// At the latest: who watches the queue wants to see that its thread lives.
constexpr std::chrono::seconds kTurn{10};
/// What a stop may take: to write what is in hand, and to say goodbye.
constexpr milliseconds kWriteTimeout{5'000};
constexpr milliseconds kCloseTimeout{1'000};

}  // namespace

QueueLoop::QueueLoop(const QueueServerOptions& options, spool::QueueStore& store,
                     const Clock& clock, Socket listener, std::optional<TlsContext> tls)
    : store_(store),
      clock_(clock),
      listener_(std::move(listener)),
      tls_(std::move(tls)),
      board_(options, store),
      writer_(store, wake_) {}

void QueueLoop::stop() {
  shared_.lock()->stopping = true;
  wake_.wake();
}

std::vector<AddressStatus> QueueLoop::status() {
  const auto consumers = std::map<std::string, std::uint64_t>(shared_.lock()->consumers);
  return combine_status(store_.stats(), consumers, clock_.utc_now());
}

QueueCounts QueueLoop::counts() {
  QueueCounts counts = shared_.lock()->counts;
  counts.writing_since = writer_.writing_since();
  return counts;
}

bool QueueLoop::over() {
  auto shared = shared_.lock();
  return shared->stopping || shared->failure.has_value();
}

void QueueLoop::fail(Error error) {
  log_error("the queue stops serving: {}", error.message);
  shared_.lock()->failure = std::move(error);
}

void QueueLoop::run() {
  try {
    serve();
  } catch (const std::exception& error) {
    fail(Error{Action::stop, std::string("the queue server failed: ") + error.what()});
  }
}

void QueueLoop::serve() {
  while (!over()) {
    turn();
    const SteadyTime next = next_check();
    const bool idle = !board_.due() && (board_.work().empty() || board_.paused());
    wait(idle ? next : steady_clock::now(), true);
  }
  finish();
}

void QueueLoop::turn() {
  if (board_.paused() && steady_clock::now() >= paused_until_) {
    board_.set_paused(false);
    stuck_ = false;
    board_.give_credit();
  }
  take_done();
  advance_connections();
  auto delivered = board_.deliver();
  if (!delivered && delivered.error().action == Action::stop) fail(delivered.error());
  advance_connections();
  submit();
  publish();
}

// In a pause what was sent waits, but what empties the queue does not: it must not share the fate
// of messages that there is no room for.
void QueueLoop::submit() {
  if (stuck_) return;
  QueueWork waiting;
  if (board_.paused()) waiting = board_.work().take_appends();
  QueueWork work = std::exchange(board_.work(), std::move(waiting));
  if (!work.empty()) writer_.submit(std::move(work));
}

void QueueLoop::advance_connections() {
  std::erase_if(connections_, [](const auto& item) { return !item.second->advance(); });
}

void QueueLoop::publish() {
  counts_.connections = connections_.size();
  counts_.paused = board_.paused();
  counts_.turned_at = steady_clock::now();
  auto shared = shared_.lock();
  shared->counts = counts_;
  if (published_ == board_.outlet_changes()) return;
  published_ = board_.outlet_changes();
  shared->consumers = board_.consumers();
}

SteadyTime QueueLoop::next_check() {
  const auto now = steady_clock::now();
  SteadyTime next = board_.paused() ? paused_until_ : now + kTurn;
  for (const auto& [number, connection] : connections_)
    next = std::min(next, connection->check(now));
  return next;
}

void QueueLoop::wait(SteadyTime deadline, bool accepting) {
  std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}, {listener_.fd(), 0, 0}};
  if (accepting && connections_.size() < kConnectionsMax) polled[1].events = POLLIN;
  for (const auto& [number, connection] : connections_)
    polled.push_back({connection->fd(), connection->events(), 0});
  poll_until(polled, deadline);
  if (polled[0].revents != 0) wake_.clear();
  std::size_t index = 2;
  for (const auto& [number, connection] : connections_) connection->read(polled[index++].revents);
  if (polled[1].revents != 0) accept_connections();
}

void QueueLoop::accept_connections() {
  while (connections_.size() < kConnectionsMax) {
    Socket socket = accept_from(listener_);
    if (socket.fd() < 0) return;
    const std::uint64_t number = ++number_;
    std::optional<TlsSession> tls;
    if (tls_) tls.emplace(*tls_, "");
    connections_.emplace(
        number, std::make_unique<QueueConnection>(std::move(socket), std::move(tls), number, board_,
                                                  [this] { return encode_status(status()); }));
  }
}

void QueueLoop::take_done() {
  for (QueueDone& done : writer_.take_done()) take_done(done);
}

void QueueLoop::take_done(QueueDone& done) {
  if (done.error) return take_failure(done);
  // A point between "durable" and "accepted": the client will send the message again.
  take_appends(done, reach_failpoint("queue.before_accept") == Failure::none);
  const QueueWork& work = done.work;
  counts_.returned += work.change.returned.size();
  counts_.dead += work.change.moves.size();
  counts_.consumed += work.change.removals.size();
  for (std::size_t i = 0; i < work.change.returned.size(); ++i) {
    work.returned_to[i]->address.returned(work.change.returned[i]);
    board_.make_due(*work.returned_to[i]);
  }
  for (std::size_t i = 0; i < work.change.moves.size(); ++i) {
    QueueEntry& target = board_.entry(work.change.moves[i].address);
    target.address.moved_in(work.moved_from[i]->address.removed(work.change.moves[i].position));
    board_.make_due(target);
    QueueBoard::give_credit(*work.moved_from[i]);
  }
  QueueEntry* last = nullptr;
  for (std::size_t i = 0; i < work.change.removals.size(); ++i) {
    QueueEntry* entry = work.removed_from[i];
    entry->address.removed(work.change.removals[i]);
    if (last != nullptr && last != entry) QueueBoard::give_credit(*last);
    last = entry;
  }
  if (last != nullptr) QueueBoard::give_credit(*last);
}

void QueueLoop::take_appends(QueueDone& done, bool durable) {
  (done.error ? counts_.released : counts_.accepted) += done.work.tickets.size();
  QueueEntry* entry = nullptr;  // the one of the message before, nearly always the same
  QueueIntake* intake = nullptr;
  AppendTicket last;
  for (std::size_t i = 0; i < done.work.tickets.size(); ++i) {
    const AppendTicket& ticket = done.work.tickets[i];
    if (!done.error) {
      auto& append = done.work.change.appends[i];
      if (entry == nullptr || entry->address.name() != append.address)
        entry = &board_.entry(append.address);
      const bool consumed = !entry->outlets.empty();
      entry->address.appended(done.positions[i], std::move(append.encoded), consumed);
      if (consumed) board_.make_due(*entry);
    }
    if (i == 0 || ticket.connection != last.connection || ticket.link != last.link) {
      if (intake != nullptr) intake->give_credit();
      const auto found = connections_.find(ticket.connection);
      intake = found == connections_.end() ? nullptr : found->second->intake(ticket.link);
      last = ticket;
    }
    if (intake != nullptr) intake->settle(ticket.delivery, durable);
  }
  if (intake != nullptr) intake->give_credit();
}

void QueueLoop::take_failure(QueueDone& done) {
  if (done.error->action != Action::retry) return fail(*done.error);
  log_warning("the queue takes no messages for now: {}", done.error->message);
  board_.set_paused(true);
  paused_until_ = steady_clock::now() + kPause;
  if (done.work.tickets.empty()) stuck_ = true;
  take_appends(done, false);  // released: the senders keep them and send them again
  static_cast<void>(done.work.take_appends());
  // The rest is tried again: by itself at once, and if that was what failed, after the pause.
  board_.work().add(std::move(done.work));
}

// What was accepted by consumers is written, what was sent by producers is accepted, and what is
// unsettled goes back with a higher delivery count, as if the consumers had gone.
void QueueLoop::finish() {
  const bool failed = shared_.lock()->failure.has_value();
  const auto written_by = steady_clock::now() + kWriteTimeout;
  board_.set_paused(true);  // no more credit
  if (!board_.work().empty() && !failed) writer_.submit(std::exchange(board_.work(), {}));
  while (!failed && !writer_.idle() && steady_clock::now() < written_by) {
    std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}};
    poll_until(polled, written_by);
    wake_.clear();
    take_done();
  }
  for (const auto& [number, connection] : connections_)
    connection->close("amqp:connection:forced", "the queue is being stopped");
  const auto closed_by = steady_clock::now() + kCloseTimeout;
  advance_connections();
  while (!connections_.empty() && steady_clock::now() < closed_by) {
    wait(closed_by, false);
    advance_connections();
  }
  connections_.clear();
  if (!board_.work().empty() && !failed) writer_.submit(std::exchange(board_.work(), {}));
}

}  // namespace mgc::transport
