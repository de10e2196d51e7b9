#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/formats/rooms.hpp"

namespace mgc::audit {

/// Somebody in a mail.
struct MailPerson {
  Occupant person;
  std::optional<UtcTime> left_at;
  std::uint64_t messages = 0;  ///< CHAT in this mail
};

/// What the HTML of a mail says about the room before its events.
struct MailSummary {
  std::string title;  ///< of the room
  std::string room_uri, room_name;
  UtcTime started{}, ended{};
};

/// The row of a participant, and the list item of an event; to be put together by mail_html().
[[nodiscard]] Bytes person_html(const MailPerson& person, UtcTime ended);
[[nodiscard]] Bytes event_html(const db::ComplianceEvent& event);
/// @param people, events  rows and items, one behind the other
[[nodiscard]] Bytes mail_html(const MailSummary& summary, ByteView people, ByteView events);

}  // namespace mgc::audit
