#include "audit/csv.hpp"

#include <initializer_list>

#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// Spreadsheets pass over blanks and control characters before they look for a formula.
bool is_taken_for_formula(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '\'' || text.front() == '\t' || text.front() == '\r') return true;
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) <= ' ') continue;
    return letter == '=' || letter == '+' || letter == '-' || letter == '@';
  }
  return false;
}

std::string joined(std::initializer_list<std::string_view> cells) {
  std::string line;
  std::string_view comma;
  for (const std::string_view cell : cells) {
    line.append(comma).append(csv_cell(cell));
    comma = ",";
  }
  return line.append(kLineEnd);
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell = is_taken_for_formula(text) ? "'" : "";
  cell.append(text);
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted += '"';
}

std::string csv_header() {
  return joined({"lane", "event_id", "kind", "occurred_at", "received_at", "room_uri", "room_name",
                 "actor_uri", "actor_name", "actor_email", "content", "chat_id", "file_name",
                 "file_sha256", "node", "epoch", "sequence", "block", "segment"});
}

std::string csv_line(const db::ComplianceEvent& event) {
  return joined(
      {event.lane, std::to_string(event.event_id), event.kind, format_utc(event.occurred_at),
       format_utc(event.received_at), event.room_uri.value_or(""), event.room_name.value_or(""),
       event.actor_uri.value_or(""), event.actor_name.value_or(""), event.actor_email.value_or(""),
       event.content, std::to_string(event.chat_id), event.file_name.value_or(""),
       event.file_sha256 ? schema::to_hex(*event.file_sha256) : "", event.node,
       std::to_string(event.epoch), std::to_string(event.sequence), std::to_string(event.block),
       std::to_string(event.segment)});
}

}  // namespace mgc::audit
