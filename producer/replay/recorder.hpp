#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "core/backoff.hpp"
#include "core/result.hpp"
#include "spool/outbox.hpp"

namespace mgc::producer {

/// Appends to an outbox, and waits while the outbox has no room.
///
/// Threads: one owner; the stop may come from any thread.
class Recorder {
 public:
  struct Options {
    std::chrono::milliseconds retry_first{200};  ///< first wait for room ...
    std::chrono::milliseconds retry_cap{5000};   ///< ... doubled up to this
    /// Why there will be no room any more, for instance because the relay failed; may be unset.
    std::function<std::optional<Error>()> hopeless = {};
    /// Hears how long each append took, in seconds; may be unset.
    std::function<void(double)> on_appended = {};
  };

  Recorder(spool::Outbox& outbox, Options options, std::stop_token stop);

  /// True when it is recorded; false when the stop came first, and nothing was recorded. A full
  /// outbox is logged once.
  /// @errors reject, stop  as Outbox::append; or what `hopeless` says.
  [[nodiscard]] Result<bool> append(const spool::Append& request);

 private:
  [[nodiscard]] bool wait_or_stop(std::chrono::milliseconds delay);

  spool::Outbox& outbox_;
  const Options options_;
  Backoff backoff_;
  std::stop_token stop_;
  bool said_full_ = false;
};

}  // namespace mgc::producer
