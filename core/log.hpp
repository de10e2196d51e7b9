#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace mgc {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// "debug", "info", "warning", "error" or "off"; nullopt for anything else.
[[nodiscard]] std::optional<LogLevel> log_level_from_name(std::string_view name);

/// Sets which logs go to stderr: those at `level` and above, info at first; coloured only on a
/// terminal.
void start_log(LogLevel level);

/// Writes one line; control characters are escaped, so that content cannot forge a line.
/// Threads: any.
void write_log(LogLevel level, std::string_view message);

/// Set for the level that start_log() was given; lets the callers below skip formatting.
[[nodiscard]] bool log_enabled(LogLevel level);

template <typename... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) write_log(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::debug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::info, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::warning, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::error, format, std::forward<Args>(args)...);
}

}  // namespace mgc
