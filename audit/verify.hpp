#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// One thing that is not as it was recorded: where ("block 3", "pack a/17/201", "event 512") and
/// what.
struct Finding {
  std::string where;
  std::string what;
};

struct VerifyReport {
  std::uint64_t events = 0, packs = 0, blocks = 0;
  std::uint64_t duties = 0;          ///< events that say what was done with the record
  std::uint64_t duties_waiting = 0;  ///< rows of them that are no events yet
  std::uint64_t duties_unseen = 0;   ///< events whose rows this login does not see
  std::uint64_t findings_total = 0;
  std::vector<Finding> findings;  ///< the first kFindingsKept

  static constexpr std::size_t kFindingsKept = 100;
  [[nodiscard]] bool ok() const { return findings_total == 0; }
  void add(std::string where, std::string what);
};

/// Recomputes the whole store from the stored packs: body hashes, Merkle roots, the chain of
/// blocks, the nodes' own chains, positions, gaps, and every row of the projection.
///
/// An edit, deletion, insertion or reordering of any of these rows is found. What this cannot find
/// without a checkpoint kept elsewhere: a tail that was cut off together with its blocks and
/// positions, and a whole history that was rewritten and hashed again.
///
/// @param progress  called now and then with the events done so far; may be empty.
/// @errors as ComplianceReader.
/// @cost   one pass over packs and events in ledger order; memory is flat.
/// @source RFC 6962, section 2.1; docs/architecture.md.
[[nodiscard]] Result<VerifyReport> verify_store(
    db::ComplianceReader& reader, const std::function<void(std::uint64_t events)>& progress);

}  // namespace mgc::audit
