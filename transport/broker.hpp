#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace mgc::transport {

/// How to reach a broker. Nothing is defaulted silently by Proton: every option is set from here.
///
/// Who we are to the broker: `user` with a password (SASL PLAIN, amqps:// only), the client
/// certificate (EXTERNAL), or nobody (ANONYMOUS).
struct BrokerOptions {
  /// amqp:// or amqps://, host, optional port; or several, with commas between: tried in order,
  /// beginning with the one that worked last.
  std::string url = "amqp://127.0.0.1:5672";
  std::filesystem::path ca_file;  ///< PEM; the only CAs that are trusted; empty: the system's
  std::filesystem::path client_certificate;  ///< PEM, with its chain
  std::filesystem::path client_key;          ///< PEM, of it
  std::string user;
  std::filesystem::path password_file;  ///< its first line; read at each connection
  std::string client;  ///< container id, unique per process and link; shown by brokers
  std::chrono::milliseconds reconnect_first{100};
  std::chrono::milliseconds reconnect_max{5'000};
  std::chrono::milliseconds connect_timeout{5'000};  ///< for each address of a host
  std::chrono::milliseconds idle_timeout{30'000};    ///< a silent connection is closed after this
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

/// Checks all of `options`, the files too, and splits its URLs; at least one.
/// @errors stop  as parse_broker_url(); a login that would be sent in the clear; a file that
///               cannot be used.
[[nodiscard]] Result<std::vector<BrokerUrl>> check_broker(const BrokerOptions& options);

/// How long a program that starts waits for its broker before it says that there is none: long
/// enough to have tried each of the URLs.
[[nodiscard]] std::chrono::milliseconds first_answer_wait(const BrokerOptions& options);

/// An address is 1 to 255 bytes of printable UTF-8. @errors stop  it is not.
[[nodiscard]] Result<void> check_address(std::string_view address);

}  // namespace mgc::transport
