#include "audit/formats/actiance_xml.hpp"

#include <algorithm>
#include <string_view>

#include "audit/formats/fields.hpp"
#include "audit/formats/markup_writer.hpp"
#include "audit/formats/rooms.hpp"

namespace mgc::audit {
namespace {

enum class Shape : std::uint8_t { entered, left, message, file, other };

Shape shape_of(const std::string& kind) {
  if (kind == "JOIN") return Shape::entered;
  if (kind == "PART") return Shape::left;
  if (kind == "FILEUPLOAD" || kind == "FILEDOWNLOAD") return Shape::file;
  const bool is_message = kind == "CHAT" || kind == "NOTICE" || kind == "EDIT" || kind == "DELETE";
  return is_message ? Shape::message : Shape::other;
}

class FileDump {
 public:
  Bytes of(const Slice& slice);

 private:
  void add_room(const RoomEvents& room);
  void add_event(const db::ComplianceEvent& event);
  void add_attributes(const ShownEvent& event, bool with_content);
  void add_participant(const db::ComplianceEvent& event, const char* name);
  void add_participant(const Occupant& person, const char* name, std::int64_t millis);
  void add_message(const db::ComplianceEvent& event);
  void add_file(const db::ComplianceEvent& event);
  void add_other(const db::ComplianceEvent& event);
  void add_time(const char* name, std::int64_t millis) {
    xml_.element(name, std::to_string(millis));
  }

  MarkupWriter xml_;
};

Bytes FileDump::of(const Slice& slice) {
  xml_.open("FileDump");
  xml_.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  xml_.attribute("xmlns:mgc", "urn:mgc:compliance-event:1");
  const std::vector<RoomEvents> rooms = rooms_of(slice);
  for (const RoomEvents& room : rooms) {
    if (room.uri) add_room(room);
  }
  for (const RoomEvents& none : rooms) {
    if (none.uri) continue;
    for (const db::ComplianceEvent* event : none.events) add_other(*event);
  }
  xml_.close();
  return xml_.finish();
}

void FileDump::add_room(const RoomEvents& room) {
  const auto [first, last] = std::ranges::minmax_element(
      room.events, {}, [](const db::ComplianceEvent* event) { return event->occurred_at; });
  const std::int64_t start = to_millis((*first)->occurred_at);
  const std::int64_t end = to_millis((*last)->occurred_at);
  // The exact names are in the events: nobody is asked here what was changed.
  ExactText exact;
  xml_.open("Conversation");
  xml_.attribute("Perspective", exact.shown("room_name", room.title()));
  xml_.element("RoomID", exact.shown("room_uri", *room.uri));
  add_time("StartTimeUTC", start);
  Attendance attendance(*room.present);
  for (const auto& [uri, person] : attendance.now()) {
    add_participant(person, "ParticipantEntered", start);
  }
  for (const db::ComplianceEvent* event : room.events) {
    const Shape shape = shape_of(event->kind);
    const auto actor = actor_of(*event);
    const bool speaks = shape == Shape::message || shape == Shape::file;
    if (speaks && actor && !attendance.has(actor->uri)) {
      add_participant(*actor, "ParticipantEntered", to_millis(event->occurred_at));
      attendance.enter(*actor);
    }
    attendance.apply(*event);
    add_event(*event);
  }
  for (const auto& [uri, person] : attendance.now()) {
    add_participant(person, "ParticipantLeft", end);
  }
  add_time("EndTimeUTC", end);
  xml_.close();
}

void FileDump::add_event(const db::ComplianceEvent& event) {
  switch (shape_of(event.kind)) {
    case Shape::entered: return add_participant(event, "ParticipantEntered");
    case Shape::left: return add_participant(event, "ParticipantLeft");
    case Shape::message: return add_message(event);
    case Shape::file: return add_file(event);
    case Shape::other: return add_other(event);
  }
}

void FileDump::add_attributes(const ShownEvent& event, bool with_content) {
  for (const Field& field : event.fields) {
    if (field.value.empty() || (field.name == "content" && !with_content)) continue;
    xml_.attribute("mgc:" + std::string(field.name), field.value);
  }
  if (!event.changed.empty()) xml_.attribute("mgc:base64", event.changed);
}

void FileDump::add_participant(const db::ComplianceEvent& event, const char* name) {
  const ShownEvent shown = shown_event(event);
  xml_.open(name);
  add_attributes(shown, true);
  xml_.element("LoginName", shown["actor_uri"]);
  xml_.element("UserType", "user");
  add_time("DateTimeUTC", to_millis(event.occurred_at));
  xml_.element("CorporateEmailID", shown["actor_email"]);
  xml_.close();
}

void FileDump::add_participant(const Occupant& person, const char* name, std::int64_t millis) {
  ExactText exact;
  const std::string uri = exact.shown("actor_uri", person.uri);
  const std::string email = exact.shown("actor_email", person.email);
  xml_.open(name);
  xml_.attribute("mgc:actor_uri", uri);
  if (!person.name.empty()) {
    xml_.attribute("mgc:actor_name", exact.shown("actor_name", person.name));
  }
  if (!exact.changed().empty()) xml_.attribute("mgc:base64", exact.changed());
  xml_.element("LoginName", uri);
  xml_.element("UserType", "user");
  add_time("DateTimeUTC", millis);
  xml_.element("CorporateEmailID", email);
  xml_.close();
}

void FileDump::add_message(const db::ComplianceEvent& event) {
  const ShownEvent shown = shown_event(event);
  const std::int64_t millis = to_millis(event.occurred_at);
  xml_.open("Message");
  add_attributes(shown, false);
  if (event.chat_id != 0) xml_.element("MessageId", shown["chat_id"]);
  xml_.element("LoginName", shown["actor_uri"]);
  xml_.element("UserType", event.actor_uri ? "user" : "bot");
  add_time("DateTimeUTC", millis);
  if (event.kind == "EDIT" || event.kind == "DELETE") {
    xml_.element("UpdatedType", event.kind == "EDIT" ? "EditedNewMsg" : "Deleted");
    add_time("UpdatedDateTimeUTC", millis);
  }
  xml_.element("Content", shown["content"]);
  xml_.close();
}

void FileDump::add_file(const db::ComplianceEvent& event) {
  const ShownEvent shown = shown_event(event);
  for (const bool is_end : {false, true}) {
    xml_.open(is_end ? "FileTransferEnded" : "FileTransferStarted");
    if (!is_end) add_attributes(shown, true);
    xml_.element("LoginName", shown["actor_uri"]);
    add_time("DateTimeUTC", to_millis(event.occurred_at));
    xml_.element("UserFileName", shown["file_name"]);
    xml_.element("FileName", shown["file_name"]);
    if (is_end) xml_.element("Status", "Completed");
    xml_.close();
  }
}

void FileDump::add_other(const db::ComplianceEvent& event) {
  const ShownEvent shown = shown_event(event);
  xml_.open("mgc:Event");
  add_attributes(shown, false);
  if (!event.content.empty()) xml_.text(shown["content"]);
  xml_.close();
}

}  // namespace

Result<std::vector<OutputFile>> actiance_xml(const Slice& slice) {
  return std::vector<OutputFile>{{slice_name(slice) + ".xml", FileDump().of(slice)}};
}

}  // namespace mgc::audit
