#include "app/recorded.hpp"

namespace mgc::app {

Result<bool> wait_until_recorded(const std::function<Result<bool>()>& is_recorded,
                                 SteadyTime deadline, const Context& context) {
  while (true) {
    const auto recorded = is_recorded();
    if (!recorded || *recorded) return recorded;
    if (context.stop.stop_requested() || context.clock.steady_now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
  }
}

}  // namespace mgc::app
