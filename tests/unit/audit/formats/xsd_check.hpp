#pragma once

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>
#include <string>

namespace mgc::test {

/// What libxml2 finds wrong with `xml` by the schema audit/xsd/NAME; empty when it is valid.
inline std::string schema_errors(const std::string& name, const std::string& xml) {
  struct Free {
    void operator()(xmlDocPtr one) const { xmlFreeDoc(one); }
    void operator()(xmlSchemaPtr one) const { xmlSchemaFree(one); }
    void operator()(xmlSchemaParserCtxtPtr one) const { xmlSchemaFreeParserCtxt(one); }
    void operator()(xmlSchemaValidCtxtPtr one) const { xmlSchemaFreeValidCtxt(one); }
  };
  std::string errors;
  const auto note = [](void* out, xmlErrorPtr error) {
    static_cast<std::string*>(out)->append(std::to_string(error->line) + ": " + error->message);
  };
  const std::string path = std::string(MGC_XSD_DIR) + "/" + name;
  const std::unique_ptr<xmlSchemaParserCtxt, Free> parser(xmlSchemaNewParserCtxt(path.c_str()));
  xmlSchemaSetParserStructuredErrors(parser.get(), note, &errors);
  const std::unique_ptr<xmlSchema, Free> schema(xmlSchemaParse(parser.get()));
  if (!schema) return "no schema " + path + ": " + errors;
  const std::unique_ptr<xmlDoc, Free> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), name.c_str(), nullptr,
                    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR));
  if (!document) return "not well-formed";
  const std::unique_ptr<xmlSchemaValidCtxt, Free> valid(xmlSchemaNewValidCtxt(schema.get()));
  xmlSchemaSetValidStructuredErrors(valid.get(), note, &errors);
  if (xmlSchemaValidateDoc(valid.get(), document.get()) != 0 && errors.empty()) return "not valid";
  return errors;
}

}  // namespace mgc::test
