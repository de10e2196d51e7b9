#pragma once

#include <nlohmann/json.hpp>

#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// An event with the names of the view `compliance_event`, `synthetic` for those that the service
/// recorded itself, and `imported` for those of `mgc audit import`. Bytes that are not UTF-8 are
/// for whoever dumps it to replace.
[[nodiscard]] nlohmann::json event_json(const db::ComplianceEvent& event);

}  // namespace mgc::audit
