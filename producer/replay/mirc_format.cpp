#include <algorithm>
#include <array>

#include "producer/replay/irc_phrases.hpp"
#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

/// "Session Start: Sun Mar 05 00:00:01 2006", "Session Time: ...", "Session Ident: #room",
/// "Session Close (#room): ...".
std::optional<Statement> read_session(std::string_view line) {
  std::string_view rest = line;
  if (!take(rest, "Session ")) return std::nullopt;
  const auto what = take_until(rest, ":");
  if (!what) return std::nullopt;
  Statement out = plain_notice(line);
  const std::string_view value = trim(rest);
  if (*what == "Ident") {
    std::string_view room = value;
    const std::string_view word = take_word(room);
    if (is_channel(word)) {
      out.room = word;
      out.names_log_room = true;
    }
    return out;
  }
  if (!what->starts_with("Start") && !what->starts_with("Time") && !what->starts_with("Close")) {
    return std::nullopt;
  }
  if (const auto date = find_written_date(value)) out.time = *date;
  return out;
}

struct Stamp {
  std::optional<LogTime> time;
  bool bracketed = false;
};

/// The time stamp off the front: "[10:15]", "(10:15:01)", "[10:15pm]", "10:15:01", behind the
/// colour code of the line, if one is logged ("\x03" with digits, or the digits alone).
Stamp take_stamp(std::string_view& rest) {
  std::string_view in = rest;
  take(in, "\x03");
  std::string_view digits = in;
  if (take_number(digits, 1, 2) && (digits.starts_with('[') || digits.starts_with('(')))
    in = digits;
  Stamp out;
  const char open = in.empty() ? '\0' : in.front();
  out.bracketed = open == '[' || open == '(';
  if (out.bracketed) in.remove_prefix(1);
  out.time = take_time(in);
  if (out.time && out.bracketed && !take(in, open == '[' ? "]" : ")")) out.time.reset();
  if (out.time && !out.bracketed && !in.empty() && in.front() != ' ') out.time.reset();
  if (!out.time) return {};
  if (in.starts_with(' ')) in.remove_prefix(1);
  rest = in;
  return out;
}

/// mIRC's own lines that look like "* nick did something".
bool is_program_line(std::string_view text) {
  constexpr std::array<std::string_view, 24> kBeginnings = {
      "Now talking in ", "Topic is ",   "Set by ",      "Disconnected", "Attempting to ",
      "Rejoined ",       "Retrieving ", "You are now ", "You were ",    "You have ",
      "You're ",         "Your ",       "Connect",      "Unable to ",   "Looking up ",
      "Logging ",        "Users on ",   "End of ",      "Topic ",       "No topic ",
      "Channel ",        "Loaded ",     "Removed ",     "Added "};
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view begin) { return text.starts_with(begin); });
}

/// What stands behind "* " (an action, or something that happened) or "*** " (only the latter).
Statement read_starred(std::string_view text, bool may_be_action) {
  const std::string plain = without_colours(text);
  if (auto out = read_irc_phrase(plain)) return *out;
  if (is_program_line(plain)) {
    Statement out = plain_notice(text);
    std::string_view rest = plain;
    if (take(rest, "Now talking in ") && is_channel(rest)) out.room = take_word(rest);
    return out;
  }
  if (may_be_action) {
    const std::string_view nick = take_word(text);
    auto out = said_by(nick, text);
    if (out && is_nick(out->actor)) {
      out->is_action = true;
      return *out;
    }
    text = plain;
  }
  return plain_notice(text);
}

std::optional<Statement> read_post(std::string_view text, bool timed) {
  if (!take(text, "<")) return std::nullopt;
  auto nick = take_until(text, "> ");
  if (!nick && text.ends_with('>')) {
    nick = text.substr(0, text.size() - 1);
    text = {};
  }
  if (!nick || nick->empty()) return std::nullopt;
  // Without a time only a clear nick counts: "<p> text" is HTML as well.
  if (!timed && !is_nick(clean_nick(*nick))) return std::nullopt;
  return said_by(*nick, text);
}

std::optional<Statement> read_body(std::string_view body, bool timed) {
  std::string_view text = body;
  skip_colour(text);
  if (auto out = read_post(text, timed)) return out;
  std::string_view starred = text;
  if (take(starred, "*** ")) return read_starred(starred, false);
  if (take(starred, "* ")) return read_starred(starred, true);
  return read_spoken_notice(text);
}

}  // namespace

Reading read_mirc(std::string_view line) {
  if (auto session = read_session(line)) return *session;
  std::string_view rest = line;
  const Stamp stamp = take_stamp(rest);
  std::optional<Statement> out = read_body(rest, stamp.time.has_value());
  if (!stamp.time && !out) return Reject{"neither a time, a nick in <>, nor a line with *"};
  if (stamp.time && trim(rest).empty()) return Reject{"nothing behind the time"};
  if (!out) {
    out = plain_notice(rest);
    out->certain = false;
  }
  if (stamp.time) {
    out->time = *stamp.time;
    // irssi writes bare times; mIRC does only when told to.
    if (!stamp.bracketed) out->certain = false;
  }
  return *out;
}

}  // namespace mgc::producer
