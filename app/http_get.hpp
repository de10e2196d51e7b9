#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "app/host_port.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// Where a page is, of "http://HOST:PORT/PATH". Without a path: /metrics; "http://" may be left
/// out.
struct HttpUrl {
  HostPort where;
  std::string path;
};
/// @errors stop  anything else, and https://.
[[nodiscard]] Result<HttpUrl> parse_http_url(const std::string& url);

struct HttpLimits {
  std::chrono::milliseconds timeout{2'000};              ///< of the whole exchange
  std::size_t bytes_max = std::size_t{4} * 1024 * 1024;  ///< of the body
};

/// The body of the page, which must be answered with 200. For the endpoints of this program: plain
/// HTTP, no redirects, no proxy. By libcurl.
/// @errors reconnect  not reachable, too slow, too large, or another status; says which.
[[nodiscard]] Result<std::string> http_get(const HttpUrl& url, const HttpLimits& limits = {});

}  // namespace mgc::app
