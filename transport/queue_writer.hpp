#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "spool/queue_store.hpp"
#include "transport/socket.hpp"
#include "transport/thread.hpp"

namespace mgc::transport {

/// Whose delivery an append is, so that it can be accepted once it is durable.
struct AppendTicket {
  std::uint64_t connection = 0;
  std::uint64_t link = 0;
  std::uint64_t delivery = 0;
};

struct QueueEntry;

/// A group of changes. The other vectors run beside those of `change`, entry for entry, and say
/// what the server has to know once it is done.
struct QueueWork {
  spool::QueueChange change;
  std::vector<AppendTicket> tickets;
  std::vector<QueueEntry*> returned_to;
  std::vector<QueueEntry*> moved_from;
  std::vector<QueueEntry*> removed_from;

  [[nodiscard]] bool empty() const;
  /// Adds `other` behind what is here.
  void add(QueueWork other);
  /// Takes the appends out, with their tickets.
  [[nodiscard]] QueueWork take_appends();
};

/// A group that was applied, or that failed as a whole.
struct QueueDone {
  QueueWork work;
  std::vector<std::int64_t> positions;  ///< of the appends
  std::optional<Error> error;
};

/// The thread that makes changes durable: all that came while the last fsync ran goes into the next
/// one, so the time of an fsync is shared by more messages the busier the queue is.
///
/// Threads:   submit() and take_done(): the server's thread. One thread of its own for the store.
/// Ownership: `store` and `done` outlive it.
class QueueWriter {
 public:
  QueueWriter(spool::QueueStore& store, const WakeEvent& done);
  /// Applies what was submitted, then joins.
  ~QueueWriter();

  void submit(QueueWork work);
  /// What was done since the last time, in order. `done` is woken for each.
  [[nodiscard]] std::vector<QueueDone> take_done();
  /// True when everything that was submitted has been done and taken.
  [[nodiscard]] bool idle();
  /// Since when the store has been writing; nullopt while it does not. Threads: any.
  [[nodiscard]] std::optional<SteadyTime> writing_since() { return state_.lock()->writing_since; }

 private:
  struct State {
    QueueWork waiting;
    std::vector<QueueDone> done;
    std::optional<SteadyTime> writing_since;
    bool stopping = false;
  };

  void run();
  [[nodiscard]] QueueDone apply(QueueWork work);

  spool::QueueStore& store_;
  const WakeEvent& done_;
  Guarded<State> state_;
  Thread thread_;  ///< last: it uses everything above
};

}  // namespace mgc::transport
