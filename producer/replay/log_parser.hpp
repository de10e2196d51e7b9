#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "producer/replay/log_time.hpp"
#include "producer/replay/statement.hpp"
#include "schema/event.hpp"

namespace mgc::producer {

/// What is known of a log before its first line is read.
struct LogContext {
  std::string file;                           ///< base name, for Event.source
  std::string domain = "example.org";         ///< of people and rooms
  std::string room;                           ///< --room: every event is of this room
  std::string first_room;                     ///< the room until a line names one
  std::optional<std::chrono::sys_days> date;  ///< of the first line, in the log's local time
  std::chrono::minutes utc_offset{0};         ///< local time minus UTC
};

/// The nicks that a log has shown, the latest 2,048 of them.
class NickMemory {
 public:
  void add(std::string_view nick);
  [[nodiscard]] bool has(std::string_view nick) const { return known_.contains(std::string(nick)); }
  /// In the order in which they came, one space between them.
  [[nodiscard]] std::string to_text() const;
  void restore(std::string_view text);

 private:
  std::deque<std::string> order_;
  std::unordered_set<std::string> known_;
};

/// Makes of every non-empty line of one log exactly one event or one reject.
///
/// Works on what the readers of statement.hpp say, and adds what a single line does not know: the
/// date and the time of lines without them (Calendar), the room, people as "sip:" uris, and which
/// "=== nick text" lines of Ubuntu logs are actions.
///
/// Rooms of the text formats are lower case, since IRC does not tell "#Ubuntu" from "#ubuntu".
/// Joins and parts are of the channel that their line names; every other line is of the log's.
///
/// Threads: one owner. Errors: none; restore() says whether it understood the state.
class LogParser {
 public:
  LogParser(LogFormat format, LogContext context);

  /// @param line    any bytes, no line end, not empty. What is not UTF-8 is read as Windows-1252.
  /// @param number  1 = first line.
  [[nodiscard]] std::variant<schema::Event, Reject> parse(std::string_view line,
                                                          std::uint64_t number);

  /// All that a parser of the same context needs to go on behind the last line: a JSON object.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] bool restore(std::string_view state);

 private:
  void learn_room(const Statement& statement);
  void decide_action(Statement& statement);
  void remember_nicks(const Statement& statement);
  [[nodiscard]] std::optional<UtcTime> place(const Statement& statement);
  [[nodiscard]] schema::Event build(Statement statement, UtcTime time) const;
  [[nodiscard]] schema::Room room_of(const Statement& statement) const;
  [[nodiscard]] schema::Person person(const std::string& nick, const std::string& name,
                                      const std::string& email) const;

  LogFormat format_;
  LogContext context_;
  Calendar calendar_;
  std::string room_;
  bool room_learned_ = false;
  NickMemory nicks_;
};

}  // namespace mgc::producer
