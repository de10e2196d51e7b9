#include "audit/formats/lync_xml_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include "audit/formats/lync_values.hpp"
#include "audit/formats/xml_writer.hpp"
#include "core/utf8.hpp"
#include "schema/event_view.hpp"

namespace mgc::audit {
namespace {

Error reject(std::string why) { return {Action::reject, std::move(why)}; }

/// A value as a reason shows it.
std::string shown(std::string_view value) {
  return fmt::format("'{}'", printable(value.substr(0, 100)));
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_escaped(const XmlElement& element, std::string_view attribute) {
  const std::string* list = element.find("escaped");
  if (list == nullptr) return false;
  std::string_view rest = *list;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == attribute) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

/// Empty where there is no such attribute.
Result<std::string> text_of(const XmlElement& element, std::string_view attribute) {
  const std::string* value = element.find(attribute);
  if (value == nullptr) return std::string();
  if (!is_escaped(element, attribute)) return *value;
  auto text = unescape_from_xml(*value);
  if (text) return *std::move(text);
  return reject(fmt::format("{}/@{} is called escaped and is not", element.name, attribute));
}

/// The only one of that name among what is in the record; nullptr when there is none.
Result<const XmlElement*> part_of(const LyncRecord& record, std::string_view name) {
  const XmlElement* found = nullptr;
  for (std::size_t i = 1; i < record.elements.size(); ++i) {
    if (record.elements[i].name != name) continue;
    if (found != nullptr) return reject(fmt::format("it has more than one {}", name));
    found = &record.elements[i];
  }
  return found;
}

Result<schema::EventKind> kind_of(const XmlElement& told) {
  const std::string* type = told.find("type");
  if (type == nullptr) return reject("it has no type");
  if (const auto kind = schema::kind_from_name(*type)) return *kind;
  constexpr std::string_view kUnknown = "UNKNOWN(";
  if (type->starts_with(kUnknown) && type->ends_with(')')) {
    const std::string_view digits =
        std::string_view(*type).substr(kUnknown.size(), type->size() - kUnknown.size() - 1);
    if (const auto number = number_of<std::int32_t>(digits))
      return static_cast<schema::EventKind>(*number);
  }
  return reject(fmt::format("its type is {}, which is none", shown(*type)));
}

using Times = std::array<std::optional<std::int64_t>, 3>;

/// Microseconds since 1970, from what is most exact: ticks, ISO 8601, milliseconds.
Result<Times> read_times(const XmlElement& when) {
  Times times;
  const auto wrong = [](std::string_view name, std::string_view value) {
    return reject(fmt::format("DateTimeUTC/@{} is {}, which is no time", name, shown(value)));
  };
  const auto given = [&](std::string_view name) {
    const std::string* value = when.find(name);
    return value != nullptr && !value->empty() ? value : nullptr;
  };
  if (const std::string* text = given("long")) {
    const auto ticks = number_of<std::int64_t>(*text);
    if (!ticks || *ticks < 0) return wrong("long", *text);
    times[0] = *ticks / 10 - kTicksOf1970 / 10;
  }
  if (const std::string* text = given("string")) {
    const auto time = parse_utc(*text);
    if (!time) return wrong("string", *text);
    times[1] = to_micros(*time);
  }
  if (const std::string* text = given("since1970")) {
    const auto millis = number_of<std::int64_t>(*text);
    if (!millis || *millis < kUtcMicrosMin / 1'000 || *millis > kUtcMicrosMax / 1'000)
      return wrong("since1970", *text);
    times[2] = *millis * 1'000;
  }
  return times;
}

/// All three are UTC. Where two are a second apart, one was written in another time zone or by a
/// clock of its own, and nobody can tell which.
Result<UtcTime> time_of(const LyncRecord& record) {
  const auto when = part_of(record, "DateTimeUTC");
  if (!when) return when.error();
  if (*when == nullptr) return reject("it has no DateTimeUTC");
  const auto times = read_times(**when);
  if (!times) return times.error();
  std::optional<std::int64_t> best;
  for (const auto& time : *times) {
    if (!time) continue;
    if (!best) best = *time;
    if (std::max(*time, *best) - std::min(*time, *best) >= 1'000'000)
      return reject("the times of its DateTimeUTC contradict each other");
  }
  if (!best) return reject("its DateTimeUTC has no time");
  if (*best < kUtcMicrosMin || *best > kUtcMicrosMax)
    return reject("the time of its DateTimeUTC is not in the years 1 to 9999");
  return utc_from_micros(*best);
}

/// The address as it was recorded: ours have a number made of it, by which it can be told whether
/// "sip:" was left out; the original left it out.
std::string full_address(std::string address, const std::string* id) {
  const auto number = id == nullptr ? std::nullopt : number_of<std::int64_t>(*id);
  const std::string with_sip = "sip:" + address;
  if (number && sender_id(with_sip) == *number) return with_sip;
  if (number && sender_id(address) == *number) return address;
  const bool has_scheme = address.find(':') < address.find('@');
  return has_scheme ? address : with_sip;
}

Result<bool> is_external(const XmlElement& sender) {
  const std::string* internal = sender.find("internal");
  if (internal == nullptr || internal->empty()) return false;
  for (const char* yes : {"true", "True", "1"}) {
    if (*internal == yes) return false;
  }
  for (const char* no : {"false", "False", "0"}) {
    if (*internal == no) return true;
  }
  return reject(fmt::format("Sender/@internal is {}; true or false is wanted", shown(*internal)));
}

/// Where the original knew no address: its number in the directory.
Result<std::string> address_of(const XmlElement& sender) {
  auto address = text_of(sender, "uri");
  if (!address) return address;
  const std::string* id = sender.find("id");
  if (!address->empty()) return full_address(*std::move(address), id);
  if (id == nullptr || id->empty()) return reject("its Sender has neither a uri nor an id");
  return "principal:" + *id;
}

Result<std::optional<schema::Person>> person_of(const LyncRecord& record) {
  const auto sender = part_of(record, "Sender");
  if (!sender) return sender.error();
  if (*sender == nullptr) return std::optional<schema::Person>();
  const bool misspelt = (*sender)->find("UserName") == nullptr;  // as the original's stylesheet
  auto uri = address_of(**sender);
  auto name = text_of(**sender, misspelt ? "userName" : "UserName");
  auto email = text_of(**sender, "email");
  for (const auto* text : {&uri, &name, &email}) {
    if (!*text) return text->error();
  }
  const auto external = is_external(**sender);
  if (!external) return external.error();
  if (*name == without_sip(*uri)) name->clear();  // it is there because there is no name
  return std::optional(
      schema::Person{*std::move(uri), *std::move(name), *std::move(email), *external});
}

Result<std::optional<schema::Room>> room_of(const LyncRecord& record) {
  if (record.outside_rooms) return std::optional<schema::Room>();
  if (!record.channel) return reject("no Channel says in which room it was");
  auto uri = text_of(*record.channel, "uri");
  auto name = text_of(*record.channel, "name");
  if (!uri) return uri.error();
  if (!name) return name.error();
  if (*name == *uri) name->clear();  // it is there because there is no name
  return std::optional(schema::Room{*std::move(uri), *std::move(name)});
}

Result<Bytes> sha256_of(const XmlElement& told) {
  const std::string* text = told.find("sha256");
  if (text == nullptr) return Bytes();
  Bytes bytes;
  for (std::size_t at = 0; at + 1 < text->size(); at += 2) {
    unsigned value = 0;
    const char* begin = text->data() + at;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) break;
    bytes.push_back(static_cast<char>(value));
  }
  if (text->size() == 64 && bytes.size() == 32) return bytes;
  return reject("its sha256 is not 64 hexadecimal digits");
}

Result<std::int64_t> chat_id_of(const XmlElement& told) {
  const std::string* text = told.find("id");
  if (text == nullptr || text->empty()) return std::int64_t{0};
  const auto id = number_of<std::int64_t>(*text);
  if (!id || *id < 0) return reject(fmt::format("its id is {}; 0 or more is wanted", shown(*text)));
  return *id;
}

/// What was said, and the file that was moved.
Result<void> read_content(const XmlElement& told, schema::Event& event) {
  const bool moves = event.kind == schema::EventKind::file_upload ||
                     event.kind == schema::EventKind::file_download;
  auto content = text_of(told, moves ? "text" : "content");
  auto name = text_of(told, moves ? "content" : "file");
  auto sha256 = sha256_of(told);
  for (const auto* text : {&content, &name, &sha256}) {
    if (!*text) return text->error();
  }
  event.content = *std::move(content);
  if (moves || told.find("file") != nullptr || !sha256->empty())
    event.file = schema::File{*std::move(name), *std::move(sha256), 0, {}};
  return {};
}

Result<schema::Event> event_of(const LyncRecord& record) {
  if (!record.fault.empty()) return reject(record.fault);
  const XmlElement& told = record.elements.front();
  schema::Event event;
  const auto kind = kind_of(told);
  if (!kind) return kind.error();
  event.kind = *kind;
  const auto time = time_of(record);
  if (!time) return time.error();
  event.occurred_at = *time;
  auto room = room_of(record);
  if (!room) return room.error();
  event.room = *std::move(room);
  auto actor = person_of(record);
  if (!actor) return actor.error();
  event.actor = *std::move(actor);
  const auto chat_id = chat_id_of(told);
  if (!chat_id) return chat_id.error();
  event.chat_id = *chat_id;
  if (auto read = read_content(told, event); !read) return read.error();
  return event;
}

}  // namespace

Result<Bytes> encode_lync_record(const LyncRecord& record, schema::Source source) {
  auto event = event_of(record);
  if (!event) return event.error();
  event->source = std::move(source);
  return schema::encode_event(*event);
}

Bytes xml_of(const LyncRecord& record) {
  XmlWriter xml;
  const auto begin = [&](const XmlElement& element) {
    xml.begin(element.name.c_str());
    for (const auto& [name, value] : element.attributes) xml.attribute(name.c_str(), value);
  };
  xml.begin("Conversation");
  if (record.channel) {
    begin(*record.channel);
    xml.end();
  }
  for (std::size_t i = 0; i < record.elements.size(); ++i) {
    begin(record.elements[i]);
    if (i > 0) xml.end();
  }
  return xml.finish();
}

}  // namespace mgc::audit
