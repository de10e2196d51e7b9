#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace mgc::app {

struct HostPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// Reads "HOST:PORT" or "[IPV6]:PORT". @errors stop  `text` is anything else; names `flag`.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view flag, std::string_view text);

}  // namespace mgc::app
