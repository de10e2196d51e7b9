#include "audit/formats/rsmf_manifest.hpp"

#include <string_view>

#include "audit/formats/fields.hpp"
#include "audit/formats/mail.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kConversation = "C1";

/// JSON has every character, by \u where need be.
bool is_any(char32_t) { return true; }

std::string shown(const std::string& text) { return ExactText(is_any).shown("", text); }

/// The schema wants no empty value.
void add_custom(json& custom, std::string_view name, const std::string& value) {
  if (!value.empty()) custom.push_back({{"name", name}, {"value", value}});
}

/// By uri.
using Ids = std::map<std::string, std::string>;

Ids ids_of(const std::map<std::string, Occupant>& people) {
  Ids ids;
  for (const auto& [uri, person] : people) ids[uri] = "P" + std::to_string(ids.size() + 1);
  return ids;
}

json participant_json(const Occupant& person, const std::string& id) {
  ExactText exact(is_any);
  const std::string uri = exact.shown("actor_uri", person.uri);
  const std::string name = exact.shown("actor_name", person.name);
  const std::string email = exact.shown("actor_email", person.email);
  json out = {{"id", id}, {"display", name.empty() ? uri : name}, {"account_id", uri}};
  json custom = json::array();
  add_custom(custom, "actor_name", name);
  if (is_address(person.email)) {
    out["email"] = email;
  } else {
    add_custom(custom, "actor_email", email);
  }
  add_custom(custom, "base64", exact.changed());
  if (!custom.empty()) out["custom"] = custom;
  return out;
}

std::string type_of(const std::string& kind) {
  if (kind == "CHAT" || kind == "NOTICE" || kind == "EDIT" || kind == "DELETE" ||
      kind == "FILEUPLOAD") {
    return "message";
  }
  if (kind == "JOIN") return "join";
  if (kind == "PART") return "leave";
  return kind == "BACKCHAT" ? "history" : "unknown";
}

json event_json_of(const db::ComplianceEvent& event, const Ids& ids) {
  const ShownEvent fields = shown_event(event, is_any);
  const bool is_file = event.kind == "FILEUPLOAD" || event.kind == "FILEDOWNLOAD";
  json custom = json::array();
  for (const Field& field : fields.fields) {
    if (field.name != "content" || is_file) add_custom(custom, field.name, field.value);
  }
  add_custom(custom, "base64", fields.changed);
  json out = {{"id", fields["event_id"]},
              {"type", type_of(event.kind)},
              {"conversation", kConversation},
              {"timestamp", fields["occurred_at"]},
              {"body", fields[is_file ? "file_name" : "content"]},
              {"custom", custom}};
  if (event.actor_uri) out["participant"] = ids.at(*event.actor_uri);
  if (event.kind == "DELETE") out["deleted"] = true;
  if (event.kind == "EDIT" && event.actor_uri) {
    const json edit = {{"participant", out["participant"]}, {"timestamp", out["timestamp"]}};
    out["edits"] = json::array({edit});
  }
  return out;
}

}  // namespace

std::map<std::string, Occupant> people_of(const RsmfPart& part) {
  std::map<std::string, Occupant> people = part.present;
  for (const db::ComplianceEvent* event : part.events) {
    if (const auto actor = actor_of(*event)) people.try_emplace(actor->uri, *actor);
  }
  return people;
}

json rsmf_manifest(const RsmfPart& part, const RoomEvents& room, const std::string& collection_id,
                   const std::string& platform) {
  const std::map<std::string, Occupant> people = people_of(part);
  const Ids ids = ids_of(people);
  json participants = json::array(), present = json::array(), events = json::array();
  for (const auto& [uri, person] : people)
    participants.push_back(participant_json(person, ids.at(uri)));
  for (const auto& [uri, person] : part.present) present.push_back(ids.at(uri));
  for (const db::ComplianceEvent* event : part.events) events.push_back(event_json_of(*event, ids));
  json conversation = {{"id", kConversation},
                       {"platform", platform},
                       {"type", "channel"},
                       {"display", room.uri ? shown(room.title()) : "no room"},
                       {"participants", present}};
  json custom = json::array();
  add_custom(custom, "room_uri", shown(room.uri.value_or("")));
  add_custom(custom, "room_name", shown(room.name));
  if (!custom.empty()) conversation["custom"] = custom;
  return {{"version", "2.0.0"},
          {"eventcollectionid", collection_id},
          {"participants", participants},
          {"conversations", json::array({conversation})},
          {"events", events}};
}

}  // namespace mgc::audit
