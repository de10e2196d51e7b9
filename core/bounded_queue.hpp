#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "core/guarded.hpp"

namespace mgc {

/// First in, first out between stages, never longer than its capacity.
///
/// Threads: any number of pushers and poppers.
/// Ownership: items move in and out; what is left when it is destroyed is destroyed with it.
/// Errors: none; push and pop say false or nullopt once the queue is closed.
template <typename T>
class BoundedQueue {
 public:
  /// `capacity` in items, at least 1.
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) { MGC_ASSERT(capacity > 0); }

  /// Waits for room. False, and `item` is destroyed, when the queue is closed.
  bool push(T item) {
    auto state = state_.lock();
    state.wait([this](const State& s) { return s.closed || s.items.size() < capacity_; });
    if (state->closed) return false;
    state->items.push_back(std::move(item));
    state.notify_all();
    return true;
  }

  /// Never waits. False, and `item` is left as it was, when the queue is full or closed.
  bool try_push(T& item) {
    auto state = state_.lock();
    if (state->closed || state->items.size() >= capacity_) return false;
    state->items.push_back(std::move(item));
    state.notify_all();
    return true;
  }

  /// Waits for an item. nullopt when the queue is closed and empty.
  std::optional<T> pop() {
    auto state = state_.lock();
    state.wait([](const State& s) { return s.closed || !s.items.empty(); });
    return take(state);
  }

  /// As pop(), but nullopt also when `deadline` passes first; `closed_and_empty()` tells which.
  std::optional<T> pop_until(std::chrono::steady_clock::time_point deadline) {
    auto state = state_.lock();
    state.wait_until(deadline, [](const State& s) { return s.closed || !s.items.empty(); });
    return take(state);
  }

  /// No item goes in any more; those inside can still be popped.
  void close() {
    auto state = state_.lock();
    state->closed = true;
    state.notify_all();
  }

  [[nodiscard]] bool closed_and_empty() {
    auto state = state_.lock();
    return state->closed && state->items.empty();
  }
  [[nodiscard]] std::size_t size() { return state_.lock()->items.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct State {
    std::deque<T> items;
    bool closed = false;
  };

  std::optional<T> take(typename Guarded<State>::Lock& state) {
    if (state->items.empty()) return std::nullopt;
    std::optional<T> item(std::move(state->items.front()));
    state->items.pop_front();
    state.notify_all();
    return item;
  }

  const std::size_t capacity_;
  Guarded<State> state_;
};

}  // namespace mgc
