#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "audit/slice.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// What happened in one room, under one name, within one interval. Borrows from its slice.
struct Conversation {
  std::string room_uri, room_name;
  std::vector<const db::ComplianceEvent*> events;  ///< in order of event_id
};

/// How a slice is told in the original's terms.
struct Conversations {
  std::vector<Conversation> rooms;                  ///< in order of their first events
  std::vector<const db::ComplianceEvent*> outside;  ///< events of no room
};

/// The events that were JOIN, PART, CHAT, BACKCHAT, FILEUPLOAD or FILEDOWNLOAD in the original.
[[nodiscard]] bool is_of_original(const db::ComplianceEvent& event);

/// @param interval  since 1970, by occurred_at.
/// @param all       otherwise only what is_of_original().
[[nodiscard]] Conversations find_conversations(const Slice& slice, std::chrono::seconds interval,
                                               bool all);

}  // namespace mgc::audit
