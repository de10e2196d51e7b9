#include "app/stop_signals.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "core/assert.hpp"
#include "core/log.hpp"

namespace mgc::app {
namespace {

/// Ends the wait of the thread. No real-time signal: these can be refused.
constexpr int kWake = SIGUSR1;

sigset_t awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, kWake);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = awaited();
  MGC_ASSERT(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  // A peer that closes its socket or pipe is an error of that write, not the end of the program.
  MGC_ASSERT(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  waiter_ = std::jthread([this](std::stop_token end) { wait(end); });
}

void StopSignals::wait(std::stop_token end) {
  const sigset_t set = awaited();
  // No time-out: every command would take that much longer to end.
  const std::stop_callback wake(
      end, [self = ::pthread_self()] { MGC_ASSERT(::pthread_kill(self, kWake) == 0); });
  while (!end.stop_requested()) {
    const int signal = ::sigwaitinfo(&set, nullptr);
    if (signal < 0 || signal == kWake) continue;  // or a stop of the debugger
    if (source_.stop_requested()) ::_exit(128 + signal);
    log_info("stopping; once more to stop at once");
    source_.request_stop();
  }
}

}  // namespace mgc::app
