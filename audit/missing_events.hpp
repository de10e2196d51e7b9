#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/removal.hpp"

namespace mgc::audit {

/// Which events of the ledger an export of all of it lacks, and which of them events of the ledger
/// say were removed: content whose time was over is nowhere, and so in no export.
///
/// Threads: one owner. Memory: 24 bytes for each run of missing events, of which kRunsMax are told
/// apart, and a little for each removal. Errors: none.
class MissingEvents {
 public:
  static constexpr std::size_t kRunsMax = 1'000'000;

  struct Lane {
    std::string name;
    std::uint64_t events = 0;  ///< of its checkpoint
  };
  struct Counts {
    std::uint64_t removed = 0;
    std::uint64_t missing = 0;  ///< and no event says why
  };

  explicit MissingEvents(std::vector<Lane> lanes) : lanes_(std::move(lanes)) {}

  /// The next proven event, in order of lane and `event_id`.
  /// @param lane  its place among the lanes.
  void see(std::size_t lane, std::uint64_t event_id);
  /// What a proven event of the service says.
  void learn(Removal removal) { removals_.push_back(std::move(removal)); }
  /// After the last event.
  [[nodiscard]] Counts count();

 private:
  /// Events from `first` to before `end`.
  struct Run {
    std::size_t lane = 0;
    std::uint64_t first = 0, end = 0;
  };
  void end_lane();
  void add(std::uint64_t end);
  /// Of one lane, in order, none touching another.
  [[nodiscard]] std::vector<Run> removals_of(std::size_t lane) const;

  std::vector<Lane> lanes_;
  std::size_t lane_ = 0;    ///< of the last event
  std::uint64_t next_ = 0;  ///< behind it
  std::vector<Run> runs_;
  std::uint64_t beyond_ = 0;  ///< missing events of runs that are too many to be told apart
  std::vector<Removal> removals_;
};

}  // namespace mgc::audit
