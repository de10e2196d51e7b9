#include "audit/transcript.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

std::string transcript_line(const db::ComplianceEvent& event) {
  const auto first_of = [](const std::optional<std::string>& name,
                           const std::optional<std::string>& uri) {
    return name && !name->empty() ? *name : uri.value_or("-");
  };
  std::string line = fmt::format("{:>8} {} {} {} {}", event.event_id, format_utc(event.occurred_at),
                                 printable(first_of(event.room_name, event.room_uri)), event.kind,
                                 printable(first_of(event.actor_name, event.actor_uri)));
  if (!event.content.empty()) line += ": " + printable(event.content);
  if (event.file_name) line += " [" + printable(*event.file_name) + "]";
  if (schema::is_import_node(event.node)) line += " (imported)";
  return line;
}

}  // namespace mgc::audit
