#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// A field of an event as text.
struct Field {
  std::string_view name;
  std::string value;  ///< empty: the event has none, or one that is empty
};

/// Every field of the view `compliance_event` under its name there, in its order, `synthetic` and
/// `imported`: times by format_utc(), the SHA-256 in hexadecimal. What the formats have no place of
/// their own for they carry under these names.
[[nodiscard]] std::vector<Field> event_fields(const db::ComplianceEvent& event);

/// What it says first is the name of a file. Of an upload that was redacted, nobody has the name.
[[nodiscard]] bool names_file(const db::ComplianceEvent& event);

[[nodiscard]] std::string base64(ByteView bytes);
/// The first 16 digits of the SHA-256 in hexadecimal: a name for what is not fit for one.
[[nodiscard]] std::string short_hash(ByteView bytes);

/// True for what every format shows as it is: the characters of XML 1.0 without the controls
/// (U+0000 to U+001F, U+007F to U+009F) other than tab, line feed and carriage return.
[[nodiscard]] bool is_plain(char32_t point);

/// The text fields of one event on their way into a format that cannot hold every character, such
/// as NUL in XML. The format shows them with U+FFFD instead, and has in a field of its own, called
/// `base64`, the bytes as they are.
///
/// Threads: one owner. Errors: none.
class ExactText {
 public:
  using Holds = bool (*)(char32_t);

  /// @param holds  which characters the format has
  explicit ExactText(Holds holds = is_plain) : holds_(holds) {}

  /// `text` with U+FFFD for each character that the format does not have, and for each byte that is
  /// not UTF-8.
  [[nodiscard]] std::string shown(std::string_view field, std::string_view text);
  /// `field=BASE64` for each field that shown() has changed, by name, joined by ';'; empty when
  /// all are exact.
  [[nodiscard]] std::string changed() const;

 private:
  Holds holds_;
  std::map<std::string, std::string, std::less<>> changed_;
};

/// The fields of an event as a format shows them.
struct ShownEvent {
  std::vector<Field> fields;  ///< those of event_fields()
  std::string changed;        ///< ExactText::changed()

  [[nodiscard]] const std::string& operator[](std::string_view name) const;
};
[[nodiscard]] ShownEvent shown_event(const db::ComplianceEvent& event,
                                     ExactText::Holds holds = is_plain);

}  // namespace mgc::audit
