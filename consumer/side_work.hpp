#pragma once

#include <optional>

#include "consumer/crashed_sessions.hpp"
#include "consumer/details.hpp"
#include "consumer/duties.hpp"
#include "consumer/writer.hpp"
#include "core/clock.hpp"

namespace mgc::consumer {

struct ServiceOptions;

/// What the service finds beside the batches, each on a thread of its own, and what the writer
/// stores of it between two batches: names from mgc, people whom a crashed node left joined, and
/// what was done with the record.
///
/// Threads: one owner (the writer thread). Ownership: borrows the clock. Errors: none; what fails
/// is logged and found again.
class SideWork {
 public:
  SideWork(const ServiceOptions& options, const Clock& clock);

  /// At most one page of each, so that the next batch waits no longer than for a batch before it.
  void write_one(Writer& writer);
  /// Begins the last looks.
  void finish();
  /// Stores what they find, for a second or two each.
  void write_rest(Writer& writer);

 private:
  const Clock& clock_;
  std::optional<Details> details_;  ///< with a chat database
  CrashedSessions crashed_;
  Duties duties_;
};

}  // namespace mgc::consumer
