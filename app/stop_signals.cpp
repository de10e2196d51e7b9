#include "app/stop_signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <ctime>

#include "core/assert.hpp"
#include "core/log.hpp"

namespace mgc::app {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  MGC_ASSERT(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  // A peer that closes its socket or pipe is an error of that write, not the end of the program.
  MGC_ASSERT(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  waiter_ = std::jthread([this](std::stop_token end) { wait(end); });
}

void StopSignals::wait(std::stop_token end) {
  const sigset_t set = stop_set();
  const timespec tick{0, 100'000'000};
  while (!end.stop_requested()) {
    const int signal = ::sigtimedwait(&set, nullptr, &tick);
    if (signal < 0) continue;  // the tick, or a stop of the debugger
    if (source_.stop_requested()) ::_exit(128 + signal);
    log_info("stopping; once more to stop at once");
    source_.request_stop();
  }
}

}  // namespace mgc::app
