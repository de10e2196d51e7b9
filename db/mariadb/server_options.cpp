#include "db/mariadb/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/utf8.hpp"
#include "db/dsn.hpp"

namespace mgc::db::mariadb {
namespace {

constexpr std::string_view kForm =
    "write mysql://host=HOST db=NAME user=USER password_file=FILE tls_ca=FILE, with quotes around "
    "a value that holds spaces";

Error bad(std::string_view why) {
  return Error{Action::stop, fmt::format("mysql://: {}; {}", why, kForm)};
}

/// Takes the value in front of `rest`: quoted, or up to the next space.
Result<std::string> take_value(std::string_view& rest) {
  const bool quoted = rest.starts_with('"') || rest.starts_with('\'');
  const char end = quoted ? rest.front() : ' ';
  if (quoted) rest.remove_prefix(1);
  const std::size_t size = rest.find(end);
  if (size == std::string_view::npos && quoted) return bad("a quote is not closed");
  std::string value(rest.substr(0, size));
  rest.remove_prefix(size == std::string_view::npos ? rest.size() : size + 1);
  return value;
}

/// The name goes into statements that the schema's routines put together, with "_audit" behind it.
bool is_database_name(std::string_view name) {
  constexpr std::size_t kNameMax = 64 - std::string_view("_audit").size();
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, fits);
}

Result<int> read_number(std::string_view key, std::string_view value, int least, int most) {
  int number = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) {
    return bad(fmt::format("{} is not a number from {} to {}", key, least, most));
  }
  return number;
}

Result<void> take_number(const std::string& key, const std::string& value, ServerOptions& options) {
  const bool is_port = key == "port";
  const auto number = read_number(key, value, is_port ? 1 : 0, is_port ? 65535 : 86400);
  if (!number) return number.error();
  if (is_port) options.port = static_cast<unsigned>(*number);
  if (key == "lock_timeout") options.lock_timeout = std::chrono::seconds(*number);
  if (key == "statement_timeout") options.statement_timeout = std::chrono::seconds(*number);
  return {};
}

Result<void> take_option(const std::string& key, std::string value, ServerOptions& options) {
  if (key == "password" || key == "pass") {
    return bad("a password does not belong here, where others can read it; use password_file=FILE");
  }
  if (key == "port" || key == "lock_timeout" || key == "statement_timeout") {
    return take_number(key, value, options);
  }
  const std::array<std::pair<std::string_view, std::string*>, 9> texts = {{
      {"host", &options.host},
      {"unix_socket", &options.unix_socket},
      {"db", &options.database},
      {"dbname", &options.database},
      {"user", &options.user},
      {"password_file", &options.password_file},
      {"tls_ca", &options.tls_ca},
      {"tls_cert", &options.tls_cert},
      {"tls_key", &options.tls_key},
  }};
  for (const auto& [name, text] : texts) {
    if (key != name) continue;
    *text = std::move(value);
    return {};
  }
  return bad(fmt::format("unknown option \"{}\"", printable(key)));
}

Result<void> check(ServerOptions& options) {
  if (options.host.empty() == options.unix_socket.empty()) {
    return bad("name the server by host= or by unix_socket=, one of the two");
  }
  if (!is_database_name(options.database)) {
    return bad("db= takes up to 58 of the ASCII letters, digits, _ and -");
  }
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return bad("tls_cert= and tls_key= belong together");
  }
  if (!options.needs_tls() && !options.tls_cert.empty()) {
    return bad("tls_cert= on this machine needs tls_ca=FILE too, so that the server is verified");
  }
  options.name = options.host.empty()
                     ? fmt::format("{}/{}", options.unix_socket, options.database)
                     : fmt::format("{}:{}/{}", options.host, options.port, options.database);
  return {};
}

}  // namespace

bool ServerOptions::needs_tls() const {
  return !host.empty() && (!is_loopback(host) || !tls_ca.empty());
}

Result<ServerOptions> parse_parameters(std::string_view parameters) {
  ServerOptions options;
  if (parameters.find('\0') != std::string_view::npos) return bad("the text holds NUL");
  while (!parameters.empty()) {
    if (parameters.front() == ' ') {
      parameters.remove_prefix(1);
      continue;
    }
    const std::size_t equals = parameters.find('=');
    if (equals == std::string_view::npos) return bad("an option without a value");
    const std::string key(parameters.substr(0, equals));
    parameters.remove_prefix(equals + 1);
    auto value = take_value(parameters);
    if (!value) return value.error();
    const auto taken = take_option(key, std::move(*value), options);
    if (!taken) return taken.error();
  }
  if (const auto checked = check(options); !checked) return checked.error();
  return options;
}

}  // namespace mgc::db::mariadb
