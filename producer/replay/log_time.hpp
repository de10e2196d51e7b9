#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace mgc::producer {

/// What a line says about when it was written, in the log's own local time.
struct LogTime {
  std::optional<std::chrono::sys_days> date;
  std::optional<std::chrono::microseconds> time_of_day;  ///< 0 to 24 h
  bool is_utc = false;  ///< the line says so itself ("...Z"); --utc-offset does not apply
};

/// Takes "HH:MM", "HH:MM:SS", "HH:MM:SS.ffffff", each with an optional "am" or "pm", off the front
/// of `rest`. nullopt, and `rest` is left as it was, when there is no such time.
[[nodiscard]] std::optional<std::chrono::microseconds> take_time_of_day(std::string_view& rest);

/// Takes an optional "YYYY-MM-DD" (also with '/', '.'; then a space or 'T') and a time of day, and
/// an optional 'Z', off the front of `rest`.
[[nodiscard]] std::optional<LogTime> take_time(std::string_view& rest);

/// Finds a date, and a time if there is one, in "Sun Mar 05 00:00:01 2006", "Mon Mar 06 2006",
/// "06 Mar 2006" or "2006-03-05 00:00:01". The words may be in any order.
[[nodiscard]] std::optional<LogTime> find_written_date(std::string_view text);

/// The first YYYY-MM-DD, YYYY_MM_DD, YYYY.MM.DD or YYYYMMDD of years 1970 to 2100 in `name` that
/// is not part of a longer number.
struct DateInName {
  std::chrono::sys_days date;
  std::size_t begin = 0;  ///< where it is written in the name
  std::size_t size = 0;
};
[[nodiscard]] std::optional<DateInName> find_date_in_name(std::string_view name);

/// Reads "+HH:MM", "-HHMM", "+2", "Z". nullopt for anything else, and beyond 14 hours.
[[nodiscard]] std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);
/// Reads "YYYY-MM-DD".
[[nodiscard]] std::optional<std::chrono::sys_days> parse_date(std::string_view text);

/// Works out the instant of each line of a log, whose lines often bear a time without a date, or
/// no time at all. A value; what it knows is date() and time_of_day().
class Calendar {
 public:
  /// How a log counts its days.
  struct Rules {
    std::chrono::minutes utc_offset{0};
    bool one_day = false;  ///< one file is one day: times may go back, the date never changes
  };

  Calendar(std::optional<std::chrono::sys_days> date, Rules rules) : date_(date), rules_(rules) {}

  /// The instant of the next line. A line without time happened at the time of the line above; a
  /// time without date that is more than 12 hours before the line above is of the next day.
  /// nullopt when no date is known yet.
  [[nodiscard]] std::optional<UtcTime> place(const LogTime& time);

  [[nodiscard]] std::optional<std::chrono::sys_days> date() const { return date_; }
  [[nodiscard]] std::chrono::microseconds time_of_day() const { return time_of_day_; }
  void restore(std::optional<std::chrono::sys_days> date, std::chrono::microseconds time_of_day) {
    date_ = date;
    time_of_day_ = time_of_day;
  }

 private:
  std::optional<std::chrono::sys_days> date_;
  std::chrono::microseconds time_of_day_{0};
  Rules rules_;
};

}  // namespace mgc::producer
