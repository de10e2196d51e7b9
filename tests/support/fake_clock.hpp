#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/clock.hpp"

namespace mgc::test {

/// Both clocks stand still until a test moves them. Starts at 2026-01-01T00:00:00Z.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override {
    return SteadyTime{} + std::chrono::microseconds{elapsed_micros_.load()};
  }
  [[nodiscard]] UtcTime utc_now() const override {
    constexpr std::int64_t kStart = 1'767'225'600'000'000;
    return utc_from_micros(kStart + elapsed_micros_.load());
  }
  void advance(std::chrono::microseconds by) { elapsed_micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> elapsed_micros_{0};
};

}  // namespace mgc::test
