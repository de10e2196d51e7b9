#pragma once

#include <chrono>

#include "core/clock.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {

struct AuditNodesFlags {
  std::uint32_t dead_after_seconds = 180;  ///< three watermarks of a node
};

/// Prints how each node is doing. @returns the exit code: a finding when one is dead.
[[nodiscard]] int audit_nodes(db::ComplianceReader& reader, const AuditNodesFlags& flags,
                              bool as_json, const Clock& clock);

}  // namespace mgc::app
