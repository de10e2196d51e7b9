#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// As ComplianceReader::context(). Memory: what it returns, and the ids of the events of those
/// rooms in one segment.
[[nodiscard]] Result<std::vector<ContextGroup>> find_context(Session& session,
                                                             std::span<const ComplianceEvent> hits,
                                                             std::uint32_t count);

}  // namespace mgc::db
