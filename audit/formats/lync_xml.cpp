#include "audit/formats/lync_xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "audit/file_name.hpp"
#include "audit/formats/lync_conversations.hpp"
#include "audit/formats/lync_values.hpp"
#include "audit/formats/stylesheet.hpp"
#include "audit/formats/xml_writer.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

using db::ComplianceEvent;

bool is_file_event(const ComplianceEvent& event) {
  return event.kind == "FILEUPLOAD" || event.kind == "FILEDOWNLOAD";
}

/// Writes the elements of one file.
class LyncXmlFile {
 public:
  LyncXmlFile(const LyncXmlOptions& options, const Slice& slice)
      : options_(options), slice_(slice) {}

  Bytes conversations(const Conversations& all);
  Bytes attachments(const Conversations& all);

 private:
  void begin_document(const char* root);
  void conversation(const Conversation& one);
  void channel(const Conversation& one);
  void present(const Conversation& one);
  void message(const char* element, const ComplianceEvent& event);
  void attachment(const ComplianceEvent& event);
  void sender(const ComplianceEvent& event);
  void person(std::string_view uri, std::string_view name, std::string_view email,
              std::optional<bool> external);
  void time(const char* element, UtcTime time);
  void outside(const std::vector<const ComplianceEvent*>& events);

  const LyncXmlOptions& options_;
  const Slice& slice_;
  XmlWriter xml_;
  std::set<std::string> told_present_;  ///< rooms
};

void LyncXmlFile::begin_document(const char* root) {
  xml_.begin(root);
  xml_.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  xml_.attribute("xmlns:xsd", "http://www.w3.org/2001/XMLSchema");
  if (options_.extension) xml_.attribute("lane", slice_.lane);
}

Bytes LyncXmlFile::conversations(const Conversations& all) {
  begin_document("Conversations");
  for (const Conversation& one : all.rooms) conversation(one);
  if (!all.outside.empty()) outside(all.outside);
  return xml_.finish();
}

void LyncXmlFile::conversation(const Conversation& one) {
  xml_.begin("Conversation");
  channel(one);
  const auto first =
      std::ranges::find_if(one.events, [](auto* event) { return is_of_original(*event); });
  if (first != one.events.end()) message("FirstMessage", **first);
  xml_.begin("Messages");
  for (const ComplianceEvent* event : one.events)
    message(is_of_original(*event) ? "Message" : "Event", *event);
  xml_.end();
  const auto [least, greatest] =
      std::ranges::minmax(one.events, {}, [](auto* event) { return event->occurred_at; });
  time("StartTimeUTC", least->occurred_at);
  time("EndTimeUTC", greatest->occurred_at);
  if (options_.extension && options_.add_chat_room_details) present(one);
  xml_.end();
}

void LyncXmlFile::channel(const Conversation& one) {
  xml_.begin("Channel");
  xml_.attribute("uri", one.room_uri);
  const bool named = options_.add_chat_room_details && !one.room_name.empty();
  xml_.attribute("name", named ? one.room_name : one.room_uri);
  xml_.end();
}

/// Who was there when the slice began: in the first conversation of each room.
void LyncXmlFile::present(const Conversation& one) {
  const auto there = slice_.present.find(one.room_uri);
  if (there == slice_.present.end() || !told_present_.insert(one.room_uri).second) return;
  xml_.begin("Present");
  for (const Occupant& occupant : there->second) {
    xml_.begin("Participant");
    person(occupant.uri, occupant.name, occupant.email, std::nullopt);
    time("DateTimeUTC", occupant.joined_at);
    xml_.end();
  }
  xml_.end();
}

void LyncXmlFile::message(const char* element, const ComplianceEvent& event) {
  const bool file = is_file_event(event) && event.file_name.has_value();
  xml_.begin(element);
  xml_.attribute("type", event.kind);
  xml_.attribute("content", file ? *event.file_name : event.content);
  const bool numbered = event.kind == "CHAT" || !is_of_original(event);
  xml_.attribute("id", numbered ? event.chat_id : 0);
  if (options_.extension) {
    xml_.attribute("eventId", static_cast<std::int64_t>(event.event_id));
    if (event.file_sha256) xml_.attribute("sha256", schema::to_hex(*event.file_sha256));
    if (file && !event.content.empty()) xml_.attribute("text", event.content);
    if (!file && event.file_name) xml_.attribute("file", *event.file_name);
  }
  sender(event);
  time("DateTimeUTC", event.occurred_at);
  xml_.end();
}

void LyncXmlFile::sender(const ComplianceEvent& event) {
  if (!event.actor_uri) return;
  person(*event.actor_uri, event.actor_name.value_or(""), event.actor_email.value_or(""),
         event.actor_external);
}

void LyncXmlFile::person(std::string_view uri, std::string_view name, std::string_view email,
                         std::optional<bool> external) {
  const std::string_view address = without_sip(uri);
  xml_.begin("Sender");
  xml_.attribute("UserName", name.empty() ? address : name);
  xml_.attribute("id", sender_id(uri));
  if (options_.add_user_details) {
    if (!email.empty()) xml_.attribute("email", email);
    if (external) xml_.attribute("internal", *external ? "false" : "true");
  }
  xml_.attribute("uri", address);
  xml_.end();
}

void LyncXmlFile::time(const char* element, UtcTime time) {
  xml_.begin(element);
  const auto since_1970 = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  xml_.attribute("since1970", since_1970.count());
  xml_.attribute("string", format_utc(time));
  xml_.attribute("long", kTicksOf1970 + to_micros(time) * 10);
  xml_.end();
}

