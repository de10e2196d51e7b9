#pragma once

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mgc::test {

/// A document read by libxml2, as any reader would.
class XmlDocument {
 public:
  explicit XmlDocument(std::string_view text)
      : document_(xmlReadMemory(text.data(), static_cast<int>(text.size()), "test", nullptr,
                                XML_PARSE_NONET)) {}

  [[nodiscard]] const xmlNode* root() const {
    return document_ ? xmlDocGetRootElement(document_.get()) : nullptr;
  }
  /// In order of the document.
  [[nodiscard]] std::vector<const xmlNode*> find(const char* xpath) const {
    const std::unique_ptr<xmlXPathContext, FreeAll> context(xmlXPathNewContext(document_.get()));
    const std::unique_ptr<xmlXPathObject, FreeAll> found(
        xmlXPathEval(reinterpret_cast<const xmlChar*>(xpath), context.get()));
    std::vector<const xmlNode*> nodes;
    for (int i = 0; found && found->nodesetval != nullptr && i < found->nodesetval->nodeNr; ++i)
      nodes.push_back(found->nodesetval->nodeTab[i]);
    return nodes;
  }
  /// An attribute as it stands there.
  [[nodiscard]] static std::string raw(const xmlNode& element, const char* name) {
    const std::unique_ptr<xmlChar, FreeAll> value(
        xmlGetProp(&element, reinterpret_cast<const xmlChar*>(name)));
    return value ? reinterpret_cast<const char*>(value.get()) : "";
  }
  /// What it stands for, by the rule of audit/xsd/lync-xml.xsd.
  [[nodiscard]] static std::string text(const xmlNode& element, const char* name) {
    const std::string value = raw(element, name);
    const std::string escaped = " " + raw(element, "escaped") + " ";
    if (escaped.find(" " + std::string(name) + " ") == std::string::npos) return value;
    return unescaped(value);
  }
  /// What the schema says against it; empty when it is valid.
  [[nodiscard]] std::string faults(std::string_view schema) const {
    std::string said;
    const std::unique_ptr<xmlSchemaParserCtxt, FreeAll> parser(
        xmlSchemaNewMemParserCtxt(schema.data(), static_cast<int>(schema.size())));
    const std::unique_ptr<xmlSchema, FreeAll> parsed(xmlSchemaParse(parser.get()));
    if (!parsed || !document_) return parsed ? "not well-formed" : "the schema is wrong";
    const std::unique_ptr<xmlSchemaValidCtxt, FreeAll> valid(xmlSchemaNewValidCtxt(parsed.get()));
    xmlSchemaSetValidStructuredErrors(valid.get(), note, &said);
    const int result = xmlSchemaValidateDoc(valid.get(), document_.get());
    return result == 0 ? said : "invalid: " + said;
  }

 private:
  struct FreeAll {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
    void operator()(xmlXPathContext* context) const { xmlXPathFreeContext(context); }
    void operator()(xmlXPathObject* object) const { xmlXPathFreeObject(object); }
    void operator()(xmlChar* text) const { xmlFree(text); }
    void operator()(xmlSchemaParserCtxt* parser) const { xmlSchemaFreeParserCtxt(parser); }
    void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
    void operator()(xmlSchemaValidCtxt* valid) const { xmlSchemaFreeValidCtxt(valid); }
  };

  static void note(void* said, xmlErrorPtr fault) {
    *static_cast<std::string*>(said) += fault->message;
  }

  static std::string unescaped(const std::string& value) {
    std::string out;
    for (std::size_t at = 0; at < value.size(); ++at) {
      if (value[at] != '\\') {
        out += value[at];
        continue;
      }
      const char kind = value.at(++at);
      if (kind == '\\') out += '\\';
      if (kind == 'x') out += static_cast<char>(std::stoi(value.substr(at + 1, 2), nullptr, 16));
      if (kind == 'u') out += utf8(std::stoi(value.substr(at + 1, 4), nullptr, 16));
      if (kind == 'x') at += 2;
      if (kind == 'u') at += 4;
    }
    return out;
  }
  /// Of one byte or three: there are no others among what XML cannot hold.
  static std::string utf8(int point) {
    if (point < 0x80) return {static_cast<char>(point)};
    return {static_cast<char>(0xE0 | (point >> 12)),
            static_cast<char>(0x80 | ((point >> 6) & 0x3F)),
            static_cast<char>(0x80 | (point & 0x3F))};
  }

  std::unique_ptr<xmlDoc, FreeAll> document_;
};

}  // namespace mgc::test
