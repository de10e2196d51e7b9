#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace mgc::transport {

/// Proton decodes message bodies recursively: 65 000 nested lists overflow the 8 MiB that a thread
/// usually gets, or less under some limits (CVE-2026-105042). Reserved, not used, memory.
inline constexpr std::size_t kConnectionStackBytes = std::size_t{16} * 1024 * 1024;

/// A thread with a stack of a chosen size, which std::jthread cannot have. Joined on destruction;
/// its owner tells it to end first. An exception that leaves the body ends the process.
///
/// Threads: one owner. Errors: the constructor throws std::system_error when there is no thread.
class Thread {
 public:
  Thread(std::size_t stack_bytes, std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  static void* run(void* self) noexcept;

  const std::function<void()> body_;
  pthread_t thread_{};
};

}  // namespace mgc::transport
