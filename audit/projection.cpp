#include "audit/projection.hpp"

#include <optional>
#include <string_view>

namespace mgc::audit {
namespace {

/// A column is NULL where the event has no such part; an empty text counts as absent.
bool same_text(const std::optional<std::string>& column, std::string_view said) {
  return column.value_or("") == said;
}

}  // namespace

std::string projection_differences(const schema::EventView& event, const db::ComplianceEvent& row) {
  std::string names;
  const auto check = [&names](bool same, std::string_view column) {
    if (same) return;
    if (!names.empty()) names += ", ";
    names += column;
  };
  const auto room = event.room.value_or(schema::RoomView{});
  const auto actor = event.actor.value_or(schema::PersonView{});
  const auto file = event.file.value_or(schema::FileView{});
  check(row.kind == schema::kind_name(event.kind), "kind");
  check(row.occurred_at == event.occurred_at, "occurred_at");
  check(same_text(row.room_uri, room.uri), "room_uri");
  check(same_text(row.room_name, room.name), "room_name");
  check(same_text(row.actor_uri, actor.uri), "actor_uri");
  check(same_text(row.actor_name, actor.name), "actor_name");
  check(same_text(row.actor_email, actor.email), "actor_email");
  check(row.content == event.content, "content");
  check(row.chat_id == event.chat_id, "chat_id");
  check(same_text(row.file_name, file.name), "file_name");
  check(same_text(row.file_sha256, file.sha256), "file_sha256");
  return names;
}

}  // namespace mgc::audit
