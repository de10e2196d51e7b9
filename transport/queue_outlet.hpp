#pragma once

#include <cstdint>
#include <deque>
#include <proton/sender.hpp>

#include "transport/queue_board.hpp"

namespace mgc::transport {

/// What a consumer said of a delivery.
enum class Verdict : std::uint8_t {
  accepted,  ///< removed from the queue
  rejected,  ///< moved to ADDRESS.dead
  returned,  ///< handed out again, with a higher delivery count
};

/// A link by which a client consumes an address.
///
/// Threads: the server's. Ownership: `board` outlives it; it takes itself off the board, and
/// returns what was not settled.
class QueueOutlet {
 public:
  QueueOutlet(QueueBoard& board, QueueEntry& entry, proton::sender link);
  ~QueueOutlet();
  QueueOutlet(const QueueOutlet&) = delete;
  QueueOutlet& operator=(const QueueOutlet&) = delete;

  [[nodiscard]] const proton::sender& link() const { return link_; }
  [[nodiscard]] bool has_credit() const { return link_.credit() > 0; }
  /// So much waits for the socket that more would only fill memory.
  [[nodiscard]] bool congested() const;

  void hand_out(const spool::QueuedMessage& message);
  void settle(std::uint64_t delivery, Verdict verdict);
  /// The client gave more credit, or asked to drain it.
  void credit_changed() { board_.make_due(entry_); }
  /// Nothing more is there: a client that drains gets its credit back.
  void end_drain();

 private:
  struct InFlight {
    std::int64_t position = 0;
    bool settled = false;
  };

  void record(std::int64_t position, Verdict verdict);

  QueueBoard& board_;
  QueueEntry& entry_;
  proton::sender link_;
  std::uint64_t first_ = 0;  ///< number of in_flight_.front()
  std::deque<InFlight> in_flight_;
};

}  // namespace mgc::transport
