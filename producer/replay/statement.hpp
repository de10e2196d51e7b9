#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "producer/replay/log_format.hpp"
#include "producer/replay/log_time.hpp"
#include "schema/event.hpp"

namespace mgc::producer {

/// What one line of a log says, as it is written there: before its date, room and people are
/// worked out (log_parser.hpp).
struct Statement {
  schema::EventKind kind = schema::EventKind::notice;
  LogTime time;
  std::optional<UtcTime> instant;  ///< a full instant, where the format has one (jsonl)
  std::string actor;               ///< a nick, or a "sip:" uri; empty = nobody
  std::string target;              ///< as actor
  std::string content;
  std::string room;  ///< the channel that the line names; empty = the log's own
  bool is_action = false;
  bool names_log_room = false;  ///< `room` is the log's own from here on ("Session Ident: #room")
  bool opens_day = false;  ///< a day-change line; without a date of its own the next day begins
  /// An action if its first word is a nick that the log has shown before, else a notice.
  bool may_be_action = false;
  /// False when only the frame was read (a time before some text): it counts for nothing when
  /// formats are told apart.
  bool certain = true;

  // Of jsonl only.
  std::string room_name, actor_name, actor_email, target_name;
  std::int64_t chat_id = 0;
  std::optional<schema::File> file;
};

/// Why a line is not an event. One phrase, the same for the same cause, without the line's content.
struct Reject {
  std::string reason;
};

using Reading = std::variant<Statement, Reject>;

/// The readers of the formats: pure functions of one line, which is UTF-8, not empty and has no
/// line end. They never throw.

/// The logs of the Ubuntu channels (irclogs.ubuntu.com): "[HH:MM] <nick> text",
/// "[HH:MM]  * nick text", "=== nick [user@host]  has joined #room", "=== nick is now known as x".
[[nodiscard]] Reading read_ubuntu(std::string_view line);

/// mIRC, and bouncers that write the same (ZNC): "[HH:MM:SS] <@nick> text", "* Joins: nick (u@h)",
/// "*** nick sets mode: +o x", "Session Start: Sun Mar 05 00:00:01 2006"; time stamps are optional.
[[nodiscard]] Reading read_mirc(std::string_view line);

/// irssi: "HH:MM <@nick> text", "HH:MM  * nick text", "HH:MM -!- nick [u@h] has joined #room",
/// "--- Log opened Sun Mar 05 00:00:01 2006", "--- Day changed Mon Mar 06 2006".
[[nodiscard]] Reading read_irssi(std::string_view line);

/// WeeChat: "YYYY-MM-DD HH:MM:SS<TAB>prefix<TAB>text", with the prefixes "-->", "<--", "--", " *"
/// and the nick.
[[nodiscard]] Reading read_weechat(std::string_view line);

/// One JSON object a line; keys and aliases are listed in jsonl_format.cpp.
[[nodiscard]] Reading read_jsonl(std::string_view line);

/// Any of them. `format` is not auto_detect.
[[nodiscard]] Reading read_line(LogFormat format, std::string_view line);

}  // namespace mgc::producer
