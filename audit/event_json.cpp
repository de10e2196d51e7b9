#include "audit/event_json.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "core/utf8.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

using nlohmann::json;

json parse_flat(const std::string& text) {
  bool is_flat = true;
  json document = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        is_flat = is_flat && depth <= kJsonDepthMax;
        return is_flat;
      },
      false);
  return is_flat ? document : json(json::value_t::discarded);
}

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

json event_json(const db::ComplianceEvent& event) {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? json(*value) : json(nullptr);
  };
  // One by one: a list in braces would copy every value twice, for each row of an export.
  json row = json::object();
  row["lane"] = event.lane;
  row["event_id"] = event.event_id;
  row["kind"] = event.kind;
  row["occurred_at"] = format_utc(event.occurred_at);
  row["received_at"] = format_utc(event.received_at);
  row["room_uri"] = text(event.room_uri);
  row["room_name"] = text(event.room_name);
  row["actor_uri"] = text(event.actor_uri);
  row["actor_name"] = text(event.actor_name);
  row["actor_email"] = text(event.actor_email);
  row["content"] = event.content;
  row["chat_id"] = event.chat_id;
  row["file_name"] = text(event.file_name);
  row["file_sha256"] = event.file_sha256 ? json(schema::to_hex(*event.file_sha256)) : json(nullptr);
  row["node"] = event.node;
  row["synthetic"] = schema::is_service_node(event.node);
  row["imported"] = schema::is_import_node(event.node);
  row["epoch"] = event.epoch;
  row["sequence"] = event.sequence;
  row["block"] = event.block;
  row["segment"] = event.segment;
  return row;
}

std::string json_text(const json& document, int indent) {
  const std::string dumped = document.dump(indent, ' ', false, json::error_handler_t::replace);
  std::string text;
  text.reserve(dumped.size());
  std::string_view rest = dumped;
  while (!rest.empty()) {
    const CodePoint one = first_code_point(rest);
    // Below the blank there are only line breaks between values: in texts they are escapes already.
    if (one.value >= ' ' && is_control(one.value)) {
      text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(one.value));
    } else {
      text += rest.substr(0, one.bytes);
    }
    rest.remove_prefix(one.bytes);
  }
  return text;
}

}  // namespace mgc::audit
