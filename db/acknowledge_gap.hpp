#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "db/node_position.hpp"

namespace mgc::db {

struct GapOfNode {
  std::string node;
  std::uint64_t epoch = 0;
  SequenceRange range;  ///< of one open gap, whole
};

/// Notes in mgccomp that nobody can send the sequences of `gap` any more, and why: receipts go past
/// them from then on, so that the node's outbox need not keep what follows. The gap stays open and
/// `audit gaps` shows it with the reason. A service may run meanwhile.
///
/// @param reason  1 to 1,000 bytes of UTF-8: who found it, and what happened.
/// @return how far the node counts as kept afterwards.
/// @errors reject     there is no such open gap, or it was acknowledged before.
///         reconnect  the server cannot be reached.
///         stop       as ComplianceStore::open; no rights.
[[nodiscard]] Result<NodePosition> acknowledge_gap(const std::string& dsn, const GapOfNode& gap,
                                                   const std::string& reason);

}  // namespace mgc::db
