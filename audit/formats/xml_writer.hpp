#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/formats/markup_writer.hpp"
#include "core/bytes.hpp"

namespace mgc::audit {

/// A text for an XML 1.0 document, which can hold neither most control characters nor U+FFFE and
/// U+FFFF, not even as references. nullopt: `text` can be written as it is. Otherwise the text in
/// which each of those is \uXXXX (four upper-case hexadecimal digits), each byte that is not UTF-8
/// is \xXX, and each backslash is doubled: nothing is lost, and nothing is taken for something
/// else.
[[nodiscard]] std::optional<std::string> escape_for_xml(std::string_view text);

/// What escape_for_xml() made `text` of; nullopt where it makes no such text.
[[nodiscard]] std::optional<std::string> unescape_from_xml(std::string_view text);

/// One XML document in memory: elements with attributes, indented, without text between them.
///
/// An element whose attributes had to be escaped has the attribute `escaped` with their names.
/// Line breaks and tabs become references, so that a reader gets them back.
///
/// Threads: one owner. Errors: as MarkupWriter.
class XmlWriter {
 public:
  void begin(const char* element);
  /// Of the element that was begun last; before anything is in it. Any bytes.
  void attribute(const char* name, std::string_view text);
  void attribute(const char* name, std::int64_t number);
  void end();
  /// Ends all that was begun.
  [[nodiscard]] Bytes finish();

 private:
  void write_escaped_names();

  MarkupWriter markup_{MarkupWriter::Language::xml, 2};
  std::string escaped_names_;  ///< of the element that was begun last
};

}  // namespace mgc::audit
