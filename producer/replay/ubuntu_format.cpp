#include "producer/replay/irc_phrases.hpp"
#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

/// What stands behind "===".
///
/// The logger wrote actions and the channel's own lines the same way, "=== nick waves" and
/// "=== Topic for #ubuntu: ...". A line that is no known phrase is an action when its first word
/// is a nick that this log has shown before, else a notice; log_parser.cpp keeps the nicks.
Statement read_marked(std::string_view text) {
  if (auto out = read_irc_phrase(text)) return *out;
  Statement out = plain_notice(text);
  // "Topic ...", "..[topic/#ubuntu:nick] : ..." never are somebody's.
  out.may_be_action = !text.starts_with("Topic ") && !text.starts_with("..[");
  return out;
}

/// "(nick/#room) text": posts that the log's owner sent from elsewhere.
std::optional<Statement> read_relayed(std::string_view text) {
  if (!take(text, "(")) return std::nullopt;
  const auto inside = take_until(text, ") ");
  const std::size_t slash = inside ? inside->rfind('/') : std::string_view::npos;
  if (slash == std::string_view::npos || !is_channel(inside->substr(slash + 1))) {
    return std::nullopt;
  }
  auto out = said_by(inside->substr(0, slash), text);
  if (out) out->room = inside->substr(slash + 1);
  return out;
}

/// What stands behind "[HH:MM]".
Reading read_timed(std::string_view body) {
  std::string_view text = body;
  if (take(text, "<")) {
    // "> " ends the nick; an empty post has nothing behind the bracket.
    auto nick = take_until(text, "> ");
    if (!nick && text.ends_with('>')) {
      nick = text.substr(0, text.size() - 1);
      text = {};
    }
    if (auto out = nick ? said_by(*nick, text) : std::nullopt) return *out;
    return Reject{"a post without a nick"};
  }
  text = body;
  while (take(text, " ")) {
  }
  if (take(text, "* ")) {
    const std::string_view nick = take_word(text);
    if (auto out = said_by(nick, text)) {
      out->is_action = true;
      return *out;
    }
    return Reject{"an action without a nick"};
  }
  if (take(text, "===")) return read_marked(trim(text));
  if (auto out = read_relayed(text)) return *out;
  if (auto out = read_spoken_notice(text)) return *out;
  Statement out = plain_notice(text);
  out.certain = false;
  return out;
}

}  // namespace

Reading read_ubuntu(std::string_view line) {
  std::string_view rest = line;
  if (take(rest, "===")) {
    const std::string_view text = trim(rest);
    if (text.empty()) return Reject{"nothing behind the mark of a channel line"};
    return read_marked(text);
  }
  std::optional<std::chrono::microseconds> time;
  if (!take(rest, "[") || !(time = take_time_of_day(rest)) || !take(rest, "]")) {
    return Reject{"neither a time in brackets nor ==="};
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (trim(rest).empty()) return Reject{"nothing behind the time"};
  Reading out = read_timed(rest);
  if (auto* statement = std::get_if<Statement>(&out)) statement->time.time_of_day = time;
  return out;
}

}  // namespace mgc::producer
