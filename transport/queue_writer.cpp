#include "transport/queue_writer.hpp"

#include <iterator>
#include <string>
#include <utility>

#include "core/failpoint.hpp"

namespace mgc::transport {
namespace {

/// SQLite needs far less; this is what a thread usually gets.
constexpr std::size_t kStackBytes = std::size_t{8} * 1024 * 1024;

template <typename T>
void move_behind(std::vector<T>& items, std::vector<T> more) {
  if (items.empty()) {
    items = std::move(more);
  } else {
    items.insert(items.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
}

}  // namespace

bool QueueWork::empty() const {
  return change.appends.empty() && change.returned.empty() && change.moves.empty() &&
         change.removals.empty();
}

void QueueWork::add(QueueWork other) {
  move_behind(change.appends, std::move(other.change.appends));
  move_behind(change.returned, std::move(other.change.returned));
  move_behind(change.moves, std::move(other.change.moves));
  move_behind(change.removals, std::move(other.change.removals));
  move_behind(tickets, std::move(other.tickets));
  move_behind(returned_to, std::move(other.returned_to));
  move_behind(moved_from, std::move(other.moved_from));
  move_behind(removed_from, std::move(other.removed_from));
}

QueueWork QueueWork::take_appends() {
  QueueWork taken;
  taken.change.appends = std::exchange(change.appends, {});
  taken.tickets = std::exchange(tickets, {});
  return taken;
}

QueueWriter::QueueWriter(spool::QueueStore& store, const WakeEvent& done)
    : store_(store), done_(done), thread_(kStackBytes, [this] { run(); }) {}

QueueWriter::~QueueWriter() {
  auto state = state_.lock();
  state->stopping = true;
  state.notify_all();
}

void QueueWriter::submit(QueueWork work) {
  auto state = state_.lock();
  state->waiting.add(std::move(work));
  state.notify_all();
}

std::vector<QueueDone> QueueWriter::take_done() { return std::exchange(state_.lock()->done, {}); }

bool QueueWriter::idle() {
  auto state = state_.lock();
  return !state->writing_since && state->waiting.empty() && state->done.empty();
}

void QueueWriter::run() {
  while (true) {
    QueueWork work;
    {
      auto state = state_.lock();
      state.wait([](const State& s) { return s.stopping || !s.waiting.empty(); });
      if (state->waiting.empty()) return;
      work = std::exchange(state->waiting, {});
      state->writing_since = std::chrono::steady_clock::now();
    }
    QueueDone done = apply(std::move(work));
    {
      auto state = state_.lock();
      state->done.push_back(std::move(done));
      state->writing_since.reset();
    }
    done_.wake();
  }
}

QueueDone QueueWriter::apply(QueueWork work) {
  QueueDone done;
  done.work = std::move(work);
  if (reach_failpoint("queue.disk_full") == Failure::error) {
    done.error = Error{Action::retry, "the disk is full (failure point)"};
    return done;
  }
  auto applied = store_.apply(done.work.change);
  if (applied) {
    done.positions = std::move(*applied);
  } else {
    done.error = applied.error();
  }
  return done;
}

}  // namespace mgc::transport
