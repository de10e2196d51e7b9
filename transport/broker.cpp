#include "transport/broker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/password_file.hpp"
#include "core/utf8.hpp"
#include "transport/tls.hpp"

namespace mgc::transport {
namespace {

constexpr std::uint16_t kPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;
constexpr std::size_t kAddressBytesMax = 255;

Error bad_url(std::string_view url, std::string_view why) {
  return Error{Action::stop,
               fmt::format("broker URL '{}' {}; write amqp://HOST:PORT or amqps://HOST:PORT",
                           printable(url), why)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         host.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "-._:%") == std::string_view::npos;
}

/// Splits HOST, HOST:PORT, [V6] and [V6]:PORT. False when it is none of them.
bool split_authority(std::string_view text, std::string& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (!text.starts_with(':')) return false;
    port = text.substr(1);
    return !port.empty();
  }
  const auto colon = text.find(':');
  host = text.substr(0, colon);
  if (colon == std::string_view::npos) return true;
  port = text.substr(colon + 1);
  return !port.empty();
}

Result<void> check_login(const BrokerOptions& options, bool tls) {
  const bool has_tls_files = !options.ca_file.empty() || !options.client_certificate.empty() ||
                             !options.client_key.empty();
  if (!tls && !options.user.empty()) {
    return Error{Action::stop, fmt::format("the password of {} would be sent in the clear; use an "
                                           "amqps:// URL",
                                           printable(options.user))};
  }
  if (!tls && has_tls_files) {
    return Error{Action::stop, "certificates are only of use with an amqps:// URL; use one"};
  }
  if (options.user.empty() != options.password_file.empty()) {
    return Error{Action::stop, "a user and a password file are only of use together; name both"};
  }
  if (!options.user.empty()) {
    if (const auto password = read_password(options.password_file); !password)
      return password.error();
  }
  if (!tls) return {};
  const auto context =
      TlsContext::client({options.ca_file, options.client_certificate, options.client_key});
  if (!context) return context.error();
  return {};
}

}  // namespace

Result<BrokerUrl> parse_broker_url(std::string_view url) {
  if (url.find('@') != std::string_view::npos) {
    // First, because none of the messages may repeat the secret: they end in logs.
    return Error{Action::stop,
                 "the broker URL carries a user or password; command lines and logs show them: "
                 "write amqp://HOST:PORT"};
  }
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return bad_url(url, "has no scheme");
  BrokerUrl parsed;
  parsed.scheme = url.substr(0, scheme_end);
  if (parsed.scheme != "amqp" && parsed.scheme != "amqps")
    return bad_url(url, "has a scheme other than amqp and amqps");
  std::string_view rest = url.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos)
    return bad_url(url, "has a path, and the queue's name goes into --address");
  std::string_view port;
  if (!split_authority(rest, parsed.host, port) || !is_host(parsed.host))
    return bad_url(url, "has no valid host");
  parsed.port = parsed.scheme == "amqps" ? kTlsPort : kPort;
  if (!port.empty()) {
    const auto number = parse_port(port);
    if (!number) return bad_url(url, "has no valid port");
    parsed.port = *number;
  }
  return parsed;
}

Result<std::vector<BrokerUrl>> check_broker(const BrokerOptions& options) {
  std::vector<BrokerUrl> urls;
  std::string_view rest = options.url;
  for (bool last = false; !last;) {
    const auto comma = rest.find(',');
    last = comma == std::string_view::npos;
    auto url = parse_broker_url(rest.substr(0, comma));
    if (!url) return url.error();
    urls.push_back(std::move(*url));
    rest.remove_prefix(last ? rest.size() : comma + 1);
  }
  const bool tls = urls.front().scheme == "amqps";
  for (const BrokerUrl& url : urls) {
    if ((url.scheme == "amqps") == tls) continue;
    return Error{Action::stop,
                 "the broker URLs mix amqp:// and amqps://; use amqps:// for all of them"};
  }
  if (const auto login = check_login(options, tls); !login) return login.error();
  return urls;
}

Result<void> check_address(std::string_view address) {
  if (address.empty() || address.size() > kAddressBytesMax || printable(address) != address) {
    return Error{Action::stop,
                 fmt::format("'{}' is not an address: it has 1 to {} bytes of printable UTF-8",
                             printable(address.substr(0, kAddressBytesMax)), kAddressBytesMax)};
  }
  return {};
}

std::chrono::milliseconds first_answer_wait(const BrokerOptions& options) {
  constexpr std::chrono::seconds kForEach{15};
  return kForEach * (1 + std::ranges::count(options.url, ','));
}

}  // namespace mgc::transport
