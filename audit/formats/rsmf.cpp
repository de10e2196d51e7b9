#include "audit/formats/rsmf.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/formats/fields.hpp"
#include "audit/formats/mail.hpp"
#include "audit/formats/rsmf_manifest.hpp"
#include "audit/formats/zip.hpp"
#include "audit/transcript.hpp"

namespace mgc::audit {
namespace {

using Day = std::chrono::sys_days;

/// What an event takes in the manifest and the transcript, at most: a control character is
/// "\u0000" in the one and "\x00" in the other. The fields that people do not write are short.
std::size_t size_of(const db::ComplianceEvent& event) {
  std::size_t text = event.content.size() + event.node.size() + event.lane.size();
  for (const auto* field : {&event.room_uri, &event.room_name, &event.actor_uri, &event.actor_name,
                            &event.actor_email, &event.file_name}) {
    text += field->value_or("").size();
  }
  return 12 * text + 2048;
}

/// In order of their first events. Where days are mixed, as by a node whose clock is wrong, each
/// has still its own file.
std::vector<RsmfPart> parts_of(const RoomEvents& room, const RsmfOptions& options) {
  std::vector<RsmfPart> parts;
  std::map<Day, std::size_t> open;  // day to the part that is being filled
  Attendance attendance(*room.present);
  for (const db::ComplianceEvent* event : room.events) {
    const Day day = std::chrono::floor<std::chrono::days>(event->occurred_at);
    const std::size_t bytes = size_of(*event);
    const auto [place, is_new] = open.try_emplace(day, parts.size());
    const bool is_full = !is_new && (parts[place->second].events.size() >= options.max_events ||
                                     parts[place->second].bytes + bytes > options.max_bytes);
    if (is_full) place->second = parts.size();
    if (is_new || is_full) parts.push_back({attendance.now(), {}, 0});
    parts[place->second].events.push_back(event);
    parts[place->second].bytes += bytes;
    attendance.apply(*event);
  }
  return parts;
}

std::string names_of(const std::map<std::string, Occupant>& people) {
  std::string names;
  for (const auto& [uri, person] : people) {
    if (!names.empty()) names += ", ";
    names += person.name.empty() ? uri : person.name;
  }
  return names;
}

Bytes file_of(const RsmfPart& part, const RoomEvents& room, const std::string& collection_id,
              const RsmfOptions& options) {
  const auto [first, last] = std::ranges::minmax_element(
      part.events, {}, [](const db::ComplianceEvent* event) { return event->occurred_at; });
  const nlohmann::json manifest = rsmf_manifest(part, room, collection_id, options.platform);
  std::string transcript;
  Mail mail;
  mail.from = {"Compliance export", "nobody@people.invalid"};
  const auto acted = std::ranges::find_if(
      part.events, [](const db::ComplianceEvent* event) { return event->actor_uri.has_value(); });
  if (acted != part.events.end()) mail.from = mailbox_of(*actor_of(**acted));
  for (const db::ComplianceEvent* event : part.events) transcript += transcript_line(*event) + '\n';
  mail.subject = room.uri ? room.title() : "no room";
  mail.date = (*last)->occurred_at;
  mail.headers = {{"X-RSMF-Version", "2.0.0"},
                  {"X-RSMF-Generator", "mgc"},
                  {"X-RSMF-BeginDate", format_utc((*first)->occurred_at)},
                  {"X-RSMF-EndDate", format_utc((*last)->occurred_at)},
                  {"X-RSMF-EventCount", std::to_string(part.events.size())},
                  {"X-RSMF-Application", options.platform},
                  {"X-RSMF-Participants", names_of(people_of(part))},
                  {"X-RSMF-AttachmentCount", "0"},
                  {"X-RSMF-EventCollectionID", collection_id}};
  mail.parts = {{"text/plain", transcript, ""},
                {"application/zip", zip_of({{"rsmf_manifest.json", manifest.dump()}}), "rsmf.zip"}};
  return write_mail(mail);
}

}  // namespace

Result<std::vector<OutputFile>> rsmf(const Slice& slice, const RsmfOptions& options) {
  std::vector<OutputFile> files;
  for (const RoomEvents& room : rooms_of(slice)) {
    const std::string collection_id = short_hash(slice.lane + '\n' + room.uri.value_or(""));
    std::size_t number = 0;
    for (const RsmfPart& part : parts_of(room, options)) {
      files.push_back(
          {fmt::format("{}/room-{:04}-part-{:04}.rsmf", slice_name(slice), room.ordinal, ++number),
           file_of(part, room, collection_id, options)});
    }
  }
  return files;
}

}  // namespace mgc::audit
