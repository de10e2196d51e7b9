#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/formats/rooms.hpp"

namespace mgc::audit {

/// What is in one RSMF file.
struct RsmfPart {
  std::map<std::string, Occupant> present;  ///< just before the first event, by uri
  std::vector<const db::ComplianceEvent*> events;
  std::size_t bytes = 0;  ///< about what they take
};

/// The people of `part` by uri: who was there, and who acted.
[[nodiscard]] std::map<std::string, Occupant> people_of(const RsmfPart& part);

/// rsmf_manifest.json, as rsmf.hpp describes it.
[[nodiscard]] nlohmann::json rsmf_manifest(const RsmfPart& part, const RoomEvents& room,
                                           const std::string& collection_id,
                                           const std::string& platform);

}  // namespace mgc::audit
