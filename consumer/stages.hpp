#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>

#include "consumer/decode.hpp"
#include "core/bounded_queue.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {

/// The two stages between the broker and the writer: intake (the receiver's thread) puts
/// deliveries in, the decode thread turns each into a record, in order.
///
/// Threads:   take_in() on the receiver's thread, next() on the writer's; owns the decode thread.
/// Ownership: deliveries that are still inside when it is destroyed are released to the broker.
/// Errors:    none. Memory: at most 2 * credit_max deliveries in both stages together, because
///            credit bounds them and a reconnect can bring each of them once more; what comes above
///            that is released, with a warning once a second at most.
class Stages {
 public:
  explicit Stages(std::size_t credit_max);
  ~Stages();
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  void take_in(transport::Delivery delivery);
  /// The next record, waiting until `deadline`; nullopt when none came.
  [[nodiscard]] std::optional<DecodedRecord> next(SteadyTime deadline);
  /// True when nothing is inside, so that waiting longer would only be lingering.
  [[nodiscard]] bool idle() { return inside_ == 0; }
  /// No delivery is taken in any more; what is inside still comes out of next().
  void close();
  /// True when closed and everything has come out.
  [[nodiscard]] bool finished() { return decoded_.closed_and_empty(); }

 private:
  void decode_all();
  void warn_of_release();

  const std::size_t inside_max_;  ///< of deliveries in both queues and in the decoder's hands
  BoundedQueue<transport::Delivery> received_;
  BoundedQueue<DecodedRecord> decoded_;
  std::atomic<std::size_t> inside_{0};
  std::size_t released_ = 0;  ///< since the last warning; of the receiver's thread, as the next
  SteadyTime warn_at_{};      ///< the next warning, at the earliest
  std::jthread decoder_;      // last: it uses everything above
};

}  // namespace mgc::consumer
