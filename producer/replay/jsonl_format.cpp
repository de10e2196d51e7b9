#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"
#include "producer/replay/statement.hpp"

namespace mgc::producer {
namespace {

using nlohmann::json;
using schema::EventKind;

// The keys of an object, each with the aliases that are read when it is absent:
//   time        timestamp ts date datetime   ISO 8601, or a number: UNIX seconds, milliseconds ...
//   kind        type event                   names of schema::EventKind and those of kKinds below;
//                                            a line with a text and without a kind is a post
//   room        channel chat                 a name, or a ma-chan: uri with room_name beside it
//   actor       nick user from sender author a nick or a sip: uri; actor_name, actor_email
//   target      to                           a nick or a sip: uri; target_name
//   text        message content body msg
//   chat_id, action (true, false), file {name, sha256 in hex, size, url}
using Aliases = std::initializer_list<const char*>;

constexpr int kNestingMax = 16;

/// A line of the right JSON whose parts do not fit; the text is the reason of the reject.
struct Misfit {
  const char* reason = nullptr;
};

/// Reads members of one object; the first misfit sticks.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  const json* find(Aliases names) const {
    for (const char* name : names) {
      const auto at = object_.find(name);
      if (at != object_.end() && !at->is_null()) return &*at;
    }
    return nullptr;
  }
  std::string text(Aliases names, const char* misfit) {
    const json* value = find(names);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get_ref<const std::string&>();
    fail(misfit);
    return {};
  }
  bool flag(Aliases names, const char* misfit) {
    const json* value = find(names);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    fail(misfit);
    return false;
  }
  std::int64_t number(Aliases names, const char* misfit) {
    const json* value = find(names);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() <= (std::uint64_t{1} << 62U)) {
      return static_cast<std::int64_t>(value->get<std::uint64_t>());
    }
    fail(misfit);
    return 0;
  }
  void fail(const char* reason) {
    if (misfit_.reason == nullptr) misfit_.reason = reason;
  }
  [[nodiscard]] const char* misfit() const { return misfit_.reason; }

 private:
  const json& object_;
  Misfit misfit_;
};

bool too_deep(std::string_view line) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kNestingMax) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

/// Seconds up to 9999, milliseconds and microseconds are told apart by their size.
std::optional<UtcTime> from_unix(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  const double size = std::abs(number);
  const double micros = size < 1e11 ? number * 1e6 : size < 1e14 ? number * 1e3 : number;
  if (micros < static_cast<double>(kUtcMicrosMin) || micros > static_cast<double>(kUtcMicrosMax)) {
    return std::nullopt;
  }
  return utc_from_micros(std::llround(micros));
}

std::optional<UtcTime> from_integer(std::int64_t number) {
  const std::int64_t size = number < 0 ? -(number + 1) : number;
  if (size >= 100'000'000'000'000) return from_unix(static_cast<double>(number));
  return utc_from_micros(number * (size < 100'000'000'000 ? 1'000'000 : 1'000));
}

/// A time in a string: ISO 8601, or a UNIX time as Slack exports have it ("1141525320.000100").
std::optional<UtcTime> from_text(const std::string& text, Members& members, bool& has_offset) {
  has_offset = text.ends_with('Z') || text.find_first_of("+-", 11) != std::string::npos;
  if (auto time = parse_utc(text)) return time;
  std::string_view rest = text;
  if (take_time_of_day(rest) && rest.empty()) {
    const json* date = members.find({"date"});
    if (date == nullptr || !date->is_string()) return std::nullopt;
    return parse_utc(date->get_ref<const std::string&>() + "T" + text);
  }
  if (text.empty() || text.size() > 24 || text.find_first_not_of("0123456789.") != text.npos) {
    return std::nullopt;
  }
  has_offset = true;
  const json number = json::parse(text, nullptr, false);
  return number.is_number() ? from_unix(number.get<double>()) : std::nullopt;
}

void read_time(Members& members, Statement& out) {
  const json* value = members.find({"time", "timestamp", "ts", "date", "datetime"});
  if (value == nullptr) return members.fail("no time");
  bool has_offset = true;
  std::optional<UtcTime> time;
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > (std::uint64_t{1} << 62U)) {
    return members.fail("a time that cannot be read");
  }
  if (value->is_number_integer()) {
    time = from_integer(value->get<std::int64_t>());
  } else if (value->is_number_float()) {
    time = from_unix(value->get<double>());
  } else if (value->is_string()) {
    time = from_text(value->get_ref<const std::string&>(), members, has_offset);
  }
  if (!time || to_micros(*time) < kUtcMicrosMin || to_micros(*time) > kUtcMicrosMax) {
    return members.fail("a time that cannot be read");
  }
  if (has_offset) {
    out.instant = time;
  } else {
    out.time.date = std::chrono::floor<std::chrono::days>(*time);
    out.time.time_of_day = *time - *out.time.date;
  }
}

