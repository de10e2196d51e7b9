#include "producer/replay/irc_phrases.hpp"
#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

/// The stamp of the first field: "2006-03-05 02:22:01", with microseconds and 'Z' since 4.4,
/// "2007 Sep 06 10:44:50" before 0.3.
std::optional<LogTime> read_stamp(std::string_view field) {
  std::string_view rest = field;
  const auto time = take_time(rest);
  if (time && time->date && rest.empty()) return time;
  auto written = find_written_date(field);
  if (written && field.find(':') != std::string_view::npos) return written;
  return std::nullopt;
}

/// "Notice(nick) -> #room: text", "Notice(nick): text".
std::optional<Statement> read_notice(std::string_view text) {
  if (!take(text, "Notice(")) return std::nullopt;
  const auto nick = take_until(text, ")");
  if (!nick) return std::nullopt;
  Statement out;
  out.actor = clean_nick(*nick);
  if (take(text, " -> ")) {
    std::string_view room = text.substr(0, text.find(':'));
    while (room.starts_with('@') || room.starts_with('+')) room.remove_prefix(1);
    if (is_channel(room)) out.room = room;
  }
  const auto colon = take_until(text, ": ");
  if (!colon || !is_nick(out.actor) || out.actor.find('.') != std::string::npos) {
    return std::nullopt;
  }
  out.content = text;
  return out;
}

Statement read_marked(std::string_view text) {
  const std::string plain = without_colours(text);
  if (auto out = read_irc_phrase(plain)) return *out;
  if (auto out = read_notice(text)) return *out;
  return plain_notice(text);
}

Reading read_fields(std::string_view prefix, std::string_view text) {
  const std::string_view mark = trim(prefix);
  if (mark.empty() || mark == "-->" || mark == "<--" || mark == "--" || mark == "=!=" ||
      mark == "-=-" || mark == "=-=") {
    return mark.empty() || mark == "=!=" ? plain_notice(text) : read_marked(text);
  }
  if (mark == "*" || mark == "-*-") {
    const std::string_view nick = take_word(text);
    auto out = said_by(nick, text);
    if (!out) return Reject{"an action without a nick"};
    out->is_action = true;
    return *out;
  }
  std::string_view nick = mark;
  if (nick.starts_with('<') && nick.ends_with('>')) nick = unwrap(nick, '<', '>');
  if (auto out = said_by(nick, text)) return *out;
  return Reject{"a post without a nick"};
}

}  // namespace

Reading read_weechat(std::string_view line) {
  std::string_view rest = line;
  const auto stamp = take_until(rest, "\t");
  const auto time = stamp ? read_stamp(*stamp) : std::nullopt;
  if (!time) return Reject{"no date and time followed by a tab"};
  const auto prefix = take_until(rest, "\t");
  if (!prefix) return Reject{"no second tab"};
  Reading out = read_fields(*prefix, rest);
  if (auto* statement = std::get_if<Statement>(&out)) statement->time = *time;
  return out;
}

}  // namespace mgc::producer
