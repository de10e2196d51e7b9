#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "schema/receipt.hpp"
#include "tests/simulation/pack.hpp"
#include "tests/simulation/store.hpp"

namespace mgc::simulation {

/// The side of the service that a broker delivers to.
class Consumer {
 public:
  virtual ~Consumer() = default;
  [[nodiscard]] virtual Link& link() = 0;
  virtual void on_delivery(std::uint64_t delivery, const PackRef& pack) = 0;
};

/// An AMQP broker: one queue of packs, and one of receipts for each node.
class Broker {
 public:
  Broker(World& world, Store& store, Oracle& oracle)
      : world_(world), store_(store), oracle_(oracle) {}

  /// How many percent of what is sent is accepted and thrown away.
  void set_drops(unsigned percent) { drops_ = percent; }
  /// How many percent of deliveries come once more without need, or out of order.
  void set_disorder(unsigned percent) { disorder_ = percent; }

  void take(const PackRef& pack);
  void add_credit(Consumer& consumer, std::size_t credit);
  /// The consumer accepts: the broker forgets the pack.
  void settle(Consumer& consumer, std::uint64_t delivery);
  /// Its connection is gone: what it has not settled is delivered again.
  void leave(Consumer& consumer);

  void take_receipt(schema::Receipt receipt);
  /// Whoever hears the receipts of a node; of several, each receipt goes to one.
  void hear(const std::string& node, const void* who,
            std::function<void(schema::Receipt)> on_receipt);
  void stop_hearing(const std::string& node, const void* who);

  /// The disk is gone with everything that was accepted.
  void lose_everything();
  [[nodiscard]] bool is_empty() const { return queue_.empty() && unsettled_.empty(); }

 private:
  struct Unsettled {
    Consumer* consumer;
    PackRef pack;
  };
  void deliver();
  void pass_receipts(const std::string& node);

  World& world_;
  Store& store_;
  Oracle& oracle_;
  unsigned drops_ = 0;
  unsigned disorder_ = 0;
  std::deque<PackRef> queue_;
  std::map<Consumer*, std::size_t> credit_;
  std::map<std::uint64_t, Unsettled> unsettled_;
  std::uint64_t next_delivery_ = 1;
  std::map<std::string, std::deque<schema::Receipt>> receipts_;
  std::map<std::string, std::map<const void*, std::function<void(schema::Receipt)>>> hearers_;
};

}  // namespace mgc::simulation
