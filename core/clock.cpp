#include "core/clock.hpp"

namespace mgc {

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

UtcTime SystemClock::utc_now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace mgc
