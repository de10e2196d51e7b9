#include "producer/replay/irc_phrases.hpp"

#include <array>
#include <string>
#include <utility>

#include "producer/replay/names.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

using schema::EventKind;
using Read = std::optional<Statement>;

/// Who did something: "nick", "nick [user@host]", "nick [account] (real name) (user@host)".
struct Subject {
  std::string nick;
  std::string_view address;  ///< empty when the log shows none
};

std::optional<Subject> read_subject(std::string_view text) {
  Subject subject;
  text = trim(text);
  for (;;) {
    const char close = text.empty() ? '\0' : text.back();
    if (close != ']' && close != ')') break;
    // A bracket directly behind a letter belongs to the nick: "Alex[away]".
    const std::size_t open = text.rfind(close == ']' ? " [" : " (");
    if (open == std::string_view::npos || open == 0) break;
    if (subject.address.empty()) subject.address = text.substr(open + 2, text.size() - open - 3);
    text = trim(text.substr(0, open));
  }
  subject.nick = clean_nick(text);
  if (!is_nick(subject.nick)) return std::nullopt;
  return subject;
}

/// "#room, the rest" -> the channel, lower case or not as it is written.
std::optional<std::string> take_channel(std::string_view& rest) {
  std::string_view in = rest;
  std::string channel = without_colours(take_word(in));
  if (!is_channel(channel)) return std::nullopt;
  rest = in;
  return channel;
}

Statement make(EventKind kind, std::string actor) {
  Statement out;
  out.kind = kind;
  out.actor = std::move(actor);
  return out;
}

Read read_join(std::string_view text) {
  std::string_view rest = text;
  if (take(rest, "Joins: ")) {
    const auto subject = read_subject(rest);
    if (!subject) return std::nullopt;
    Statement out = make(EventKind::join, subject->nick);
    out.content = subject->address;
    return out;
  }
  const auto before = take_until(rest, " has joined ");
  const auto subject = before ? read_subject(*before) : std::nullopt;
  auto channel = subject ? take_channel(rest) : std::nullopt;
  if (!channel) return std::nullopt;
  Statement out = make(EventKind::join, subject->nick);
  out.room = std::move(*channel);
  out.content = subject->address;
  return out;
}

/// "Parts: nick (user@host) (reason)" and "Quits: ..." of mIRC and ZNC.
Read read_listed_part(std::string_view rest) {
  if (!take(rest, "Parts: ") && !take(rest, "Quits: ")) return std::nullopt;
  const std::string nick = clean_nick(take_word(rest));
  if (!is_nick(nick)) return std::nullopt;
  Statement out = make(EventKind::part, nick);
  if (rest.starts_with('(')) {
    const std::string_view address = rest.substr(0, rest.find(')') + 1);
    if (address.find('@') != std::string_view::npos) rest.remove_prefix(address.size());
  }
  out.content = unwrap_reason(rest);
  return out;
}

Read read_part(std::string_view text) {
  if (auto listed = read_listed_part(text)) return listed;
  std::string_view rest = text;
  if (const auto before = take_until(rest, " has left ")) {
    const auto subject = read_subject(*before);
    auto channel = subject ? take_channel(rest) : std::nullopt;
    if (!channel) return std::nullopt;
    Statement out = make(EventKind::part, subject->nick);
    out.room = std::move(*channel);
    out.content = unwrap_reason(rest);
    return out;
  }
  constexpr std::array<std::string_view, 3> kQuits = {" has quit IRC", " has quit", ") Quit"};
  for (const std::string_view phrase : kQuits) {
    rest = text;
    auto before = take_until(rest, phrase);
    if (!before || (!rest.empty() && rest.front() != ' ')) continue;
    if (phrase.front() == ')') before = text.substr(0, before->size() + 1);  // with its bracket
    const auto subject = read_subject(*before);
    const std::string_view reason = trim(rest);
    if (!subject || (!reason.empty() && reason.front() != '[' && reason.front() != '(')) continue;
    Statement out = make(EventKind::part, subject->nick);
    out.content = unwrap_reason(reason);
    return out;
  }
  return std::nullopt;
}