/// Names that other programs give to the kinds, beside those of schema::kind_name().
std::optional<EventKind> kind_from_alias(std::string_view name) {
  constexpr std::pair<std::string_view, EventKind> kKinds[] = {
      {"message", EventKind::chat},       {"msg", EventKind::chat},
      {"privmsg", EventKind::chat},       {"post", EventKind::chat},
      {"action", EventKind::chat},        {"me", EventKind::chat},
      {"enter", EventKind::join},         {"leave", EventKind::part},
      {"left", EventKind::part},          {"quit", EventKind::part},
      {"kick", EventKind::part},          {"history", EventKind::backchat},
      {"upload", EventKind::file_upload}, {"download", EventKind::file_download},
      {"rename", EventKind::person},      {"nick", EventKind::person},
      {"topic", EventKind::room},         {"mode", EventKind::membership},
      {"system", EventKind::notice}};
  for (const auto& [alias, kind] : kKinds) {
    if (equal_ignoring_case(name, alias)) return kind;
  }
  return schema::kind_from_name(name);
}

void read_kind(Members& members, Statement& out) {
  const std::string name = members.text({"kind", "type", "event"}, "a kind that is not text");
  if (!name.empty()) {
    const auto kind = kind_from_alias(name);
    if (!kind || *kind == EventKind::node) return members.fail("an unknown kind");
    out.kind = *kind;
    out.is_action = equal_ignoring_case(name, "action") || equal_ignoring_case(name, "me");
  } else if (members.find({"text", "message", "content", "body", "msg"}) != nullptr) {
    out.kind = EventKind::chat;
  } else {
    members.fail("no kind");
  }
}

std::optional<Bytes> from_hex(std::string_view text) {
  Bytes out;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    int value = 0;
    for (const char c : text.substr(at, 2)) {
      const char low = to_lower(c);
      if (!is_digit(low) && (low < 'a' || low > 'f')) return std::nullopt;
      value = value * 16 + (is_digit(low) ? low - '0' : low - 'a' + 10);
    }
    out.push_back(static_cast<char>(value));
  }
  return out;
}

void read_file(Members& members, Statement& out) {
  const json* value = members.find({"file"});
  if (value == nullptr) return;
  if (!value->is_object()) return members.fail("a file that is not an object");
  Members inner(*value);
  schema::File file;
  file.name = inner.text({"name"}, "a file name that is not text");
  file.url = inner.text({"url"}, "a file url that is not text");
  file.size =
      static_cast<std::uint64_t>(inner.number({"size"}, "a file size that is not a number"));
  const auto hash = from_hex(inner.text({"sha256"}, "a file sha256 that is not text"));
  if (!hash || (!hash->empty() && hash->size() != 32)) inner.fail("a file sha256 of a wrong form");
  if (inner.misfit() != nullptr) return members.fail(inner.misfit());
  file.sha256 = *hash;
  out.file = std::move(file);
}

bool needs_actor(EventKind kind) {
  return kind != EventKind::notice && kind != EventKind::room && kind != EventKind::purge &&
         kind != EventKind::membership;
}

Reading read_object(const json& object) {
  Members members(object);
  Statement out;
  read_time(members, out);
  read_kind(members, out);
  out.room = members.text({"room", "channel", "chat"}, "a room that is not text");
  out.room_name = members.text({"room_name"}, "a room name that is not text");
  out.actor = members.text({"actor", "nick", "user", "from", "sender", "author"},
                           "an actor that is not text");
  out.actor_name = members.text({"actor_name"}, "an actor name that is not text");
  out.actor_email = members.text({"actor_email"}, "an actor e-mail that is not text");
  out.target = members.text({"target", "to"}, "a target that is not text");
  out.target_name = members.text({"target_name"}, "a target name that is not text");
  out.content =
      members.text({"text", "message", "content", "body", "msg"}, "a text that is not text");
  out.chat_id = members.number({"chat_id"}, "a chat id that is not a number");
  if (members.flag({"action"}, "an action that is not true or false")) out.is_action = true;
  read_file(members, out);
  if (out.actor.empty() && needs_actor(out.kind)) members.fail("no actor");
  if (members.misfit() != nullptr) return Reject{members.misfit()};
  return out;
}

}  // namespace

Reading read_jsonl(std::string_view line) {
  const std::string_view text = trim(line);
  if (!text.starts_with('{')) return Reject{"not a JSON object"};
  if (too_deep(text)) return Reject{"JSON nested too deeply"};
  const json object = json::parse(text.begin(), text.end(), nullptr, false);
  if (!object.is_object()) return Reject{"not a JSON object"};
  return read_object(object);
}

}  // namespace mgc::producer
