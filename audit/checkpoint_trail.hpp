#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "audit/checkpoint.hpp"
#include "audit/ledger_edge.hpp"
#include "audit/verify.hpp"

namespace mgc::audit {

/// Holds the checkpoints of one lane and place, in their order, against the ledger as it is
/// recomputed. The first one that is not of this ledger is a finding; those after it say no more.
///
/// Threads: one owner. Memory: one checkpoint. Errors: none.
class CheckpointTrail {
 public:
  /// The next one; nullopt while there is none that is of the blocks so far.
  using Next = std::function<std::optional<Checkpoint>()>;

  /// @param place         where they are kept, for findings: "" or " of FILE".
  /// @param letter_roots  [n]: root over the first n dead letters of the lane.
  CheckpointTrail(std::string place, std::span<const schema::Digest> letter_roots,
                  VerifyReport& report, Next next)
      : place_(std::move(place)),
        letter_roots_(letter_roots),
        report_(report),
        next_(std::move(next)) {}

  /// The ledger has come to the end of a block, or to its own.
  void reach(const LedgerEdge& edge);
  /// What is left after the last block. @param kept  number of the last checkpoint in the table.
  void finish(const LedgerEdge& edge, std::uint64_t kept);

  [[nodiscard]] std::uint64_t last_number() const { return last_number_; }
  /// The last one that holds; nullopt when none does.
  [[nodiscard]] const std::optional<Checkpoint>& last_good() const { return last_good_; }

 private:
  void judge(const Checkpoint& checkpoint, const LedgerEdge& edge);
  void judge_letters(const Checkpoint& checkpoint);
  void add(const Checkpoint& checkpoint, std::string what);

  const std::string place_;
  const std::span<const schema::Digest> letter_roots_;
  VerifyReport& report_;
  const Next next_;
  std::optional<Checkpoint> pending_;
  std::optional<Checkpoint> last_good_;
  std::uint64_t last_number_ = 0;
  bool events_differ_ = false;
  bool letters_differ_ = false;
};

}  // namespace mgc::audit
