#include "producer/replay/log_parser.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/utf8.hpp"
#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

using nlohmann::json;

constexpr std::size_t kNicksMax = 2048;
constexpr int kStateVersion = 1;

std::string nick_of_uri(std::string_view nick) {
  // The display name of somebody who is known by uri alone.
  if (!take(nick, "sip:") && !take(nick, "sips:")) return std::string(nick);
  return std::string(nick.substr(0, nick.find('@')));
}

}  // namespace

void NickMemory::add(std::string_view nick) {
  if (nick.empty() || nick.find(' ') != std::string_view::npos) return;
  if (!known_.emplace(nick).second) return;
  order_.emplace_back(nick);
  if (order_.size() <= kNicksMax) return;
  known_.erase(order_.front());
  order_.pop_front();
}

std::string NickMemory::to_text() const {
  std::string out;
  for (const std::string& nick : order_) {
    if (!out.empty()) out.push_back(' ');
    out += nick;
  }
  return out;
}

void NickMemory::restore(std::string_view text) {
  order_.clear();
  known_.clear();
  while (!text.empty()) add(take_word(text));
}

LogParser::LogParser(LogFormat format, LogContext context)
    : format_(format),
      context_(std::move(context)),
      calendar_(context_.date, {context_.utc_offset, format == LogFormat::ubuntu}),
      room_(context_.first_room) {}

std::variant<schema::Event, Reject> LogParser::parse(std::string_view line, std::uint64_t number) {
  if (trim(line).empty()) return Reject{"only white space"};
  std::string converted;
  const bool is_text = is_utf8(line);
  if (!is_text) {
    converted = utf8_from_mixed(line);
    line = converted;
  }
  Reading reading = read_line(format_, line);
  if (auto* reject = std::get_if<Reject>(&reading)) return std::move(*reject);
  auto& statement = std::get<Statement>(reading);
  const auto time = place(statement);
  if (!time) return Reject{"a time without a date"};
  learn_room(statement);
  if (statement.may_be_action) decide_action(statement);
  if (format_ == LogFormat::ubuntu) remember_nicks(statement);
  schema::Event event = build(std::move(statement), *time);
  event.source = schema::Source{context_.file, number, is_text ? "" : "windows-1252"};
  return event;
}

std::optional<UtcTime> LogParser::place(const Statement& statement) {
  if (statement.instant) return statement.instant;
  if (!statement.opens_day || statement.time.date) return calendar_.place(statement.time);
  LogTime midnight;
  if (const auto date = calendar_.date()) midnight.date = *date + std::chrono::days{1};
  return calendar_.place(midnight);
}

void LogParser::learn_room(const Statement& statement) {
  if (format_ == LogFormat::jsonl || statement.room.empty()) return;
  if (room_learned_ && !statement.names_log_room) return;
  room_ = lower(statement.room);
  room_learned_ = true;
}

/// "nick text"; a nick that the Ubuntu logs wrote with a space behind its ']' is two words.
void LogParser::decide_action(Statement& statement) {
  std::string_view rest = statement.content;
  std::string nick(take_word(rest));
  if (!nicks_.has(nick) && nick.find(']') != std::string::npos) nick += take_word(rest);
  if (!nicks_.has(nick)) return;
  std::string text(rest);
  statement.kind = schema::EventKind::chat;
  statement.is_action = true;
  statement.actor = std::move(nick);
  statement.content = std::move(text);
}

void LogParser::remember_nicks(const Statement& statement) {
  nicks_.add(statement.actor);
  if (statement.kind == schema::EventKind::person) nicks_.add(statement.target);
}

schema::Room LogParser::room_of(const Statement& statement) const {
  schema::Room out;
  if (!context_.room.empty()) {
    out.name = context_.room;
    out.uri = room_uri(lower(context_.room), context_.domain);
  } else if (format_ == LogFormat::jsonl && !statement.room.empty()) {
    out.uri = room_uri(statement.room, context_.domain);
    out.name = statement.room_name.empty() ? statement.room : statement.room_name;
  } else {
    out.name = statement.room.empty() ? room_ : lower(statement.room);
    out.uri = room_uri(out.name, context_.domain);
  }
  return out;
}

schema::Person LogParser::person(const std::string& nick, const std::string& name,
                                 const std::string& email) const {
  schema::Person out;
  out.uri = person_uri(nick, context_.domain);
  out.name = name.empty() ? nick_of_uri(nick) : name;
  out.email = email;
  return out;
}

schema::Event LogParser::build(Statement statement, UtcTime time) const {
  schema::Event out;
  out.kind = statement.kind;
  out.occurred_at = time;
  out.room = room_of(statement);
  if (!statement.actor.empty()) {
    out.actor = person(statement.actor, statement.actor_name, statement.actor_email);
  }
  if (!statement.target.empty()) out.target = person(statement.target, statement.target_name, {});
  out.content = std::move(statement.content);
  out.chat_id = statement.chat_id;
  out.file = std::move(statement.file);
  out.is_action = statement.is_action && statement.kind == schema::EventKind::chat;
  return out;
}

std::string LogParser::state() const {
  json out;
  out["version"] = kStateVersion;
  out["format"] = to_string(format_);
  if (const auto date = calendar_.date()) out["day"] = date->time_since_epoch().count();
  out["micros"] = calendar_.time_of_day().count();
  out["room"] = room_;
  out["room_learned"] = room_learned_;
  if (format_ == LogFormat::ubuntu) out["nicks"] = nicks_.to_text();
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool LogParser::restore(std::string_view state) {
  const json in = json::parse(state.begin(), state.end(), nullptr, false);
  if (!in.is_object() || in.value("version", json()) != kStateVersion) return false;
  const json micros = in.value("micros", json());
  const json room = in.value("room", json());
  const json learned = in.value("room_learned", json());
  if (!micros.is_number_integer() || !room.is_string() || !learned.is_boolean()) return false;
  std::optional<std::chrono::sys_days> date;
  const json day = in.value("day", json());
  if (day.is_number_integer()) date = std::chrono::sys_days{std::chrono::days{day.get<int>()}};
  calendar_.restore(date, std::chrono::microseconds{micros.get<std::int64_t>()});
  room_ = room.get<std::string>();
  room_learned_ = learned.get<bool>();
  const json nicks = in.value("nicks", json());
  if (nicks.is_string()) nicks_.restore(nicks.get_ref<const std::string&>());
  return true;
}

Reading read_line(LogFormat format, std::string_view line) {
  switch (format) {
    case LogFormat::ubuntu: return read_ubuntu(line);
    case LogFormat::mirc: return read_mirc(line);
    case LogFormat::irssi: return read_irssi(line);
    case LogFormat::weechat: return read_weechat(line);
    case LogFormat::jsonl: return read_jsonl(line);
    case LogFormat::auto_detect: break;
  }
  return Reject{"no format chosen"};
}

}  // namespace mgc::producer
