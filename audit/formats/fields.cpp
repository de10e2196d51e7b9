#include "audit/formats/fields.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

std::vector<Field> event_fields(const db::ComplianceEvent& event) {
  return {{"lane", event.lane},
          {"event_id", std::to_string(event.event_id)},
          {"kind", event.kind},
          {"occurred_at", format_utc(event.occurred_at)},
          {"received_at", format_utc(event.received_at)},
          {"room_uri", event.room_uri.value_or("")},
          {"room_name", event.room_name.value_or("")},
          {"actor_uri", event.actor_uri.value_or("")},
          {"actor_name", event.actor_name.value_or("")},
          {"actor_email", event.actor_email.value_or("")},
          {"content", event.content},
          {"chat_id", std::to_string(event.chat_id)},
          {"file_name", event.file_name.value_or("")},
          {"file_sha256", schema::to_hex(event.file_sha256.value_or(""))},
          {"node", event.node},
          {"synthetic", schema::is_service_node(event.node) ? "true" : "false"},
          {"imported", schema::is_import_node(event.node) ? "true" : "false"},
          {"epoch", std::to_string(event.epoch)},
          {"sequence", std::to_string(event.sequence)},
          {"block", std::to_string(event.block)},
          {"segment", std::to_string(event.segment)}};
}

bool names_file(const db::ComplianceEvent& event) {
  const bool is_of_file = event.kind == "FILEUPLOAD" || event.kind == "FILEDOWNLOAD";
  return is_of_file && event.file_name && !event.file_name->empty();
}

std::string base64(ByteView bytes) {
  // EVP_EncodeBlock() ends what it writes with a NUL.
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::string short_hash(ByteView bytes) {
  return schema::to_hex(schema::bytes_of(schema::Hasher().sha256(bytes))).substr(0, 16);
}

bool is_plain(char32_t point) {
  if (point == '\t' || point == '\n' || point == '\r') return true;
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  return point != 0xFFFE && point != 0xFFFF;
}

std::string ExactText::shown(std::string_view field, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool exact = true;
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint one = first_code_point(rest);
    if (one.bytes > 0 && holds_(one.value)) {
      out.append(rest.substr(0, one.bytes));
    } else {
      out.append(kReplacement);
      exact = false;
    }
    rest.remove_prefix(one.bytes > 0 ? one.bytes : 1);
  }
  if (!exact) changed_.insert_or_assign(std::string(field), base64(text));
  return out;
}

std::string ExactText::changed() const {
  std::string out;
  for (const auto& [field, bytes] : changed_) {
    if (!out.empty()) out += ';';
    out.append(field).append("=").append(bytes);
  }
  return out;
}

const std::string& ShownEvent::operator[](std::string_view name) const {
  const auto field = std::ranges::find(fields, name, &Field::name);
  MGC_ASSERT(field != fields.end());
  return field->value;
}

ShownEvent shown_event(const db::ComplianceEvent& event, ExactText::Holds holds) {
  ExactText exact(holds);
  ShownEvent shown{event_fields(event), {}};
  for (Field& field : shown.fields) field.value = exact.shown(field.name, field.value);
  shown.changed = exact.changed();
  return shown;
}

}  // namespace mgc::audit
