#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"

namespace mgc::simulation {

using Duration = std::chrono::microseconds;
using EventId = std::uint64_t;

/// Time, chance and the list of what happens next, all from one seed: the same seed is the same
/// run, to the last step. One thread.
class World final : public Clock {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime{} + now_; }
  [[nodiscard]] UtcTime utc_now() const override {
    return utc_from_micros(1'767'225'600'000'000) + now_;
  }
  [[nodiscard]] Duration now() const { return now_; }

  void after(Duration delay, std::function<void()> what) {
    plans_.emplace(std::pair(now_ + delay, next_plan_++), std::move(what));
  }
  /// Does what is next; nothing is ever at the same time as something else.
  void run_next() {
    auto next = plans_.extract(plans_.begin());
    now_ = next.key().first;
    next.mapped()();
  }

  [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] Duration between(Duration least, Duration most) {
    return least + Duration{below(static_cast<std::uint64_t>((most - least).count()) + 1)};
  }

 private:
  Duration now_{};
  std::uint64_t next_plan_ = 0;
  std::map<std::pair<Duration, std::uint64_t>, std::function<void()>> plans_;
  std::mt19937_64 random_;
};

/// What was promised to whoever published, known to nothing that could lose it.
struct Oracle {
  EventId next_event = 1;
  std::set<EventId> handed;    ///< to a publish() that may have ended without an answer
  std::set<EventId> promised;  ///< publish() returned, or a broker that keeps its word accepted
  std::vector<std::string> violations;
};

/// A connection, in order in both directions. What is under way when it is cut never arrives.
class Link {
 public:
  explicit Link(World& world) : world_(world) {}

  [[nodiscard]] bool is_open() const { return open_; }
  void open() { open_ = true; }
  void cut() {
    open_ = false;
    ++generation_;
  }
  void to_broker(std::function<void()> what) { carry(outward_, std::move(what)); }
  void from_broker(std::function<void()> what) { carry(inward_, std::move(what)); }

 private:
  void carry(Duration& last, std::function<void()> what) {
    using std::chrono::milliseconds;
    last = std::max(last, world_.now() + world_.between(Duration{50}, milliseconds{20}));
    world_.after(last - world_.now(), [this, at = generation_, what = std::move(what)] {
      if (open_ && generation_ == at) what();
    });
  }

  World& world_;
  bool open_ = false;
  std::uint64_t generation_ = 0;
  Duration outward_{};
  Duration inward_{};
};

}  // namespace mgc::simulation