void LyncXmlFile::outside(const std::vector<const ComplianceEvent*>& events) {
  xml_.begin("OutsideRooms");
  for (const ComplianceEvent* event : events) message("Event", *event);
  xml_.end();
}

Bytes LyncXmlFile::attachments(const Conversations& all) {
  begin_document("Attachments");
  for (const Conversation& one : all.rooms) {
    for (const ComplianceEvent* event : one.events) {
      if (is_file_event(*event)) attachment(*event);
    }
  }
  return xml_.finish();
}

void LyncXmlFile::attachment(const ComplianceEvent& event) {
  xml_.begin("Attachment");
  xml_.attribute("type", event.kind);
  xml_.attribute("file", event.file_name ? *event.file_name : event.content);
  if (event.file_sha256) xml_.attribute("sha256", schema::to_hex(*event.file_sha256));
  xml_.attribute("channel", event.room_uri.value_or(""));
  if (options_.extension) xml_.attribute("eventId", static_cast<std::int64_t>(event.event_id));
  sender(event);
  time("DateTimeUTC", event.occurred_at);
  xml_.end();
}

bool has_files(const Conversations& all) {
  return std::ranges::any_of(all.rooms, [](const Conversation& one) {
    return std::ranges::any_of(one.events, [](auto* event) { return is_file_event(*event); });
  });
}

/// All together, or each room and what is outside for itself; by the end of their files' names.
std::map<std::string, Conversations> by_file(Conversations all, bool room_for_itself) {
  std::map<std::string, Conversations> files;
  if (!room_for_itself) {
    if (!all.rooms.empty() || !all.outside.empty()) files[""] = std::move(all);
    return files;
  }
  if (!all.outside.empty()) files[""].outside = std::move(all.outside);
  for (Conversation& one : all.rooms)
    files["-" + file_name_of(one.room_uri)].rooms.push_back(std::move(one));
  return files;
}

Result<std::vector<OutputFile>> write_slice(const LyncXmlOptions& options,
                                            const std::optional<Stylesheet>& stylesheet,
                                            const Slice& slice) {
  std::vector<OutputFile> files;
  const std::string stem = fmt::format("{}-{:012}", plain_file_name_of(slice.lane), slice.number);
  auto conversations = find_conversations(slice, options.run_interval, options.extension);
  for (const auto& [end, all] :
       by_file(std::move(conversations), options.one_chat_room_per_output_file)) {
    Result<Bytes> bytes = LyncXmlFile(options, slice).conversations(all);
    if (stylesheet) bytes = stylesheet->apply(*bytes);
    if (!bytes) return bytes.error();
    files.push_back(
        {stem + end + "." + (stylesheet ? stylesheet->suffix() : "xml"), std::move(*bytes)});
    if (!options.create_file_attachments_manifest || !has_files(all)) continue;
    files.push_back({stem + end + ".ATTACH", LyncXmlFile(options, slice).attachments(all)});
  }
  return files;
}

nlohmann::json options_json(const LyncXmlOptions& options,
                            const std::optional<Stylesheet>& stylesheet) {
  const nlohmann::json sheet = stylesheet ? nlohmann::json(stylesheet->sha256()) : nullptr;
  return {{"OneChatRoomPerOutputFile", options.one_chat_room_per_output_file},
          {"AddChatRoomDetails", options.add_chat_room_details},
          {"AddUserDetails", options.add_user_details},
          {"CreateFileAttachmentsManifest", options.create_file_attachments_manifest},
          {"RunInterval", format_run_interval(options.run_interval)},
          {"CustomConfiguration", sheet},
          {"extension", options.extension}};
}

}  // namespace

Result<std::chrono::seconds> parse_run_interval(std::string_view text) {
  const Error wrong = {
      Action::stop, fmt::format("RunInterval {}: hh:mm:ss or d.hh:mm:ss is wanted, from 00:01:00 "
                                "to 30.00:00:00",
                                text)};
  std::array<std::int64_t, 4> parts{};  // days, hours, minutes, seconds
  std::size_t part = text.find('.') == std::string_view::npos ? 1 : 0;
  std::size_t digits = 0;
  for (const char letter : text) {
    const bool ends = digits > 0 && letter == (part == 0 ? '.' : ':');
    if (ends && ++part == parts.size()) return wrong;
    digits = ends ? 0 : digits + 1;
    if (ends) continue;
    if (letter < '0' || letter > '9' || digits > 2) return wrong;
    parts[part] = parts[part] * 10 + (letter - '0');
  }
  if (digits == 0 || part != 3 || parts[1] > 23 || parts[2] > 59 || parts[3] > 59) return wrong;
  const std::chrono::seconds interval{((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3]};
  if (interval < kRunIntervalMin || interval > kRunIntervalMax) return wrong;
  return interval;
}

std::string format_run_interval(std::chrono::seconds interval) {
  const auto seconds = interval.count();
  const auto days = seconds / 86'400;
  return fmt::format("{}{:02}:{:02}:{:02}", days > 0 ? fmt::format("{}.", days) : "",
                     seconds / 3'600 % 24, seconds / 60 % 60, seconds % 60);
}

Result<ExportFormat> make_lync_xml(const LyncXmlOptions& options) {
  std::optional<Stylesheet> stylesheet;
  if (!options.custom_configuration.empty()) {
    auto read = Stylesheet::read(options.custom_configuration);
    if (!read) return read.error();
    stylesheet.emplace(std::move(*read));
  }
  FileFormat form;
  form.wants_present = options.extension && options.add_chat_room_details;
  form.write = [options, stylesheet](const Slice& slice) {
    return write_slice(options, stylesheet, slice);
  };
  return ExportFormat{"lync-xml", options_json(options, stylesheet), std::move(form)};
}

}  // namespace mgc::audit
