#include "audit/formats/edrm_document.hpp"

#include <fmt/format.h>

#include "audit/formats/fields.hpp"
#include "audit/formats/mail.hpp"
#include "audit/formats/rooms.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

std::string recipients(const Attendance& attendance, const db::ComplianceEvent& event,
                       std::size_t max_recipients) {
  std::string to;
  if (attendance.now().size() > max_recipients) return to;
  for (const auto& [uri, person] : attendance.now()) {
    if (event.actor_uri == uri) continue;
    if (!to.empty()) to += ';';
    to += mailbox_of(person).address;  // there is no ';' in an address
  }
  return to;
}

}  // namespace

std::vector<EdrmDocument> edrm_documents(const Slice& slice, std::size_t max_recipients) {
  std::map<std::optional<std::string>, Attendance> rooms;
  for (const RoomEvents& room : rooms_of(slice)) rooms.emplace(room.uri, *room.present);
  const std::string lane = short_hash(slice.lane);
  std::vector<EdrmDocument> documents;
  documents.reserve(slice.events.size());
  for (const db::ComplianceEvent& event : slice.events) {
    Attendance& attendance = rooms.at(event.room_uri);
    attendance.apply(event);
    EdrmDocument document{&event, fmt::format("{}-{:012}", lane, event.event_id), {}, {}, {}, {}};
    if (const auto actor = actor_of(event)) document.from = mailbox_of(*actor).address;
    document.to = recipients(attendance, event, max_recipients);
    if (!event.content.empty()) {
      document.text_name = document.id + ".txt";
      document.text_sha256 =
          schema::to_hex(schema::bytes_of(schema::Hasher().sha256(event.content)));
    }
    documents.push_back(std::move(document));
  }
  return documents;
}

}  // namespace mgc::audit
