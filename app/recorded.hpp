#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "app/command.hpp"
#include "core/backoff.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// Asks `is_recorded` until the service has made an event of a row; false when `deadline` came
/// before, or the program is to stop. @errors as `is_recorded`.
[[nodiscard]] Result<bool> wait_until_recorded(const std::function<Result<bool>()>& is_recorded,
                                               SteadyTime deadline, const Context& context);

/// Does `act` again, after a pause that grows, while somebody holds a lock that it needs: eight
/// times, for some seconds. @errors as `act`.
template <typename Act>
[[nodiscard]] auto try_again(const Act& act) -> decltype(act()) {
  constexpr int kTries = 8;
  Backoff backoff(std::chrono::milliseconds{50}, std::chrono::seconds{2}, random_seed());
  for (int tried = 1;; ++tried) {
    auto done = act();
    if (done || done.error().action != Action::retry || tried == kTries) return done;
    std::this_thread::sleep_for(backoff.next());
  }
}

}  // namespace mgc::app
