#include "producer/replay/irc_phrases.hpp"
#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

/// "--- Log opened Sun Mar 05 00:00:01 2006", "--- Log closed ...", "--- Day changed ...".
/// The day names are of the writer's language; a day change without a readable date is the next
/// day.
std::optional<Statement> read_log_mark(std::string_view line) {
  std::string_view rest = line;
  if (!take(rest, "--- ")) return std::nullopt;
  Statement out = plain_notice(line);
  out.opens_day = rest.starts_with("Day changed");
  out.certain = out.opens_day || rest.starts_with("Log opened") || rest.starts_with("Log closed");
  if (const auto date = find_written_date(rest)) {
    out.time = *date;
    out.opens_day = false;
  }
  return out;
}

/// "<@nick> text", "< nick> text", "<nick:#room> text".
std::optional<Statement> read_post(std::string_view text) {
  if (!take(text, "<")) return std::nullopt;
  auto nick = take_until(text, "> ");
  if (!nick && text.ends_with('>')) {
    nick = text.substr(0, text.size() - 1);
    text = {};
  }
  if (!nick) return std::nullopt;
  const std::size_t colon = nick->find(":#");
  auto out = said_by(nick->substr(0, colon), text);
  if (out && colon != std::string_view::npos) out->room = nick->substr(colon + 1);
  return out;
}

/// "[nick(user@host)] text", a private message that was shown in the channel's window.
std::optional<Statement> read_private(std::string_view text) {
  if (!take(text, "[")) return std::nullopt;
  const auto who = take_until(text, ")] ");
  const std::size_t bracket = who ? who->find('(') : std::string_view::npos;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::string nick = clean_nick(who->substr(0, bracket));
  if (!is_nick(nick) || who->find('@') == std::string_view::npos) return std::nullopt;
  return said_by(nick, text);
}

std::optional<Statement> read_server_line(std::string_view text) {
  if (!take(text, "-!- ")) return std::nullopt;
  const std::string plain = without_colours(text);
  if (auto out = read_irc_phrase(plain)) return out;
  return plain_notice(text);
}

std::optional<Statement> read_body(std::string_view body) {
  if (auto out = read_post(body)) return out;
  std::string_view text = body;
  while (take(text, " ")) {
  }
  if (auto out = read_server_line(text)) return out;
  std::string_view action = text;
  if (take(action, "* ")) {
    const std::string_view nick = take_word(action);
    auto out = said_by(nick, action);
    if (out) out->is_action = true;
    return out;
  }
  if (auto out = read_spoken_notice(text)) return out;
  if (auto out = read_private(text)) return out;
  // "!server text" and ">>> nick requested PING": the server's and other clients' own.
  if (text.starts_with('!') || text.starts_with(">>> ")) return plain_notice(text);
  return std::nullopt;
}

}  // namespace

Reading read_irssi(std::string_view line) {
  if (auto mark = read_log_mark(line)) return *mark;
  std::string_view rest = line;
  const bool bracketed = take(rest, "[");
  const auto time = take_time(rest);
  if (!time || (bracketed && !take(rest, "]"))) return Reject{"neither a time nor ---"};
  if (!take(rest, " ") && !rest.starts_with('<') && !rest.starts_with('-')) {
    return Reject{trim(rest).empty() ? "nothing behind the time" : "no space behind the time"};
  }
  if (trim(rest).empty()) return Reject{"nothing behind the time"};
  auto out = read_body(rest);
  if (!out) {
    out = plain_notice(rest);
    out->certain = false;
  }
  out->time = *time;
  return *out;
}

}  // namespace mgc::producer
