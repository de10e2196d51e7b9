#include "producer/replay/log_time.hpp"

#include <algorithm>
#include <array>

#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;

std::optional<sys_days> make_date(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1970 || year > 2100 || !date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<microseconds> take_fraction(std::string_view& rest) {
  std::string_view in = rest;
  if (!take(in, ".") || in.empty() || !is_digit(in.front())) return std::nullopt;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !in.empty() && is_digit(in.front()); in.remove_prefix(1)) {
    if (digits++ < 6) micros = micros * 10 + (in.front() - '0');
  }
  for (; digits < 6; ++digits) micros *= 10;
  rest = in;
  return microseconds{micros};
}

/// The hour of a 24 hour clock, when "am" or "pm" follows.
std::optional<int> apply_half_of_day(std::string_view& rest, int hour) {
  std::string_view in = rest;
  if (in.starts_with(' ')) in.remove_prefix(1);
  if (in.size() < 2 || to_lower(in[1]) != 'm') return hour;
  const char half = to_lower(in[0]);
  if ((half != 'a' && half != 'p') || (in.size() > 2 && is_letter(in[2]))) return hour;
  if (hour < 1 || hour > 12) return std::nullopt;
  rest = in.substr(2);
  return hour % 12 + (half == 'p' ? 12 : 0);
}

std::optional<sys_days> take_numeric_date(std::string_view& rest) {
  std::string_view in = rest;
  const auto year = take_digits(in, 4);
  if (!year || in.empty()) return std::nullopt;
  const char separator = in.front();
  if (separator != '-' && separator != '/' && separator != '.' && separator != '_') {
    return std::nullopt;
  }
  in.remove_prefix(1);
  const auto month = take_digits(in, 2);
  if (!month || !in.starts_with(separator)) return std::nullopt;
  in.remove_prefix(1);
  const auto day = take_digits(in, 2);
  if (!day) return std::nullopt;
  const auto date = make_date(*year, *month, *day);
  if (date) rest = in;
  return date;
}

std::optional<sys_days> take_compact_date(std::string_view& rest) {
  std::string_view in = rest;
  const auto year = take_digits(in, 4);
  const auto month = year ? take_digits(in, 2) : std::nullopt;
  const auto day = month ? take_digits(in, 2) : std::nullopt;
  if (!day) return std::nullopt;
  const auto date = make_date(*year, *month, *day);
  if (date) rest = in;
  return date;
}

std::optional<int> month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  constexpr std::array<std::string_view, 12> kTails = {
      "uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"};
  const std::string name = lower(word);
  for (std::size_t at = 0; at < kMonths.size(); ++at) {
    if (name == kMonths[at] || name == std::string(kMonths[at]) + std::string(kTails[at])) {
      return static_cast<int>(at) + 1;
    }
  }
  return std::nullopt;
}

/// What find_written_date() has found of a date in words.
struct DateWords {
  std::optional<int> year, month, day;
  LogTime found;

  void read(std::string_view word) {
    std::string_view in = word;
    if (const auto date = take_numeric_date(in); date && in.empty()) {
      found.date = date;
      return;
    }
    in = word;
    if (const auto time = take_time_of_day(in); time && in.empty()) {
      found.time_of_day = time;
      return;
    }
    in = word;
    while (in.ends_with(',') || in.ends_with('.')) in.remove_suffix(1);
    if (const auto named = month_of(in)) {
      month = named;
      return;
    }
    const std::size_t size = in.size();
    const auto number = take_number(in, 1, 4);
    if (!number || !in.empty()) return;
    if (size == 4) {
      year = number;
    } else if (size <= 2 && !day) {
      day = number;
    }
  }
};

}  // namespace

