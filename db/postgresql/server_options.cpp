#include "db/postgresql/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/utf8.hpp"
#include "db/dsn.hpp"

namespace mgc::db::postgresql {
namespace {

constexpr std::string_view kForm =
    "write postgresql://host=HOST dbname=NAME user=USER password_file=FILE, with single quotes "
    "around a value that holds spaces";

Error bad(std::string_view why) {
  return Error{Action::stop, fmt::format("postgresql://: {}; {}", why, kForm)};
}

/// Takes the value in front of `rest`, in the form of libpq.
Result<std::string> take_value(std::string_view& rest) {
  const bool quoted = rest.starts_with('\'');
  if (quoted) rest.remove_prefix(1);
  std::string value;
  while (!rest.empty() && rest.front() != (quoted ? '\'' : ' ')) {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    value += rest.front();
    rest.remove_prefix(1);
  }
  if (quoted && rest.empty()) return bad("a quote is not closed");
  if (quoted) rest.remove_prefix(1);
  return value;
}

/// A name that needs no quotes in SQL, short enough for "_audit" behind it.
bool is_schema_name(std::string_view name) {
  constexpr std::size_t kNameMax = 63 - std::string_view("_audit").size();
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kNameMax &&
         !(name.front() >= '0' && name.front() <= '9') && !name.starts_with("pg_") &&
         std::ranges::all_of(name, fits);
}

Result<std::chrono::seconds> read_seconds(std::string_view key, std::string_view value) {
  int seconds = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, seconds);
  if (read.ec != std::errc{} || read.ptr != end || seconds < 0 || seconds > 86400) {
    return bad(fmt::format("{} is not a number of seconds from 0 to 86400", key));
  }
  return std::chrono::seconds(seconds);
}

bool is_libpq_keyword(std::string_view key) {
  static constexpr std::array<std::string_view, 19> kKeywords = {"host",
                                                                 "hostaddr",
                                                                 "port",
                                                                 "user",
                                                                 "passfile",
                                                                 "sslmode",
                                                                 "sslrootcert",
                                                                 "sslcert",
                                                                 "sslkey",
                                                                 "sslcrl",
                                                                 "sslcrldir",
                                                                 "ssl_min_protocol_version",
                                                                 "ssl_max_protocol_version",
                                                                 "channel_binding",
                                                                 "application_name",
                                                                 "connect_timeout",
                                                                 "tcp_user_timeout",
                                                                 "target_session_attrs",
                                                                 "requirepeer"};
  return std::ranges::find(kKeywords, key) != kKeywords.end();
}

Result<void> take_option(const std::string& key, std::string value, ServerOptions& options) {
  if (key == "password") {
    return bad("a password does not belong here, where others can read it; use password_file=FILE");
  }
  if (key == "dbname" || key == "db") {
    options.database = std::move(value);
  } else if (key == "password_file") {
    options.password_file = std::move(value);
  } else if (key == "schema") {
    if (!is_schema_name(value)) {
      return bad("schema= takes up to 57 of a-z, 0-9 and _, and does not begin with pg_");
    }
    options.schema = std::move(value);
  } else if (key == "lock_timeout" || key == "statement_timeout") {
    const auto seconds = read_seconds(key, value);
    if (!seconds) return seconds.error();
    if (key == "lock_timeout") options.lock_timeout = *seconds;
    if (key == "statement_timeout") options.statement_timeout = *seconds;
  } else if (is_libpq_keyword(key)) {
    options.libpq.emplace_back(key, std::move(value));
  } else {
    return bad(fmt::format("unknown option \"{}\"", printable(key)));
  }
  return {};
}

std::string_view find_keyword(const ServerOptions& options, std::string_view key) {
  for (const auto& [known, value] : options.libpq) {
    if (known == key) return value;
  }
  return {};
}

/// A UNIX socket or the loopback address, for each server of the list.
bool is_local(std::string_view hosts) {
  while (true) {
    const std::size_t comma = hosts.find(',');
    const std::string_view host = hosts.substr(0, comma);
    if (!host.empty() && host.front() != '/' && host.front() != '@' && !is_loopback(host)) {
      return false;
    }
    if (comma == std::string_view::npos) return true;
    hosts.remove_prefix(comma + 1);
  }
}

void set_default(ServerOptions& options, std::string_view key, std::string_view value) {
  if (find_keyword(options, key).empty()) options.libpq.emplace_back(key, value);
}

void set_tls(ServerOptions& options) {
  if (is_local(find_keyword(options, "host")) && is_local(find_keyword(options, "hostaddr"))) {
    return;
  }
  const std::string mode(find_keyword(options, "sslmode"));
  if (!mode.empty() && mode != "verify-full") {
    options.warning = fmt::format(
        "sslmode={} does not prove which server this is; use sslmode=verify-full", printable(mode));
  }
  set_default(options, "sslmode", "verify-full");
}

void set_defaults(ServerOptions& options) {
  set_tls(options);
  set_default(options, "port", "5432");
  set_default(options, "application_name", "mgc");
  set_default(options, "connect_timeout", "10");
  // A server that is gone without a word is noticed after about 30 s, idle or not.
  set_default(options, "tcp_user_timeout", "30000");
  options.libpq.emplace_back("keepalives_idle", "10");
  options.libpq.emplace_back("keepalives_interval", "5");
  options.libpq.emplace_back("keepalives_count", "4");
  options.libpq.emplace_back("client_encoding", "UTF8");
  // Kerberos would encrypt in place of TLS, and name another party as the server.
  options.libpq.emplace_back("gssencmode", "disable");
  // What the server says while it connects would go to stderr: nobody listens to notices yet.
  options.libpq.emplace_back("options", "-c client_min_messages=error");
}

void append_keyword(std::string& text, std::string_view key, std::string_view value) {
  text += fmt::format("{}{}='", text.empty() ? "" : " ", key);
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  text += '\'';
}

}  // namespace

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
  if (find_keyword(options, "host").empty()) {
    return bad("no host is named; a directory, as in host=/var/run/postgresql, is a UNIX socket");
  }
  if (options.database.empty()) return bad("no database is named");
  set_defaults(options);
  options.name = fmt::format("{}:{}/{}", find_keyword(options, "host"),
                             find_keyword(options, "port"), options.database);
  if (options.schema != "public") options.name += " schema " + options.schema;
  return options;
}

std::string connect_string(const ServerOptions& options, std::string_view database,
                           const std::string& password) {
  std::string text;
  for (const auto& [key, value] : options.libpq) append_keyword(text, key, value);
  append_keyword(text, "dbname", database);
  if (!password.empty()) append_keyword(text, "password", password);
  return text;
}

}  // namespace mgc::db::postgresql
