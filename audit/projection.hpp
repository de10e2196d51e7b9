#pragma once

#include <string>

#include "db/compliance_reader.hpp"
#include "schema/event_view.hpp"

namespace mgc::audit {

/// Names the columns in which `row` says something else than the event that it was made from;
/// empty when it says the same.
[[nodiscard]] std::string projection_differences(const schema::EventView& event,
                                                 const db::ComplianceEvent& row);

}  // namespace mgc::audit
