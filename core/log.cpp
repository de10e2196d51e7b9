#include "core/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>

#include "core/utf8.hpp"

namespace mgc {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

/// The program's one logger. Not spdlog's default one: that is made inside its shared library on
/// first use, where the thread sanitizer cannot see that it is safe.
spdlog::logger& program_log() {
  static spdlog::logger logger = [] {
    spdlog::logger made("mgc", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return logger;
}

}  // namespace

std::optional<LogLevel> log_level_from_name(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "warning") return LogLevel::warning;
  if (name == "error") return LogLevel::error;
  if (name == "off") return LogLevel::off;
  return std::nullopt;
}

void start_log(LogLevel level) { program_log().set_level(spdlog_level(level)); }

bool log_enabled(LogLevel level) { return program_log().should_log(spdlog_level(level)); }

void write_log(LogLevel level, std::string_view message) {
  program_log().log(spdlog_level(level), printable(message));
}

}  // namespace mgc
