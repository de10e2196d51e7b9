#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/signed_note.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

class KeptCheckpoints;

/// One thing that is not as it was recorded: where ("block 3", "pack a/17/201", "event 512") and
/// what.
struct Finding {
  std::string where;
  std::string what;
};

struct Findings {
  std::uint64_t findings_total = 0;
  std::vector<Finding> findings;  ///< the first kFindingsKept
  std::string lane;               ///< of what add() is told; empty = it need not be said

  static constexpr std::size_t kFindingsKept = 100;
  [[nodiscard]] bool ok() const { return findings_total == 0; }
  void add(std::string where, std::string what);
};

struct VerifyReport : Findings {
  std::uint64_t events = 0, packs = 0, blocks = 0;
  std::uint64_t checkpoints = 0;      ///< in the table
  std::uint64_t removed_events = 0;   ///< whose leaves alone are there, with their segment
  std::uint64_t redacted_events = 0;  ///< whose leaves alone are there, one by one
  std::uint64_t duties = 0;           ///< events that say what was done with the record
  std::uint64_t duties_waiting = 0;   ///< rows of them that are no events yet
  std::uint64_t duties_unseen = 0;    ///< events whose rows this login does not see
};

struct VerifyOptions {
  std::vector<VerifierKey> keys;  ///< one of which signed each checkpoint; none: nobody looks
  KeptCheckpoints* kept = nullptr;
};

/// Recomputes the whole store from the stored packs: body hashes, Merkle roots, the chain of
/// blocks, the nodes' own chains, positions, gaps, every row of the projection, the bounds of its
/// segments, dead letters, and the checkpoints on the tree of all that.
///
/// An edit, deletion, insertion or reordering of any of these rows is found, and named. A tail that
/// was cut off with all that told of it, an older backup, and a history that was rewritten and
/// hashed again as a whole need `options.kept`; docs/guarantees.md has the list of what is no
/// evidence.
///
/// Threads: one more, which reads ahead. Memory: flat.
/// @param progress  called now and then with the events done so far; may be empty.
/// @errors as ComplianceReader; stop  kept checkpoints that cannot be read.
/// @cost   one pass over packs and events in ledger order.
/// @source RFC 6962, section 2.1; docs/architecture.md.
[[nodiscard]] Result<VerifyReport> verify_store(
    db::ComplianceReader& reader, const VerifyOptions& options = {},
    const std::function<void(std::uint64_t events)>& progress = {});

}  // namespace mgc::audit
