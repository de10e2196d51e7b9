#pragma once

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "core/guarded.hpp"

namespace mgc::app {

/// Shows on stderr how far a long job is: a bar that is redrawn on a terminal, a line every five
/// seconds elsewhere, nothing before two seconds have passed.
///
/// Threads: any. Errors: none.
class ProgressBar {
 public:
  ProgressBar(std::string what, const Clock& clock);
  /// Ends the line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `total` 0 = not known. `note` is shown behind, for instance "12,345 events".
  void show(std::uint64_t done, std::uint64_t total, const std::string& note);

 private:
  struct State {
    SteadyTime next_at{};
    bool drawn = false;
  };

  const std::string what_;
  const Clock& clock_;
  const bool terminal_;
  Guarded<State> state_;
};

}  // namespace mgc::app
