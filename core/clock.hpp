#pragma once

#include <chrono>

#include "core/time.hpp"

namespace mgc {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Both clocks behind one interface, so that tests decide what time it is. Durations are always
/// measured on the steady clock; the wall clock is only ever recorded.
///
/// Threads: any, at once.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  [[nodiscard]] virtual UtcTime utc_now() const = 0;
};

/// The clocks of the machine.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override;
  [[nodiscard]] UtcTime utc_now() const override;
};

}  // namespace mgc
