#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "db/store_gauges.hpp"

namespace mgc::app {

/// Looks at mgccomp every five seconds, for the metrics of its service: a scrape must not wait for
/// a database.
///
/// Threads: owns one; last() any. Errors: none; what could not be read stays as it was, and grows
///          old, after one warning.
class StoreWatch {
 public:
  static constexpr std::chrono::seconds kInterval{5};

  struct Look {
    db::StoreGauges gauges;
    UtcTime at{};
  };

  StoreWatch(std::string mgccomp, const Clock& clock);
  ~StoreWatch();
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;

  /// nullopt until the first look has worked.
  [[nodiscard]] std::optional<Look> last() { return *last_.lock(); }

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] Result<void> look();

  const std::string mgccomp_;
  const Clock& clock_;
  std::optional<db::StoreGaugesReader> reader_;  ///< owned by the thread
  Guarded<std::optional<Look>> last_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::app