Read kicked(std::string_view nick, std::string_view kicker, std::string_view reason) {
  Statement out = make(EventKind::part, clean_nick(nick));
  out.target = clean_nick(kicker);
  out.content = unwrap_reason(reason);
  if (!is_nick(out.actor) || out.target.empty()) return std::nullopt;
  return out;
}

Read read_kick(std::string_view text) {
  std::string_view rest = text;
  if (const auto nick = take_until(rest, " was kicked ")) {
    std::optional<std::string> channel;
    if (take(rest, "from ") || take(rest, "off ")) channel = take_channel(rest);
    if (!take(rest, "by ")) return std::nullopt;
    const std::string_view kicker = take_word(rest);
    Read out = kicked(*nick, kicker, rest);
    if (out && channel) out->room = std::move(*channel);
    return out;
  }
  rest = text;
  const auto kicker = take_until(rest, " has kicked ");
  if (!kicker || !is_nick(clean_nick(*kicker))) return std::nullopt;
  const std::string_view nick = take_word(rest);
  std::optional<std::string> channel;
  if (take(rest, "from ")) channel = take_channel(rest);
  if (!rest.empty() && rest.front() != '(' && rest.front() != '[') return std::nullopt;
  Read out = kicked(nick, *kicker, rest);
  if (out && channel) out->room = std::move(*channel);
  return out;
}

Read read_rename(std::string_view text) {
  std::string_view rest = text;
  const auto before = take_until(rest, " is now known as ");
  if (!before) return std::nullopt;
  Statement out = make(EventKind::person, clean_nick(*before));
  out.target = clean_nick(rest);
  if (!is_nick(out.actor) || !is_nick(out.target)) return std::nullopt;
  return out;
}

Read topic_of(std::string_view who, std::string_view topic) {
  Statement out = make(EventKind::room, clean_nick(who));
  if (!is_nick(out.actor)) return std::nullopt;
  out.content = topic;
  return out;
}

/// `X has changed topic for #room from "old" to "new"`, `X has unset topic for #room (...)`.
Read read_weechat_topic(std::string_view text) {
  std::string_view rest = text;
  auto who = take_until(rest, " has changed topic for ");
  const bool unset = !who;
  if (!who) who = take_until(rest, " has unset topic for ");
  auto channel = who ? take_channel(rest) : std::nullopt;
  if (!channel) return std::nullopt;
  std::string_view topic;
  if (!unset) {
    // The last `" to "`, since the old topic is shown first and may hold anything.
    const std::size_t to = rest.rfind("\" to \"");
    if (rest.starts_with("from \"") && to != std::string_view::npos) {
      topic = unwrap(rest.substr(to + 5), '"', '"');
    } else if (take(rest, "to ")) {
      topic = unwrap(rest, '"', '"');
    } else {
      return std::nullopt;
    }
  }
  Read out = topic_of(*who, topic);
  if (out) out->room = std::move(*channel);
  return out;
}

Read read_topic(std::string_view text) {
  if (auto out = read_weechat_topic(text)) return out;
  std::string_view rest = text;
  if (const auto who = take_until(rest, " changes topic to ")) {
    return topic_of(*who, unwrap(rest, '\'', '\''));
  }
  rest = text;
  if (const auto who = take_until(rest, " changed the topic of ")) {
    auto channel = take_channel(rest);
    if (!channel || !take(rest, "to:")) return std::nullopt;
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    Read out = topic_of(*who, rest);
    if (out) out->room = std::move(*channel);
    return out;
  }
  if (!take(rest = text, "Topic unset by ")) return std::nullopt;
  const std::string_view who = take_word(rest);
  Read out = topic_of(who, {});
  if (out && take(rest, "on ")) out->room = take_channel(rest).value_or("");
  return out;
}

/// The one person whose rights "+o nick" changes; empty when it is a mask, a setting, or several.
std::string mode_target(std::string_view change) {
  const std::string_view modes = take_word(change);
  const bool ranks = modes.find_first_of("ovhaq") != std::string_view::npos;
  if (!ranks || modes.empty() || (modes[0] != '+' && modes[0] != '-')) return {};
  const std::string nick(trim(change));
  return is_nick(nick) ? nick : std::string();
}

