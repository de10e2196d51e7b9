#pragma once

#include <cstddef>
#include <vector>

#include "schema/duty.hpp"

namespace mgc::db {

/// Rows that are no events of the ledger yet; one transaction makes them some.
struct DutyPage {
  /// Most rows of a page, and most bytes of their details: a pack of them is within all limits.
  static constexpr std::size_t kEntriesMax = 500;
  static constexpr std::size_t kBytesMax = std::size_t{1} << 20U;

  std::vector<schema::DutyEntry> entries;  ///< of one kind, in order
};

}  // namespace mgc::db
