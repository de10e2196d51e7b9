#include "producer/replay/recorder.hpp"

#include <utility>

#include "core/failpoint.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"

namespace mgc::producer {

Recorder::Recorder(spool::Outbox& outbox, Options options, std::stop_token stop)
    : outbox_(outbox),
      options_(std::move(options)),
      backoff_(options_.retry_first, options_.retry_cap, random_seed()),
      stop_(std::move(stop)) {}

Result<bool> Recorder::append(const spool::Append& request) {
  if (reach_failpoint("replay.before_append") == Failure::error) {
    return Error{Action::stop, "failpoint replay.before_append"};
  }
  for (;;) {
    const auto begun = std::chrono::steady_clock::now();
    const auto appended = outbox_.append(request);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (appended && options_.on_appended) options_.on_appended(took.count());
    if (appended) break;
    if (appended.error().action != Action::retry) return appended.error();
    if (!said_full_) {
      log_warning("{}; waiting for room", appended.error().message);
      said_full_ = true;
    }
    if (options_.hopeless) {
      if (auto why = options_.hopeless()) return *why;
    }
    if (!wait_or_stop(backoff_.next())) return false;
  }
  backoff_.reset();
  if (reach_failpoint("replay.after_append") == Failure::error) {
    return Error{Action::stop, "failpoint replay.after_append"};
  }
  return true;
}

/// False when the stop was asked for.
bool Recorder::wait_or_stop(std::chrono::milliseconds delay) {
  Guarded<bool> stopped(false);
  const std::stop_callback wake(stop_, [&stopped] {
    auto flag = stopped.lock();
    *flag = true;
    flag.notify_all();
  });
  auto flag = stopped.lock();
  return !flag.wait_until(std::chrono::steady_clock::now() + delay, [](bool is) { return is; });
}

}  // namespace mgc::producer
