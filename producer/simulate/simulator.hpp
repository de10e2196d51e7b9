#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "core/time.hpp"
#include "producer/simulate/profile.hpp"
#include "schema/event.hpp"

namespace mgc::producer {

struct SimulatorOptions {
  Profile profile = Profile::lync_model_1;
  double events_per_second = 0;  ///< of all kinds together; 0 = the profile's own rate
  std::uint64_t seed = 1;        ///< the same seed gives the same events
  UtcTime start{};               ///< occurred_at of the beginning
  std::string domain = "example.org";
};

/// An event of the simulation, and when it is due.
struct SimulatedEvent {
  schema::Event event;
  std::chrono::microseconds due{0};  ///< after the start; max without a rate: 0, post at once
};

/// An endless, deterministic stream of the events of a pool under one of the loads of profile.hpp.
///
/// Times are virtual: events bear start + their due time, whether the caller waits until then or
/// not. They come at random (a Poisson process), as many people acting by themselves do; `storm`
/// is evenly spaced. Who posts, joins or leaves is a member of that room; a history view follows
/// each join at once; parts end joins that were made, the oldest first.
///
/// Threads: one owner. Errors: none. Memory: one number for each room that has had a post.
class Simulator {
 public:
  explicit Simulator(SimulatorOptions options);

  [[nodiscard]] SimulatedEvent next();
  /// Events a second, on average.
  [[nodiscard]] double events_per_second() const { return events_per_second_; }

 private:
  /// Somebody in some room; numbers from 0.
  struct Seat {
    std::uint32_t room_class = 0;
    std::uint32_t room = 0;  ///< within its class
    std::uint32_t user = 0;
  };

  [[nodiscard]] std::uint64_t below(std::uint64_t limit);
  [[nodiscard]] double fraction();
  [[nodiscard]] std::chrono::microseconds next_due();
  [[nodiscard]] Seat seat_in(std::uint32_t room_class);
  [[nodiscard]] std::uint32_t class_of_join();
  [[nodiscard]] schema::Event next_of_model();
  [[nodiscard]] schema::Event next_of_storm();
  [[nodiscard]] schema::Event post();
  [[nodiscard]] schema::Event make(schema::EventKind kind, const Seat& seat) const;

  const SimulatorOptions options_;
  Rates rates_;
  double events_per_second_ = 0;
  std::uint64_t random_;
  double elapsed_seconds_ = 0;
  std::uint64_t storm_step_ = 0;
  std::deque<Seat> joined_;   ///< not left yet
  std::deque<Seat> to_view_;  ///< joined, history not asked for yet
  std::unordered_map<std::uint32_t, std::int64_t> last_chat_ids_;  ///< by room number of the pool
};

}  // namespace mgc::producer
