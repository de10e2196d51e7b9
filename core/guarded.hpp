#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace mgc {

/// Data that can be reached only under its own mutex. Together with BoundedQueue the only place
/// that names std::mutex, so a lock without data, or data without its lock, cannot be written.
///
/// Threads: any. Never call out of the file while a Lock is held.
template <typename T>
class Guarded {
 public:
  template <typename... Args>
  explicit Guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}

  /// Holds the mutex; the data is reached through `->` and `*`.
  class Lock {
   public:
    explicit Lock(Guarded& owner) : owner_(&owner), lock_(owner.mutex_) {}
    T* operator->() { return &owner_->data_; }
    T& operator*() { return owner_->data_; }

    /// Releases the mutex until `ready(data)` holds; returns with the mutex held.
    template <typename Predicate>
    void wait(Predicate ready) {
      owner_->changed_.wait(lock_, [&] { return ready(owner_->data_); });
    }
    /// As wait(), but gives up at `deadline`; returns the last answer of `ready`.
    template <typename Predicate>
    bool wait_until(std::chrono::steady_clock::time_point deadline, Predicate ready) {
      return owner_->changed_.wait_until(lock_, deadline, [&] { return ready(owner_->data_); });
    }
    void notify_all() { owner_->changed_.notify_all(); }
    /// Gives the mutex up for the time of one call that must not be made under it.
    void unlock() { lock_.unlock(); }
    void relock() { lock_.lock(); }

   private:
    Guarded* owner_;
    std::unique_lock<std::mutex> lock_;
  };

  [[nodiscard]] Lock lock() { return Lock(*this); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T data_;
};

}  // namespace mgc
