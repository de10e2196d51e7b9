#include "core/time.hpp"

#include <fmt/format.h>

#include <charconv>

namespace mgc {
namespace {

/// A cursor over digits and separators; every reader leaves it unchanged when it fails.
struct Scanner {
  std::string_view rest;

  bool take(char wanted) {
    if (rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    if (rest.size() < count) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + count, value);
    if (error != std::errc{} || end != rest.data() + count || value < 0) return std::nullopt;
    rest.remove_prefix(count);
    return value;
  }
};

std::optional<std::chrono::microseconds> scan_fraction(Scanner& in) {
  std::int64_t micros = 0;
  int count = 0;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    if (count < 6) micros = micros * 10 + (in.rest.front() - '0');
    ++count;
    in.rest.remove_prefix(1);
  }
  if (count == 0 || count > 9) return std::nullopt;
  for (; count < 6; ++count) micros *= 10;
  return std::chrono::microseconds{micros};
}

std::optional<std::chrono::microseconds> scan_time_of_day(Scanner& in) {
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.take(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  std::chrono::microseconds total = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  if (!in.take(':')) return total;
  const auto second = in.digits(2);
  if (!second || *second > 60) return std::nullopt;
  total += std::chrono::seconds{*second};
  if (!in.take('.')) return total;
  const auto fraction = scan_fraction(in);
  if (!fraction) return std::nullopt;
  return total + *fraction;
}

std::optional<std::chrono::minutes> scan_offset(Scanner& in) {
  if (in.rest.empty() || in.take('Z')) return std::chrono::minutes{0};
  const bool negative = in.rest.front() == '-';
  if (!in.take('+') && !in.take('-')) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || *hour > 23) return std::nullopt;
  in.take(':');
  const auto minute = in.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  const auto offset = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  return negative ? -offset : offset;
}

}  // namespace

std::string format_utc(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto micros = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     micros / 3'600'000'000, micros / 60'000'000 % 60, micros / 1'000'000 % 60,
                     micros % 1'000'000);
}

std::optional<UtcTime> parse_utc(std::string_view text) {
  Scanner in{text};
  const auto year = in.digits(4);
  if (!year || *year < 1 || !in.take('-')) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  UtcTime result = std::chrono::sys_days{date};
  if (in.take('T') || in.take(' ')) {
    const auto time_of_day = scan_time_of_day(in);
    if (!time_of_day) return std::nullopt;
    result += *time_of_day;
  }
  const auto offset = scan_offset(in);
  if (!offset || !in.rest.empty()) return std::nullopt;
  result -= *offset;
  if (to_micros(result) < kUtcMicrosMin || to_micros(result) > kUtcMicrosMax) return std::nullopt;
  return result;
}

}  // namespace mgc
