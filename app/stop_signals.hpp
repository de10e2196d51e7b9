#pragma once

#include <stop_token>
#include <thread>

namespace mgc::app {

/// Turns SIGTERM, SIGINT and SIGHUP into a stop request. A second signal ends the process at once,
/// as if killed: nothing that was recorded is lost by that.
///
/// Threads: make it in main() before any other thread, which then inherits the blocked signals;
///          owns one thread.
class StopSignals {
 public:
  StopSignals();
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait(std::stop_token end);

  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace mgc::app
