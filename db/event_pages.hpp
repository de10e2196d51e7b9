#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// As ComplianceReader::search().
[[nodiscard]] Result<std::vector<ComplianceEvent>> find_page(Session& session,
                                                             const EventQuery& query);

/// As ComplianceReader::each_hit().
[[nodiscard]] Result<void> show_hits(Session& session, const std::string& lane,
                                     const EventQuery& query,
                                     const std::function<bool(const ComplianceEvent&)>& visit);

}  // namespace mgc::db
