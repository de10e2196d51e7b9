#include "audit/formats/xml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

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

/// `digits` upper-case hexadecimal digits that `text` begins with, as escape_for_xml() writes them.
std::optional<char32_t> scan_hex(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  char32_t value = 0;
  for (const char c : text.substr(0, digits)) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'A' || c > 'F')) return std::nullopt;
    value = value * 16 + static_cast<char32_t>(decimal ? c - '0' : c - 'A' + 10);
  }
  return value;
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

std::optional<std::string> unescape_from_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char form = text.size() > 1 ? text[1] : '\0';
    const std::size_t digits = form == 'u' ? 4 : form == 'x' ? 2 : 0;
    const auto value = scan_hex(text.substr(std::min<std::size_t>(2, text.size())), digits);
    if (!value || (digits == 0 && form != '\\')) return std::nullopt;
    if (form == 'u') append_utf8(out, *value);
    if (form == 'x') out += static_cast<char>(static_cast<unsigned char>(*value));
    if (form == '\\') out += '\\';
    text.remove_prefix(2 + digits);
  }
  return out;
}

void XmlWriter::begin(const char* element) {
  write_escaped_names();
  markup_.open(element);
}

void XmlWriter::attribute(const char* name, std::string_view text) {
  const auto escaped = escape_for_xml(text);
  if (escaped) escaped_names_.append(escaped_names_.empty() ? "" : " ").append(name);
  markup_.attribute(name, escaped ? std::string_view(*escaped) : text);
}

void XmlWriter::attribute(const char* name, std::int64_t number) {
  markup_.attribute(name, std::to_string(number));
}

void XmlWriter::write_escaped_names() {
  if (escaped_names_.empty()) return;
  markup_.attribute("escaped", escaped_names_);
  escaped_names_.clear();
}

void XmlWriter::end() {
  write_escaped_names();
  markup_.close();
}

Bytes XmlWriter::finish() {
  write_escaped_names();
  return markup_.finish();
}

}  // namespace mgc::audit
