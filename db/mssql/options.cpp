#include "db/mssql/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/password_file.hpp"
#include "db/dsn.hpp"
#include "db/odbc/connection_string.hpp"

namespace mgc::db::mssql {
namespace {

Error bad_options(std::string_view why) {
  return Error{Action::stop, fmt::format("odbc://: {}", why)};
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool is_off(const std::optional<std::string>& value) {
  if (!value) return false;
  const std::string text = lower(*value);
  return text == "no" || text == "false" || text == "0" || text == "off" || text == "optional" ||
         text == "request";
}

bool is_on(const std::optional<std::string>& value) {
  if (!value) return false;
  const std::string text = lower(*value);
  return text == "yes" || text == "true" || text == "1" || text == "mandatory";
}

/// "tcp:host,port" or "host\instance" without all but the host.
std::string host_of(std::string_view server) {
  if (server.starts_with("tcp:")) server.remove_prefix(4);
  return std::string(server.substr(0, server.find_first_of(",\\")));
}

Result<void> take_seconds(odbc::ConnectionString& text, std::string_view key,
                          std::chrono::seconds& seconds) {
  const auto value = text.take(key);
  if (!value) return {};
  int number = 0;
  const char* end = value->data() + value->size();
  const auto read = std::from_chars(value->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < 1 || number > 3600) {
    return bad_options(fmt::format("{} is not a number of seconds from 1 to 3600", key));
  }
  seconds = std::chrono::seconds(number);
  return {};
}

Result<void> take_password(odbc::ConnectionString& text) {
  if (text.find("PWD") || text.find("password")) {
    return bad_options(
        "a password in the database string shows in lists of processes; write it into a file that "
        "only you can read, and name it with password_file=FILE");
  }
  const auto file = text.take("password_file");
  if (!file) return {};
  auto password = read_password(*file);
  if (!password) return password.error();
  text.set("PWD", std::move(*password));
  return {};
}

bool is_freetds(const odbc::ConnectionString& text) {
  const std::string driver = lower(text.find("Driver").value_or(""));
  return driver.find("tds") != std::string::npos || text.find("Servername");
}

Result<void> secure_freetds(odbc::ConnectionString& text, Options& options) {
  if (is_off(text.find("Encryption"))) {
    return bad_options("Encryption must be require or strict for a server beyond loopback");
  }
  if (!text.find("Servername")) {
    return bad_options(
        "FreeTDS verifies a server only by an entry of freetds.conf; write one with host, port, "
        "\"encryption = require\", \"ca file = FILE\" and \"check certificate hostname = yes\", "
        "and "
        "name it with Servername=ENTRY instead of Server=HOST");
  }
  if (!text.find("Encryption")) text.set("Encryption", "require");
  options.warnings.emplace_back(
      "FreeTDS verifies the server only when its entry in freetds.conf has \"ca file\" and "
      "\"check certificate hostname = yes\", which cannot be seen from here");
  return {};
}

Result<void> secure(odbc::ConnectionString& text, Options& options) {
  for (const std::string_view key : {"TrustServerCertificate", "Trust Server Certificate"}) {
    if (is_on(text.find(key))) {
      return bad_options(
          "TrustServerCertificate=yes lets anybody stand in for the server; leave it out and make "
          "the server's CA known to the driver");
    }
  }
  const std::string host = host_of(text.find("Server").value_or(""));
  if (host == "." || is_loopback(host)) return {};
  if (is_freetds(text)) return secure_freetds(text, options);
  if (is_off(text.find("Encrypt"))) {
    return bad_options("Encrypt must be yes or strict for a server beyond loopback");
  }
  // An entry of odbc.ini may be of either driver; each ignores the other's key. What it says of
  // trust does not count.
  if (!text.find("Encrypt")) text.set("Encrypt", "yes");
  text.set("TrustServerCertificate", "no");
  if (text.find("DSN")) {
    if (!text.find("Encryption")) text.set("Encryption", "require");
    options.warnings.emplace_back(
        "the driver of this DSN is chosen by odbc.ini: with FreeTDS, its entry in freetds.conf "
        "needs \"ca file\" and \"check certificate hostname = yes\"");
  }
  return {};
}

}  // namespace

Result<Options> parse_options(std::string_view parameters) {
  auto text = odbc::ConnectionString::parse(parameters);
  if (!text) return text.error();
  Options options;
  for (const auto& [key, seconds] : {std::pair{"lock_timeout", &options.lock_timeout},
                                     std::pair{"statement_timeout", &options.statement_timeout}}) {
    if (const auto taken = take_seconds(*text, key, *seconds); !taken) return taken.error();
  }
  if (const auto taken = take_password(*text); !taken) return taken.error();
  std::string server;
  for (const std::string_view key : {"Server", "Servername", "DSN"}) {
    if (server.empty()) server = text->find(key).value_or("");
  }
  if (server.empty()) return bad_options("no server is named: add Server=HOST or DSN=NAME");
  if (const auto secured = secure(*text, options); !secured) return secured.error();
  // Without a version FreeTDS tries one after the other, and waits for the time-out with each. This
  // is SQL Server 2008's, which the newer ones know.
  if (is_freetds(*text) && !text->find("TDS_Version")) text->set("TDS_Version", "7.3");
  options.database = text->find("Database").value_or("");
  options.name = options.database.empty() ? server : fmt::format("{}/{}", server, options.database);
  options.connection_string = text->text();
  text->set("Database", "master");
  options.maintenance_string = text->text();
  return options;
}

}  // namespace mgc::db::mssql
