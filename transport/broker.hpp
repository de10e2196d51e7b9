#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace mgc::transport {

/// How to reach a broker. Nothing is defaulted silently by Proton: every option is set from here.
struct BrokerOptions {
  std::string url = "amqp://127.0.0.1:5672";  ///< amqp:// or amqps://, host, optional port
  std::string client;  ///< container id, unique per process and link; shown by brokers
  std::chrono::milliseconds reconnect_first{100};
  std::chrono::milliseconds reconnect_max{5'000};
  std::chrono::milliseconds idle_timeout{30'000};  ///< a silent connection is closed after this
  std::chrono::milliseconds watchdog{60'000};  ///< no progress for so long: reopen the connection
  std::uint32_t frame_bytes_max = 256 * 1024;
};

struct BrokerUrl {
  std::string scheme;  ///< "amqp" or "amqps"
  std::string host;
  std::uint16_t port = 0;
};

/// Checks and splits a broker URL. @errors stop  not a broker URL, or it carries a password.
[[nodiscard]] Result<BrokerUrl> parse_broker_url(std::string_view url);

/// An address is 1 to 255 bytes of printable UTF-8. @errors stop  it is not.
[[nodiscard]] Result<void> check_address(std::string_view address);

}  // namespace mgc::transport