Statement mode_change(std::string_view change, std::string_view setter) {
  Statement out = make(EventKind::membership, "");
  out.content = trim(change);
  out.target = mode_target(out.content);
  const std::string who = clean_nick(setter.substr(0, setter.find(',')));
  // A name with a dot is a server: nobody acted.
  if (is_nick(who) && who.find('.') == std::string::npos) {
    out.actor = who;
  } else if (!who.empty()) {
    out.content += " by " + who;
  }
  return out;
}

Read read_mode(std::string_view text) {
  std::string_view rest = text;
  if (const auto who = take_until(rest, " sets mode: ")) {
    if (who->find(' ') != std::string_view::npos) return std::nullopt;
    return mode_change(rest, *who);
  }
  rest = text;
  if (!take(rest, "mode/") && !take(rest, "ServerMode/") && !take(rest, "Mode ")) {
    return std::nullopt;
  }
  auto channel = take_channel(rest);
  if (!channel || !take(rest, "[")) return std::nullopt;
  const std::size_t close = rest.rfind(']');
  if (close == std::string_view::npos) return std::nullopt;
  std::string_view setter = trim(rest.substr(close + 1));
  if (!take(setter, "by ")) return std::nullopt;  // the modes that are set, not a change
  Statement out = mode_change(rest.substr(0, close), trim(setter));
  out.room = std::move(*channel);
  return out;
}

Read read_invite(std::string_view text) {
  std::string_view rest = text;
  Statement out = make(EventKind::invite, "");
  if (const auto nick = take_until(rest, " has been invited to ")) {
    auto channel = take_channel(rest);
    if (!channel || !take(rest, "by ")) return std::nullopt;
    out.actor = clean_nick(rest);
    out.target = clean_nick(*nick);
    out.room = std::move(*channel);
  } else if (const auto host = take_until(rest = text, " has invited ")) {
    out.actor = clean_nick(*host);
    out.target = clean_nick(take_word(rest));
    if (!take(rest, "to ")) return std::nullopt;
    out.room = take_channel(rest).value_or("");
  }
  if (!is_nick(out.actor) || !is_nick(out.target)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Statement> read_irc_phrase(std::string_view text) {
  text = trim(text);
  constexpr std::array kReaders = {read_join,  read_part, read_kick,  read_rename,
                                   read_topic, read_mode, read_invite};
  for (const auto read : kReaders) {
    if (auto out = read(text)) return out;
  }
  return std::nullopt;
}

std::optional<Statement> said_by(std::string_view written_nick, std::string_view content) {
  Statement out = make(EventKind::chat, clean_nick(written_nick));
  if (out.actor.empty() || out.actor.size() > 255) return std::nullopt;
  out.content = content;
  return out;
}

std::optional<Statement> read_spoken_notice(std::string_view line) {
  std::string_view text = line;
  if (!take(text, "-")) return std::nullopt;
  auto who = take_until(text, "- ");
  if (!who && text.ends_with('-')) {
    who = text.substr(0, text.size() - 1);
    text = {};
  }
  if (!who || who->empty()) return std::nullopt;
  std::string_view nick = *who;
  Statement out;
  if (const std::size_t colon = nick.find(':'); colon != std::string_view::npos) {
    std::string_view room = nick.substr(colon + 1);
    while (room.starts_with('@') || room.starts_with('+') || room.starts_with('%')) {
      room.remove_prefix(1);
    }
    if (is_channel(room)) out.room = room;
    nick = nick.substr(0, colon);
  }
  if (const std::size_t bracket = nick.find('('); bracket != std::string_view::npos) {
    nick = nick.substr(0, bracket);
  }
  out.actor = clean_nick(nick);
  if (!is_nick(out.actor)) return std::nullopt;
  // A name with a dot is a server: its notice is nobody's, and keeps the name.
  if (out.actor.find('.') != std::string::npos) return plain_notice(line);
  out.content = text;
  return out;
}

Statement plain_notice(std::string_view text) {
  Statement out;
  out.content = text;
  return out;
}

}  // namespace mgc::producer
