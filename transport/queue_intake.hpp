#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <proton/delivery.hpp>
#include <proton/receiver.hpp>

#include "transport/queue_board.hpp"

namespace proton {
class message;
}

namespace mgc::transport {

/// A link by which a client sends to an address. A message is accepted only after it is durable.
///
/// Threads: the server's. Ownership: `board` outlives it; it takes itself off the board.
class QueueIntake {
 public:
  QueueIntake(QueueBoard& board, QueueEntry& entry, proton::receiver link, AppendTicket identity);
  ~QueueIntake();
  QueueIntake(const QueueIntake&) = delete;
  QueueIntake& operator=(const QueueIntake&) = delete;

  [[nodiscard]] const proton::receiver& link() const { return link_; }
  [[nodiscard]] std::uint64_t number() const { return identity_.link; }

  /// Puts the message into the board's work, or rejects it when it is too large.
  void take(const proton::delivery& delivery, const proton::message& message);
  /// The append of `delivery` is durable (accept), or failed for now (release).
  void settle(std::uint64_t delivery, bool durable);
  /// Credit by the size of messages seen, by the quota, and none while the board is paused.
  void give_credit();

 private:
  void forget(std::optional<proton::delivery>& pending);

  QueueBoard& board_;
  QueueEntry& entry_;
  proton::receiver link_;
  const AppendTicket identity_;
  std::uint64_t promised_ = 0;  ///< credit given, less the messages that were settled
  std::size_t largest_;         ///< recent message size, in bytes
  std::uint64_t first_ = 0;     ///< number of pending_.front()
  std::deque<std::optional<proton::delivery>> pending_;
};

}  // namespace mgc::transport