std::optional<microseconds> take_time_of_day(std::string_view& rest) {
  std::string_view in = rest;
  auto hour = take_number(in, 1, 2);
  if (!hour || !take(in, ":")) return std::nullopt;
  const auto minute = take_digits(in, 2);
  if (!minute) return std::nullopt;
  int second = 0;
  microseconds fraction{0};
  std::string_view with_seconds = in;
  if (take(with_seconds, ":")) {
    const auto number = take_digits(with_seconds, 2);
    if (!number) return std::nullopt;
    second = *number;
    in = with_seconds;
    fraction = take_fraction(in).value_or(microseconds{0});
  }
  hour = apply_half_of_day(in, *hour);
  if (!hour || *hour > 23 || *minute > 59 || second > 60) return std::nullopt;
  if (!in.empty() && is_digit(in.front())) return std::nullopt;
  rest = in;
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{second} +
         fraction;
}

std::optional<LogTime> take_time(std::string_view& rest) {
  std::string_view in = rest;
  LogTime out;
  out.date = take_numeric_date(in);
  if (out.date && !take(in, " ") && !take(in, "T")) return std::nullopt;
  out.time_of_day = take_time_of_day(in);
  if (!out.time_of_day) return std::nullopt;
  out.is_utc = out.date.has_value() && take(in, "Z");
  rest = in;
  return out;
}

std::optional<LogTime> find_written_date(std::string_view text) {
  DateWords words;
  while (!text.empty()) words.read(take_word(text));
  if (!words.found.date && words.year && words.month && words.day) {
    words.found.date = make_date(*words.year, *words.month, *words.day);
  }
  if (!words.found.date) return std::nullopt;
  if (!words.found.time_of_day) words.found.time_of_day = microseconds{0};
  return words.found;
}

std::optional<DateInName> find_date_in_name(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (!is_digit(name[at]) || (at > 0 && is_digit(name[at - 1]))) continue;
    std::string_view rest = name.substr(at);
    auto date = take_numeric_date(rest);
    if (!date) date = take_compact_date(rest);
    if (date && (rest.empty() || !is_digit(rest.front()))) {
      return DateInName{*date, at, name.size() - at - rest.size()};
    }
  }
  return std::nullopt;
}

std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text) {
  if (text == "Z") return std::chrono::minutes{0};
  const bool negative = text.starts_with('-');
  if (!take(text, "+") && !take(text, "-")) return std::nullopt;
  const auto hour = take_number(text, 1, 2);
  if (!hour) return std::nullopt;
  int minute = 0;
  if (!text.empty()) {
    if (!take(text, ":") && text.size() != 2) return std::nullopt;
    const auto number = take_digits(text, 2);
    if (!number) return std::nullopt;
    minute = *number;
  }
  const auto offset = std::chrono::hours{*hour} + std::chrono::minutes{minute};
  if (!text.empty() || minute > 59 || offset > std::chrono::hours{14}) return std::nullopt;
  return negative ? -offset : offset;
}

std::optional<sys_days> parse_date(std::string_view text) {
  const auto date = take_numeric_date(text);
  return date && text.empty() ? date : std::nullopt;
}

std::optional<UtcTime> Calendar::place(const LogTime& time) {
  if (time.is_utc && time.date) {
    // Kept as the log's local time, so that lines without a date go on from it.
    const UtcTime instant = UtcTime{*time.date} + time.time_of_day.value_or(microseconds{0});
    const UtcTime local = instant + rules_.utc_offset;
    date_ = std::chrono::floor<std::chrono::days>(local);
    time_of_day_ = local - *date_;
    return instant;
  }
  if (time.date && !rules_.one_day) {
    date_ = time.date;
    time_of_day_ = microseconds{0};
  } else if (!date_) {
    return std::nullopt;
  } else if (time.time_of_day && !rules_.one_day &&
             *time.time_of_day + std::chrono::hours{12} < time_of_day_) {
    *date_ += std::chrono::days{1};
  }
  if (time.time_of_day) time_of_day_ = *time.time_of_day;
  return UtcTime{*date_} + time_of_day_ - rules_.utc_offset;
}

}  // namespace mgc::producer
