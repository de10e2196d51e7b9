#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>

#include "consumer/decode.hpp"
#include "consumer/given_up.hpp"
#include "core/bounded_queue.hpp"
#include "core/guarded.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {

/// The two stages between the broker and the writer: intake (the receiver's thread) puts
/// deliveries in, the decode thread turns each into a record, in order.
///
/// Threads:   take_in() on the receiver's thread, next() on the writer's; owns the decode thread.
/// Ownership: deliveries that are still inside when it is destroyed are released to the broker.
/// Errors:    none. Memory: at most 2 * credit_max deliveries in both stages together, because
///            credit bounds them and a reconnect can bring each of them once more; what comes above
///            that is released, with a warning once a second at most. Of decoded records at most
///            `bytes_max` wait, or one that is larger; the receiver bounds the bytes before them.
class Stages {
 public:
  /// @param given_up  outlives it: what is in there is not decoded, but handed on as a suspect.
  Stages(std::size_t credit_max, std::size_t bytes_max, GivenUp& given_up);
  ~Stages();
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  /// False when it was not taken, and so released.
  bool take_in(transport::Delivery delivery);
  /// The next record, waiting until `deadline`; nullopt when none came.
  [[nodiscard]] std::optional<DecodedRecord> next(SteadyTime deadline);
  /// True when nothing is inside, so that waiting longer would only be lingering.
  [[nodiscard]] bool idle() { return inside_ == 0; }
  /// Of the decoded records that wait for the writer.
  [[nodiscard]] std::size_t waiting_bytes() { return waiting_.lock()->bytes; }
  /// No delivery is taken in any more; what is inside still comes out of next().
  void close();
  /// True when closed and everything has come out.
  [[nodiscard]] bool finished() { return decoded_.closed_and_empty(); }

 private:
  void decode_all();
  [[nodiscard]] bool is_suspect(const transport::Delivery& delivery, schema::Hasher& hasher);
  /// Waits until a record of `bytes` may wait for the writer; false when that is over.
  [[nodiscard]] bool wait_for_room(std::size_t bytes);
  void warn_of_release();

  struct Waiting {
    std::size_t bytes = 0;
    bool over = false;
  };

  const std::size_t inside_max_;  ///< of deliveries in both queues and in the decoder's hands
  const std::size_t bytes_max_;
  GivenUp& given_up_;
  Guarded<Waiting> waiting_;  ///< what is in decoded_
  BoundedQueue<transport::Delivery> received_;
  BoundedQueue<DecodedRecord> decoded_;
  std::atomic<std::size_t> inside_{0};
  std::size_t released_ = 0;  ///< since the last warning; of the receiver's thread, as the next
  SteadyTime warn_at_{};      ///< the next warning, at the earliest
  std::jthread decoder_;      // last: it uses everything above
};

}  // namespace mgc::consumer
