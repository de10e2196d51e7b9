#include "tests/store/mariadb_engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/support/servers.hpp"

namespace mgc::test {
namespace {

std::string text_of(const char* key) { return server("mariadb").at(key).get<std::string>(); }

/// No underscore: it is a wildcard in the names of a GRANT.
std::string fresh_name() {
  static std::atomic<int> count = 0;
  return fmt::format("mgctest{}x{}", getpid(), ++count);
}

}  // namespace

MariadbClient::MariadbClient(const std::string& database, const std::string& user,
                             const std::string& password)
    : handle_(mysql_init(nullptr)) {
  mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const std::string host = text_of("host");
  const std::string name = user.empty() ? text_of("user") : user;
  const std::string secret = user.empty() ? text_of("password") : password;
  if (mysql_real_connect(handle_, host.c_str(), name.c_str(), secret.c_str(),
                         database.empty() ? nullptr : database.c_str(),
                         server("mariadb").at("port").get<unsigned>(), nullptr,
                         CLIENT_MULTI_STATEMENTS) == nullptr) {
    const std::string why = mysql_error(handle_);
    mysql_close(handle_);
    throw std::runtime_error(why);
  }
  run("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,NO_AUTO_VALUE_ON_ZERO'");
}

unsigned MariadbClient::try_to(const std::string& sql) {
  try {
    run(sql);
    return 0;
  } catch (const std::runtime_error&) {
    return mysql_errno(handle_);
  }
}

std::vector<std::string> MariadbClient::run(const std::string& sql) {
  std::vector<std::string> cells;
  int failed = mysql_real_query(handle_, sql.data(), sql.size());
  while (failed == 0) {
    if (MYSQL_RES* rows = mysql_store_result(handle_); rows != nullptr) {
      const unsigned columns = mysql_num_fields(rows);
      while (char** row = mysql_fetch_row(rows)) {
        const unsigned long* sizes = mysql_fetch_lengths(rows);
        for (unsigned i = 0; i < columns; ++i) {
          cells.push_back(row[i] == nullptr ? "NULL" : std::string(row[i], sizes[i]));
        }
      }
      mysql_free_result(rows);
    }
    failed = mysql_next_result(handle_);
  }
  if (failed > 0) throw std::runtime_error(sql + ": " + mysql_error(handle_));
  return cells;
}

MariadbEngine::MariadbEngine() : database_(fresh_name()), client_("") {}

MariadbEngine::~MariadbEngine() {
  for (const std::string& database : {database_, database_ + "second"}) {
    client_.try_to(fmt::format("DROP DATABASE IF EXISTS `{0}`; DROP DATABASE IF EXISTS `{0}_audit`",
                               database));
  }
}

std::string MariadbEngine::dsn_of(const std::string& database) const {
  return fmt::format("mysql://host={} port={} db={} user={} password_file={}", text_of("host"),
                     server("mariadb").at("port").get<int>(), database, text_of("user"),
                     text_of("password_file"));
}

std::string MariadbEngine::name() const {
  return fmt::format("{}:{}/{}", text_of("host"), server("mariadb").at("port").get<int>(),
                     database_);
}

std::vector<std::string> MariadbEngine::run(const std::string& sql) {
  client_.run(
      fmt::format("CREATE DATABASE IF NOT EXISTS `{0}` CHARACTER SET utf8mb4 COLLATE "
                  "utf8mb4_nopad_bin; USE `{0}`",
                  database_));
  return client_.run(sql);
}

std::string MariadbEngine::hex(const std::string& column) const {
  return fmt::format("HEX({})", column);
}
std::string MariadbEngine::time_text(const std::string& column) const {
  return fmt::format("DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%s.%fZ')", column);
}
std::string MariadbEngine::columns_query(const std::string& view) const {
  return fmt::format(
      "SELECT column_name FROM information_schema.columns WHERE table_schema ="
      " DATABASE() AND table_name = '{}' ORDER BY ordinal_position",
      view);
}

std::unique_ptr<Held> MariadbEngine::hold_write_lock() {
  /// Gives the lock back before it goes: the server notices the end of a session in its own time.
  class Lock final : public Held {
   public:
    explicit Lock(const std::string& database) : client_(database) {
      client_.run("START TRANSACTION; SELECT lane_id FROM lane FOR UPDATE");
    }
    ~Lock() override { client_.try_to("ROLLBACK"); }

   private:
    MariadbClient client_;
  };
  return std::make_unique<Lock>(database_);
}

void MariadbEngine::cut_sessions() {
  const auto ids =
      client_.run(fmt::format("SELECT id FROM information_schema.processlist WHERE db = '{}' AND"
                              " id <> CONNECTION_ID()",
                              database_));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  // A session that ends is asked for by its id until it is unknown: MariaDB 10.11 was seen to die
  // of a list of sessions that are made and ended meanwhile.
  for (const std::string& id : ids) {
    while (client_.try_to("KILL CONNECTION " + id) == 0) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("sessions stay");
      std::this_thread::yield();
    }
  }
}

}  // namespace mgc::test
