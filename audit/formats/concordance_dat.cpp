#include "audit/formats/concordance_dat.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "audit/formats/fields.hpp"

namespace mgc::audit {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kColumn = "\x14";
constexpr std::string_view kQuote = "\xC3\xBE";     // U+00FE
constexpr std::string_view kLineFeed = "\xC2\xAE";  // U+00AE
constexpr std::string_view kColumns[] = {
    "BEGBATES", "ENDBATES", "DOCTYPE",  "FROM",       "TO",         "SUBJECT", "DATESENT",
    "TIMESENT", "DATERCVD", "FILENAME", "SHA256HASH", "NATIVEPATH", "TEXTPATH"};

/// There is no way to write one of its own marks into a cell.
bool is_in_cell(char32_t point) {
  return is_plain(point) && point != '\r' && point != 0xFE && point != 0xAE;
}

bool is_elsewhere(std::string_view field) { return field == "content"; }

class Row {
 public:
  void add(std::string_view text) {
    bytes_.append(bytes_.empty() ? "" : kColumn).append(kQuote);
    for (const char letter : text) {
      if (letter == '\n') {
        bytes_.append(kLineFeed);
      } else {
        bytes_.push_back(letter);
      }
    }
    bytes_.append(kQuote);
  }
  [[nodiscard]] Bytes line() const { return bytes_ + "\r\n"; }

 private:
  Bytes bytes_;
};

Bytes header() {
  Row row;
  for (const std::string_view column : kColumns) row.add(column);
  for (const Field& field : event_fields({})) {
    if (is_elsewhere(field.name)) continue;
    std::string name = "MGC_" + std::string(field.name);
    std::ranges::transform(name, name.begin(), [](unsigned char letter) {
      return static_cast<char>(std::toupper(letter));
    });
    row.add(name);
  }
  row.add("MGC_BASE64");
  return row.line();
}

Bytes line_of(const EdrmDocument& document) {
  ExactText exact(is_in_cell);
  const std::string sent = format_utc(document.event->occurred_at);
  const std::string path = document.text_name.empty() ? "" : "text/" + document.text_name;
  Row row;
  row.add(document.id);
  row.add(document.id);
  row.add("Message");
  row.add(document.from);
  row.add(document.to);
  row.add(exact.shown("room_name", document.event->room_name.value_or("")));
  row.add(sent.substr(0, 10));
  row.add(sent.substr(11, 8));
  row.add(format_utc(document.event->received_at).substr(0, 10));
  row.add(document.text_name);
  row.add(document.text_sha256);
  row.add(path);
  row.add(path);
  for (const Field& field : event_fields(*document.event)) {
    if (!is_elsewhere(field.name)) row.add(exact.shown(field.name, field.value));
  }
  row.add(exact.changed());
  return row.line();
}

}  // namespace

Bytes concordance_dat(std::span<const EdrmDocument> documents) {
  Bytes bytes(kByteOrderMark);
  bytes += header();
  for (const EdrmDocument& document : documents) bytes += line_of(document);
  return bytes;
}

}  // namespace mgc::audit
