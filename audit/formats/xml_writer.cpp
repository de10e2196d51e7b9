#include "audit/formats/xml_writer.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

const xmlChar* chars(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

/// The production Char of XML 1.0.
bool is_xml(char32_t point) {
  return point == '\t' || point == '\n' || point == '\r' || (point >= 0x20 && point < 0xFFFE) ||
         point > 0xFFFF;
}

bool is_all_xml(std::string_view text) {
  while (!text.empty()) {
    const CodePoint one = first_code_point(text);
    if (one.bytes == 0 || !is_xml(one.value)) return false;
    text.remove_prefix(one.bytes);
  }
  return true;
}

}  // namespace

std::optional<std::string> escape_for_xml(std::string_view text) {
  if (is_all_xml(text)) return std::nullopt;
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const CodePoint one = first_code_point(text);
    const std::size_t taken = one.bytes == 0 ? 1 : one.bytes;
    if (one.bytes == 0) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text.front()));
    } else if (!is_xml(one.value)) {
      out += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(one.value));
    } else if (one.value == '\\') {
      out += "\\\\";
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  return out;
}

XmlWriter::XmlWriter()
    : buffer_(xmlBufferCreate()), writer_(xmlNewTextWriterMemory(buffer_.get(), 0)) {
  MGC_ASSERT(buffer_ != nullptr && writer_ != nullptr);
  note(xmlTextWriterSetIndent(writer_.get(), 1));
  note(xmlTextWriterSetIndentString(writer_.get(), chars("  ")));
  note(xmlTextWriterStartDocument(writer_.get(), nullptr, "UTF-8", nullptr));
}

void XmlWriter::begin(const char* element) {
  write_escaped_names();
  note(xmlTextWriterStartElement(writer_.get(), chars(element)));
}

void XmlWriter::attribute(const char* name, std::string_view text) {
  const auto escaped = escape_for_xml(text);
  if (escaped) escaped_names_.append(escaped_names_.empty() ? "" : " ").append(name);
  write(name, escaped ? *escaped : std::string(text));
}

void XmlWriter::attribute(const char* name, std::int64_t number) {
  write(name, std::to_string(number));
}

void XmlWriter::write(const char* name, const std::string& text) {
  note(xmlTextWriterWriteAttribute(writer_.get(), chars(name), chars(text.c_str())));
}

void XmlWriter::write_escaped_names() {
  if (escaped_names_.empty()) return;
  write("escaped", escaped_names_);
  escaped_names_.clear();
}

void XmlWriter::end() {
  write_escaped_names();
  note(xmlTextWriterEndElement(writer_.get()));
}

Result<Bytes> XmlWriter::finish() {
  write_escaped_names();
  note(xmlTextWriterEndDocument(writer_.get()));
  if (failed_) return Error{Action::stop, "an XML document does not fit into memory"};
  const auto* begin = reinterpret_cast<const char*>(xmlBufferContent(buffer_.get()));
  return Bytes(begin, static_cast<std::size_t>(xmlBufferLength(buffer_.get())));
}

}  // namespace mgc::audit
