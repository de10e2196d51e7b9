#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audit/removal.hpp"

namespace mgc::audit {

/// Which events of the ledger an export of all of it lacks, and which of them events of the ledger
/// say were removed: content whose time was over is nowhere, and so in no export.
///
/// A removal takes all of its range but the events of what was done with the record. Where another
/// event of its range is there, it was not carried out, and excuses nothing.
///
/// Threads: one owner. Memory: 32 bytes for each of kGapsMax stretches without content, 24 for each
/// of kRunsMax runs of events that stay within them; what is missing beyond that has no excuse.
/// Errors: none.
class MissingEvents {
 public:
  static constexpr std::size_t kGapsMax = 1'000'000;
  static constexpr std::size_t kRunsMax = 1'000'000;

  struct Lane {
    std::string name;
    std::uint64_t events = 0;  ///< of its checkpoint
  };
  enum class Seen : std::uint8_t {
    content,
    duty,  ///< the service's own, of what was done with the record
  };
  struct Counts {
    std::uint64_t removed = 0;
    std::uint64_t missing = 0;  ///< and no event says why
  };

  explicit MissingEvents(std::vector<Lane> lanes) : lanes_(std::move(lanes)) {}

  /// The next proven event, in order of lane and `event_id`.
  /// @param lane  its place among the lanes.
  void see(std::size_t lane, std::uint64_t event_id, Seen what);
  /// What the event that was seen last says. It is later than all that it says was removed.
  void learn(Removal removal);
  /// After the last event.
  [[nodiscard]] Counts count();

 private:
  /// From `first` to before `end` there is no content.
  struct Gap {
    std::size_t lane = 0;
    std::uint64_t first = 0, end = 0;
    std::uint64_t missing = 0;
  };
  /// Duties from `first` to before `end`, one behind the other.
  struct Run {
    std::size_t lane = 0;
    std::uint64_t first = 0, end = 0;
  };
  /// Removals of one lane, in order of their first events.
  using Removals = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

  void add_duty(std::uint64_t event_id);
  void end_gap(std::uint64_t end);
  void end_lane();
  [[nodiscard]] Removals removals_of(std::size_t lane) const;
  /// How many events of a gap are missing because of removals that are wholly in it.
  [[nodiscard]] std::uint64_t removed_in(const Gap& gap, const Removals& removals) const;
  /// Events of what was done with the record that are there, from `first` to before `end`.
  [[nodiscard]] std::uint64_t duties_in(std::size_t lane, std::uint64_t first,
                                        std::uint64_t end) const;

  std::vector<Lane> lanes_;
  std::size_t lane_ = 0;
  std::uint64_t last_ = 0;     ///< event id
  std::uint64_t first_ = 0;    ///< behind the last content
  std::uint64_t present_ = 0;  ///< duties since
  bool all_kept_ = true;       ///< they are in runs_
  std::size_t ended_ = 0;      ///< of runs_, those of gaps that have ended
  std::vector<Gap> gaps_;      ///< in order, those of which something is missing
  std::vector<Run> runs_;      ///< of duties, in order
  std::uint64_t beyond_ = 0;   ///< missing events that are too many to be told apart
  std::vector<Removal> removals_;
};

}  // namespace mgc::audit
