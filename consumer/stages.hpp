#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <thread>

#include "consumer/decode.hpp"
#include "consumer/given_up.hpp"
#include "core/bounded_queue.hpp"
#include "core/guarded.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {

/// What is done to records, in order, before the writer gets them; to all together that wait at
/// that moment, and at least one. Must not change their bytes().
using Prepare = std::function<void(std::span<DecodedRecord>)>;

/// The stages between the broker and the writer: intake (the receiver's thread) puts deliveries in,
/// the decode thread turns each into a record, in order, and a third one prepares them where there
/// is something to prepare.
///
/// Threads:   take_in() on the receiver's thread, next() on the writer's; owns the two others.
/// Ownership: deliveries that are still inside when it is destroyed are released to the broker.
/// Errors:    none. Memory: at most 2 * credit_max deliveries in all stages together, because
///            credit bounds them and a reconnect can bring each of them once more; what comes above
///            that is released, with a warning once a second at most. Of decoded records at most
///            `bytes_max` wait, or one that is larger; the receiver bounds the bytes before them.
class Stages {
 public:
  /// @param given_up  outlives it: what is in there is not decoded, but handed on as a suspect.
  /// @param prepare   runs on a thread of its own; empty: there is none.
  Stages(std::size_t credit_max, std::size_t bytes_max, GivenUp& given_up, Prepare prepare = {});
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
  [[nodiscard]] bool finished() { return last().closed_and_empty(); }

 private:
  void decode_all();
  void prepare_all();
  /// Where the writer takes from.
  [[nodiscard]] BoundedQueue<DecodedRecord>& last() { return prepare_ ? prepared_ : decoded_; }
  [[nodiscard]] bool is_suspect(const transport::Delivery& delivery, schema::Hasher& hasher);
  /// Waits until a record of `bytes` may wait for the writer; false when that is over.
  [[nodiscard]] bool wait_for_room(std::size_t bytes);
  void warn_of_release();

  struct Waiting {
    std::size_t bytes = 0;
    bool over = false;
  };

  const std::size_t inside_max_;  ///< of deliveries in all queues and in the threads' hands
  const std::size_t bytes_max_;
  GivenUp& given_up_;
  const Prepare prepare_;
  Guarded<Waiting> waiting_;  ///< what is decoded
  BoundedQueue<transport::Delivery> received_;
  BoundedQueue<DecodedRecord> decoded_;
  BoundedQueue<DecodedRecord> prepared_;
  std::atomic<std::size_t> inside_{0};
  std::size_t released_ = 0;  ///< since the last warning; of the receiver's thread, as the next
  SteadyTime warn_at_{};      ///< the next warning, at the earliest
  std::jthread decoder_;      // these two last: they use everything above
  std::jthread preparer_;
};

}  // namespace mgc::consumer
