#include "audit/formats/edrm_xml.hpp"

#include <string_view>

#include "audit/formats/concordance_dat.hpp"
#include "audit/formats/edrm_document.hpp"
#include "audit/formats/fields.hpp"
#include "audit/formats/markup_writer.hpp"
#include "audit/formats/rooms.hpp"

namespace mgc::audit {
namespace {

const char* type_of(std::string_view field) {
  for (const std::string_view number :
       {"event_id", "chat_id", "epoch", "sequence", "block", "segment"}) {
    if (field == number) return "LongInteger";
  }
  if (field == "occurred_at" || field == "received_at") return "DateTime";
  return field == "synthetic" || field == "imported" ? "Boolean" : "Text";
}

void add_tag(MarkupWriter& xml, std::string_view name, std::string_view value,
             std::string_view type = "Text") {
  if (value.empty()) return;
  xml.open("Tag");
  xml.attribute("TagName", name);
  xml.attribute("TagValue", value);
  xml.attribute("TagDataType", type);
  xml.close();
}

/// The content is the native file and its text at the same time.
void add_files(MarkupWriter& xml, const EdrmDocument& document) {
  if (document.text_name.empty()) return;
  xml.open("Files");
  for (const char* type : {"Native", "Text"}) {
    xml.open("File");
    xml.attribute("FileType", type);
    xml.open("ExternalFile");
    xml.attribute("FilePath", "text");
    xml.attribute("FileName", document.text_name);
    xml.attribute("FileSize", std::to_string(document.event->content.size()));
    xml.attribute("Hash", "SHA256:" + document.text_sha256);
    xml.close();
    xml.close();
  }
  xml.close();
}

void add_document(MarkupWriter& xml, const EdrmDocument& document) {
  // The content is in a file, as it is: nothing of it has to be changed here.
  db::ComplianceEvent event = *document.event;
  event.content.clear();
  const ShownEvent shown = shown_event(event);
  xml.open("Document");
  xml.attribute("DocID", document.id);
  xml.attribute("DocType", "Message");
  xml.attribute("MimeType", "text/plain");
  add_files(xml, document);
  xml.open("Tags");
  add_tag(xml, "#From", document.from);
  add_tag(xml, "#To", document.to);
  add_tag(xml, "#Subject", shown["room_name"]);
  add_tag(xml, "#DateSent", shown["occurred_at"], "DateTime");
  add_tag(xml, "#DateReceived", shown["received_at"], "DateTime");
  for (const Field& field : shown.fields) {
    add_tag(xml, "mgc_" + std::string(field.name), field.value, type_of(field.name));
  }
  add_tag(xml, "mgc_base64", shown.changed);
  xml.close();
  if (event.room_uri) {
    xml.open("Locations");
    xml.open("Location");
    xml.element("LocationURI", shown["room_uri"]);
    xml.close();
    xml.close();
  }
  xml.close();
}

void add_present(MarkupWriter& xml, const RoomEvents& room) {
  const Attendance attendance(*room.present);
  for (const auto& [uri, person] : attendance.now()) {
    ExactText exact;
    xml.open("mgc:Present");
    xml.attribute("mgc:room_uri", exact.shown("room_uri", *room.uri));
    xml.attribute("mgc:actor_uri", exact.shown("actor_uri", uri));
    xml.attribute("mgc:actor_name", exact.shown("actor_name", person.name));
    xml.attribute("mgc:actor_email", exact.shown("actor_email", person.email));
    if (!exact.changed().empty()) xml.attribute("mgc:base64", exact.changed());
    xml.close();
  }
}

Bytes xml_of(const Slice& slice, std::span<const EdrmDocument> documents) {
  MarkupWriter xml;
  xml.open("Root");
  xml.attribute("MajorVersion", "1");
  xml.attribute("MinorVersion", "2");
  xml.attribute("Description", "Compliance export");
  xml.attribute("Locale", "US");
  xml.attribute("DataInterchangeType", "Update");
  xml.attribute("xmlns:mgc", "urn:mgc:compliance-event:1");
  xml.open("Batch");
  xml.open("CustomBatchInfo");
  for (const RoomEvents& room : rooms_of(slice)) add_present(xml, room);
  xml.close();
  xml.open("Documents");
  for (const EdrmDocument& document : documents) add_document(xml, document);
  xml.close();
  xml.close();
  xml.close();
  return xml.finish();
}

}  // namespace

Result<std::vector<OutputFile>> edrm_xml(const Slice& slice, const EdrmOptions& options) {
  const std::vector<EdrmDocument> documents = edrm_documents(slice, options.max_recipients);
  const std::string folder = slice_name(slice);
  std::vector<OutputFile> files = {{folder + "/edrm.xml", xml_of(slice, documents)},
                                   {folder + "/loadfile.dat", concordance_dat(documents)}};
  for (const EdrmDocument& document : documents) {
    if (document.text_name.empty()) continue;
    files.push_back({folder + "/text/" + document.text_name, document.event->content});
  }
  return files;
}

}  // namespace mgc::audit
