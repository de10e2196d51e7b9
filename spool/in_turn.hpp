#pragma once

#include <cstdint>
#include <utility>

#include "core/guarded.hpp"

namespace mgc::spool {

/// A value that one thread at a time may use, in the order in which they asked. A plain mutex goes
/// to whoever is running: a thread that appends in a loop would keep a purge out for seconds.
///
/// Threads: any. Whoever holds a Turn may block in it, for instance for an fsync.
template <typename T>
class InTurn {
 public:
  template <typename... Args>
  explicit InTurn(Args&&... args) : value_(std::forward<Args>(args)...) {}

  /// The right to use the value until it is destroyed.
  class Turn {
   public:
    explicit Turn(InTurn& owner) : owner_(&owner) {}
    ~Turn() {
      auto order = owner_->order_.lock();
      ++order->serving;
      order.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    T* operator->() { return &owner_->value_; }
    T& operator*() { return owner_->value_; }

   private:
    InTurn* owner_;
  };

  /// Waits until all who asked before are done.
  [[nodiscard]] Turn take() {
    auto order = order_.lock();
    const std::uint64_t ticket = order->next++;
    order.wait([ticket](const Order& o) { return o.serving == ticket; });
    return Turn(*this);
  }
  /// How many hold or wait for a turn.
  [[nodiscard]] std::uint64_t queued() {
    auto order = order_.lock();
    return order->next - order->serving;
  }

 private:
  struct Order {
    std::uint64_t next = 0;
    std::uint64_t serving = 0;
  };
  Guarded<Order> order_;
  T value_;
};

}  // namespace mgc::spool
