#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.hpp"
#include "schema/merkle.hpp"

namespace mgc::audit {

/// Where a check of a lane's ledger has come to, and can go on from.
struct LedgerEdge {
  schema::CompactRange events;  ///< the tree of the ledger entries
  std::uint64_t block = 0;      ///< the last one; 0 = none
  schema::Digest block_digest{};
};

}  // namespace mgc::audit
