#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "tests/simulation/broker.hpp"

namespace mgc::simulation {

/// A program that follows the schema and has no outbox: packs of one event, each sent until the
/// broker accepts it. That is all that it ever hears.
class OtherProgram {
 public:
  /// @param trusts  whether what was accepted counts as promised: of an honest broker it does.
  OtherProgram(World& world, Broker& broker, Oracle& oracle, bool trusts)
      : broker_(broker), oracle_(oracle), trusts_(trusts), link_(world) {
    link_.open();
  }

  void publish() {
    oracle_.handed.insert(oracle_.next_event);
    waiting_.push_back(make_pack("other-program", 1, next_++, {}, {oracle_.next_event++}));
    send(waiting_.back());
  }
  void cut_link() {
    link_.cut();
    link_.open();
    for (const PackRef& pack : waiting_) send(pack);
  }
  [[nodiscard]] bool is_drained() const { return waiting_.empty(); }

 private:
  void send(const PackRef& pack) {
    link_.to_broker([this, pack] {
      broker_.take(pack);
      link_.from_broker([this, pack] {
        if (trusts_) oracle_.promised.insert(pack->events.begin(), pack->events.end());
        std::erase(waiting_, pack);
      });
    });
  }

  Broker& broker_;
  Oracle& oracle_;
  const bool trusts_;
  Link link_;
  std::uint64_t next_ = 1;
  std::deque<PackRef> waiting_;
};

}  // namespace mgc::simulation
