#include "db/mariadb/connection.hpp"

#include <fmt/format.h>
#include <mysqld_error.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>
#include <utility>

#include "core/password_file.hpp"
#include "core/utf8.hpp"

namespace mgc::db::mariadb {
namespace {

constexpr unsigned kConnectSeconds = 10;
constexpr unsigned kSilenceSeconds = 30;  ///< how long a server may be gone unnoticed

// Every call of mysql_optionsv() below can only fail for an option that the library does not know.
void set_option(MYSQL* handle, mysql_option option, const void* value) {
  static_cast<void>(mysql_optionsv(handle, option, value));
}
void set_text(MYSQL* handle, mysql_option option, const std::string& text) {
  if (!text.empty()) set_option(handle, option, text.c_str());
}

unsigned seconds_of(std::chrono::seconds seconds) { return static_cast<unsigned>(seconds.count()); }

void set_time_outs(MYSQL* handle, const ServerOptions& options, OpenMode mode) {
  set_option(handle, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
  const unsigned statement = seconds_of(options.statement_timeout_for(mode));
  if (statement == 0) return;
  // The server ends the statement itself; this is for a server that does not answer any more.
  const unsigned patience = statement + seconds_of(options.lock_timeout) + kSilenceSeconds;
  set_option(handle, MYSQL_OPT_READ_TIMEOUT, &patience);
  set_option(handle, MYSQL_OPT_WRITE_TIMEOUT, &patience);
}

void set_tls(MYSQL* handle, const ServerOptions& options) {
  if (!options.needs_tls()) return;
  constexpr my_bool kOn = 1;
  set_option(handle, MYSQL_OPT_SSL_ENFORCE, &kOn);
  set_option(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &kOn);
  set_option(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  set_text(handle, MYSQL_OPT_SSL_CA, options.tls_ca);
  set_text(handle, MYSQL_OPT_SSL_CERT, options.tls_cert);
  set_text(handle, MYSQL_OPT_SSL_KEY, options.tls_key);
}

void set_behaviour(MYSQL* handle, const ServerOptions& options) {
  constexpr my_bool kOff = 0;
  constexpr unsigned kNoFiles = 0;
  set_option(handle, MYSQL_OPT_RECONNECT, &kOff);
  set_option(handle, MYSQL_OPT_LOCAL_INFILE, &kNoFiles);
  set_option(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const unsigned protocol = options.host.empty() ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  set_option(handle, MYSQL_OPT_PROTOCOL, &protocol);
}

/// Lets the kernel notice a machine that is gone, also while nothing is asked of it.
bool keep_alive(int socket) {
  constexpr int kOn = 1;
  constexpr int kIdleSeconds = 10;
  constexpr int kIntervalSeconds = 5;
  constexpr int kProbes = 4;
  constexpr int kUnansweredMillis = static_cast<int>(kSilenceSeconds) * 1000;
  const auto set = [socket](int level, int name, int value) {
    return setsockopt(socket, level, name, &value, sizeof(value)) == 0;
  };
  return set(SOL_SOCKET, SO_KEEPALIVE, kOn) && set(IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds) &&
         set(IPPROTO_TCP, TCP_KEEPINTVL, kIntervalSeconds) &&
         set(IPPROTO_TCP, TCP_KEEPCNT, kProbes) &&
         set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnansweredMillis);
}

Result<std::string> password_of(const ServerOptions& options) {
  if (!options.password_file.empty()) return read_password(options.password_file);
  const char* password = std::getenv("MYSQL_PWD");
  return std::string(password == nullptr ? "" : password);
}

/// What each session of ours sets. ANSI_QUOTES: "external" is a column.
std::string session_settings(const ServerOptions& options, OpenMode mode) {
  return fmt::format(
      "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin;"
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,"
      "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
      " time_zone = '+00:00', default_storage_engine = InnoDB, innodb_strict_mode = 1,"
      " foreign_key_checks = 1, unique_checks = 1, innodb_lock_wait_timeout = {0},"
      " lock_wait_timeout = {0}, max_statement_time = {1}, tx_isolation = 'READ-COMMITTED',"
      " tx_read_only = {2}",
      options.lock_timeout_for(mode).count(), options.statement_timeout_for(mode).count(),
      writes(mode) ? 0 : 1);
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

Error Connection::failure(Step step) const {
  return make_error({mysql_errno(handle_.get()), mysql_error(handle_.get())}, step, options_.name);
}

Result<void> Connection::connect(const std::string& database, OpenMode mode) {
  handle_.reset(mysql_init(nullptr));
  if (!handle_) return Error{Action::retry, "no memory for a connection to MariaDB"};
  set_time_outs(handle_.get(), options_, mode);
  set_tls(handle_.get(), options_);
  set_behaviour(handle_.get(), options_);
  const auto password = password_of(options_);
  if (!password) return password.error();
  // CLIENT_FOUND_ROWS: an UPDATE counts the rows that it found, changed or not.
  if (mysql_real_connect(handle_.get(), text_or_null(options_.host), text_or_null(options_.user),
                         password->c_str(), text_or_null(database), options_.port,
                         text_or_null(options_.unix_socket), CLIENT_FOUND_ROWS) == nullptr) {
    return failure(Step::opening);
  }
  const auto socket = static_cast<int>(mysql_get_socket(handle_.get()));
  socket_.emplace(socket);
  if (!options_.host.empty() && !keep_alive(socket)) {
    return Error{Action::stop, fmt::format("{}: the kernel refuses to watch the connection",
                                           printable(options_.name))};
  }
  return {};
}

Result<void> Connection::connect_or_create(OpenMode mode) {
  auto connected = connect(options_.database, mode);
  if (connected || mode != OpenMode::create || mysql_errno(handle_.get()) != ER_BAD_DB_ERROR) {
    return connected;
  }
  if (connected = connect("", mode); !connected) return connected;
  auto made =
      run_script(fmt::format("CREATE DATABASE IF NOT EXISTS `{}` CHARACTER SET utf8mb4 COLLATE"
                             " utf8mb4_nopad_bin",
                             options_.database),
                 Step::opening);
  if (!made) return made;
  if (mysql_select_db(handle_.get(), options_.database.c_str()) != 0) {
    return failure(Step::opening);
  }
  return {};
}

Result<void> Connection::check_server() const {
  constexpr unsigned long kOldest = 100600;  // DDL that a crash leaves whole
  const std::string_view version = mysql_get_server_info(handle_.get());
  if (version.find("MariaDB") != std::string_view::npos &&
      mysql_get_server_version(handle_.get()) >= kOldest) {
    return {};
  }
  return Error{Action::stop, fmt::format("{} is {}; name a MariaDB 10.6 or later",
                                         printable(options_.name), printable(version))};
}

Result<void> Connection::set_up(OpenMode mode) {
  if (auto connected = connect_or_create(mode); !connected) return connected;
  if (auto checked = check_server(); !checked) return checked;
  auto set = run_script(session_settings(options_, mode), Step::opening);
  if (!set) return set;
  return read_packet_max();
}

Result<void> Connection::read_packet_max() {
  constexpr std::size_t kLeast = std::size_t{4} * 1024 * 1024;  // a pack and its row
  if (mysql_query(handle_.get(), "SELECT @@max_allowed_packet") != 0) {
    return failure(Step::opening);
  }
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> rows(mysql_store_result(handle_.get()),
                                                              mysql_free_result);
  if (!rows) return failure(Step::opening);
  char** row = mysql_fetch_row(rows.get());
  packet_max_ = row == nullptr ? 0 : std::strtoull(row[0], nullptr, 10);
  if (packet_max_ >= kLeast) return {};
  return Error{Action::stop,
               fmt::format("{}: max_allowed_packet is {}; set it to 16M or more on the server",
                           printable(options_.name), packet_max_)};
}

Result<void> Connection::run(std::string_view sql, Step step) {
  MYSQL* handle = handle_.get();
  int failed = mysql_real_query(handle, sql.data(), sql.size());
  while (failed == 0) {
    if (MYSQL_RES* rows = mysql_store_result(handle); rows != nullptr) mysql_free_result(rows);
    if (mysql_errno(handle) != 0) return failure(step);
    failed = mysql_next_result(handle);
  }
  if (failed > 0) return failure(step);
  return {};
}

Result<void> Connection::run_script(std::string_view script, Step step) {
  MYSQL* handle = handle_.get();
  if (mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0) return failure(step);
  auto done = run(script, step);
  if (mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_OFF) != 0 && done) {
    return failure(step);
  }
  return done;
}

Result<std::unique_ptr<Connection>> Connection::open(const ServerOptions& options, OpenMode mode) {
  auto connection = std::make_unique<Connection>(options);
  if (const auto ready = connection->set_up(mode); !ready) return ready.error();
  return connection;
}

}  // namespace mgc::db::mariadb
