#include "app/host_port.hpp"

#include <fmt/format.h>

#include <charconv>

namespace mgc::app {

Result<HostPort> parse_host_port(std::string_view flag, std::string_view text) {
  const auto colon = text.rfind(':');
  HostPort parsed;
  if (colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, parsed.port);
    const bool whole = read.ec == std::errc{} && read.ptr == end;
    if (whole && !host.empty() && (bracketed || host.find(':') == std::string_view::npos)) {
      parsed.host = host;
      return parsed;
    }
  }
  return Error{Action::stop, fmt::format("{} {}: HOST:PORT is wanted", flag, text)};
}

}  // namespace mgc::app
