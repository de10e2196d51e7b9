#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/verify.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {

struct DemoOptions {
  std::filesystem::path dir = "mgc-demo";
  std::vector<std::string> logs;       ///< chat logs; each goes to one of the two nodes
  std::uint64_t simulated_events = 0;  ///< beside the logs
};

struct DemoReport {
  std::uint64_t lines = 0, rejects = 0;
  std::uint64_t recorded = 0;   ///< events in both outboxes
  std::uint64_t receipted = 0;  ///< of those, with a receipt
  double seconds = 0;           ///< from the first line read to the last receipt
  db::StoreCounts stored;
  audit::VerifyReport verified;
  bool stopped = false;

  [[nodiscard]] std::uint64_t lost() const {
    return recorded > stored.events ? recorded - stored.events : 0;
  }
  [[nodiscard]] bool fine() const {
    return !stopped && lost() == 0 && stored.events == recorded && receipted == recorded &&
           stored.duplicates == 0 && stored.gaps == 0 && stored.dead_letters == 0 && verified.ok();
  }
};

/// The whole pipeline in one process: the embedded queue on a free port, two chat nodes that replay
/// `logs`, the compliance service, and mgccomp.db in `dir`. Run again in the same directory it goes
/// on where it was and adds nothing twice.
///
/// @param on_progress  events committed so far, and all that are known of; on any thread.
/// @errors stop  the directory or a file in it cannot be used. Others as the parts.
[[nodiscard]] Result<DemoReport> run_demo(
    const DemoOptions& options, const Clock& clock, std::stop_token stop,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress);

}  // namespace mgc::app
