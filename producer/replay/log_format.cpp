#include "producer/replay/log_format.hpp"

#include "core/assert.hpp"

namespace mgc::producer {

std::string_view to_string(LogFormat format) {
  switch (format) {
    case LogFormat::auto_detect: return "auto";
    case LogFormat::ubuntu: return "ubuntu";
    case LogFormat::mirc: return "mirc";
    case LogFormat::irssi: return "irssi";
    case LogFormat::weechat: return "weechat";
    case LogFormat::jsonl: return "jsonl";
  }
  fail_assertion("a known log format", "", __FILE__, __LINE__);
}

std::optional<LogFormat> log_format_from_name(std::string_view name) {
  if (name == to_string(LogFormat::auto_detect)) return LogFormat::auto_detect;
  for (const LogFormat format : kLogFormats) {
    if (name == to_string(format)) return format;
  }
  return std::nullopt;
}

}  // namespace mgc::producer
