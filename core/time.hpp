#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mgc {

/// A UTC instant in microseconds since 1970-01-01, the resolution of the wire and of the store.
using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Years that the wire, the store and the exports can carry: 0001-01-01 to 9999-12-31.
inline constexpr std::int64_t kUtcMicrosMin = -62'135'596'800'000'000;
inline constexpr std::int64_t kUtcMicrosMax = 253'402'300'799'999'999;

[[nodiscard]] inline UtcTime utc_from_micros(std::int64_t micros) {
  return UtcTime{std::chrono::microseconds{micros}};
}
[[nodiscard]] inline std::int64_t to_micros(UtcTime time) {
  return time.time_since_epoch().count();
}

/// "2006-03-05T02:22:00.000000Z"; always 27 characters for years 1 to 9999.
[[nodiscard]] std::string format_utc(UtcTime time);

/// Reads "YYYY-MM-DD", "YYYY-MM-DD[T ]HH:MM[:SS[.fraction]]", each with an optional "Z" or
/// "+HH:MM" offset (UTC when there is none). nullopt when `text` is anything else or out of range.
[[nodiscard]] std::optional<UtcTime> parse_utc(std::string_view text);

}  // namespace mgc
