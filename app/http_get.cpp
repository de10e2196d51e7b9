#include "app/http_get.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <system_error>

#include "core/utf8.hpp"

namespace mgc::app {
namespace {

struct Close {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

/// What has come so far of an answer.
struct Body {
  std::string text;
  std::size_t bytes_max = 0;
  bool too_large = false;
};

std::size_t take(const char* bytes, std::size_t size, std::size_t count, void* given) {
  Body& body = *static_cast<Body*>(given);
  body.too_large = body.text.size() + size * count > body.bytes_max;
  if (body.too_large) return 0;  // which ends the exchange
  body.text.append(bytes, size * count);
  return size * count;
}

/// curl leaves out what the system said.
std::string reason(CURL* curl, CURLcode code, std::string_view why) {
  std::string text = printable(why.empty() ? curl_easy_strerror(code) : why);
  long number = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
  if (number == 0) return text;
  return fmt::format("{} ({})", text, std::generic_category().message(static_cast<int>(number)));
}

Error away(std::string why) { return Error{Action::reconnect, std::move(why)}; }

}  // namespace

Result<HttpUrl> parse_http_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = url;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(authority.size());
  const auto where = parse_host_port("endpoint", authority);
  // A blank or a line end would begin another header.
  const bool plain = path.find_first_of(" \t\r\n") == std::string_view::npos;
  if (!where || !plain || where->host.find_first_of(" \t\r\n@") != std::string::npos) {
    return Error{Action::stop,
                 fmt::format("endpoint {}: http://HOST:PORT is wanted", printable(url))};
  }
  return HttpUrl{*where, path.empty() || path == "/" ? "/metrics" : std::string(path)};
}

Result<std::string> http_get(const HttpUrl& url, const HttpLimits& limits) {
  const std::unique_ptr<CURL, Close> handle(curl_easy_init());
  if (!handle) return away("no memory for libcurl");
  const bool is_ipv6 = url.where.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + url.where.host + "]" : url.where.host;
  const std::string text = fmt::format("http://{}:{}{}", host, url.where.port, url.path);
  Body body{{}, limits.bytes_max, false};
  char why[CURL_ERROR_SIZE] = {};
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, text.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // what the environment says is for the internet
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  const CURLcode done = curl_easy_perform(curl);
  if (body.too_large)
    return away(fmt::format("its answer is larger than {} bytes", limits.bytes_max));
  if (done != CURLE_OK) return away(reason(curl, done, why));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return away(fmt::format("it answers with status {}", status));
  return std::move(body.text);
}

}  // namespace mgc::app
