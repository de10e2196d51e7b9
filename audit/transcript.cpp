#include "audit/transcript.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

std::string shown_name(const std::optional<std::string>& name,
                       const std::optional<std::string>& uri) {
  return printable(name && !name->empty() ? *name : uri.value_or("-"));
}

std::string shown_content(const db::ComplianceEvent& event) {
  std::string text = printable(event.content);
  if (!event.file_name) return text;
  return fmt::format("{}{}[{}]", text, text.empty() ? "" : " ", printable(*event.file_name));
}

std::string transcript_line(const db::ComplianceEvent& event) {
  std::string line = fmt::format("{:>8} {} {} {} {}", event.event_id, format_utc(event.occurred_at),
                                 shown_name(event.room_name, event.room_uri), event.kind,
                                 shown_name(event.actor_name, event.actor_uri));
  if (const std::string content = shown_content(event); !content.empty()) {
    line += (event.content.empty() ? " " : ": ") + content;
  }
  if (schema::is_import_node(event.node)) line += " (imported)";
  return line;
}

}  // namespace mgc::audit
