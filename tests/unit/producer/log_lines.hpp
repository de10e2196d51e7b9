#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "producer/replay/log_parser.hpp"

namespace mgc::test {

/// One event or reject as a line to compare with:
/// "2006-03-05T10:00:00 CHAT/me nick>target #room | content", or "REJECT reason".
inline std::string describe(const std::variant<schema::Event, producer::Reject>& parsed) {
  if (const auto* reject = std::get_if<producer::Reject>(&parsed)) {
    return "REJECT " + reject->reason;
  }
  const auto& event = std::get<schema::Event>(parsed);
  const auto name = [](const std::optional<schema::Person>& person) {
    return person ? person->name : std::string("-");
  };
  return fmt::format("{} {}{} {}>{} {} | {}", format_utc(event.occurred_at).substr(0, 19),
                     schema::kind_name(event.kind), event.is_action ? "/me" : "", name(event.actor),
                     name(event.target), event.room ? event.room->name : "-", event.content);
}

/// Parses `lines` of one log, in order.
inline std::vector<std::string> describe_all(producer::LogParser& parser,
                                             const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    out.push_back(describe(parser.parse(line, out.size() + 1)));
  }
  return out;
}

/// A log of #mgc that begins on 2006-03-05.
inline producer::LogContext log_of_march() {
  producer::LogContext out;
  out.file = "test.log";
  out.first_room = "#mgc";
  out.date = producer::parse_date("2006-03-05");
  return out;
}

/// A line of a log, and what it is without its time: "CHAT bob>- #mgc | hello".
struct LineCase {
  std::string line;
  std::string expected;
};

inline std::string without_time(const std::string& description) {
  return description.starts_with("REJECT") ? description : description.substr(20);
}

}  // namespace mgc::test
