#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace mgc {

/// Delays before the next attempt: doubled each time up to a cap, each shortened by a random part
/// of up to one half, so that the nodes of a pool do not come back at the same instant.
///
/// Threads: one owner. Errors: none.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap, std::uint64_t seed);

  /// The delay to wait now; the following one will be longer.
  [[nodiscard]] std::chrono::milliseconds next();
  /// After a success: the next delay is the first one again.
  void reset();

 private:
  const std::chrono::milliseconds first_;
  const std::chrono::milliseconds cap_;
  std::chrono::milliseconds current_;
  std::mt19937_64 random_;
};

/// A seed that differs between processes and machines; not for cryptography.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace mgc
