#include "db/mariadb/durability.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace mgc::db::mariadb {
namespace {

bool is(const ServerSettings& settings, const std::string& name, std::string_view value) {
  const auto found = settings.find(name);
  return found != settings.end() && found->second == value;
}

}  // namespace

Result<ServerSettings> read_durability(Session& session) {
  ServerSettings settings;
  const auto read = session.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit',"
      " 'innodb_doublewrite', 'innodb_flush_method', 'log_bin', 'sync_binlog', 'wsrep_on',"
      " 'read_only', 'max_allowed_packet')",
      {}, [&](const Row& row) {
        settings.emplace(row.text(0), row.text(1));
        return true;
      });
  if (!read) return read.error();
  return settings;
}

std::vector<std::string> faults_of(const ServerSettings& settings) {
  std::vector<std::string> faults;
  const auto need = [&](std::string_view setting, std::string_view why) {
    faults.push_back(fmt::format("{}; {}", why, setting));
  };
  if (is(settings, "innodb_flush_log_at_trx_commit", "0") ||
      is(settings, "innodb_flush_log_at_trx_commit", "2")) {
    need("set innodb_flush_log_at_trx_commit=1",
         "the server answers COMMIT before the rows are on its disk");
  }
  if (is(settings, "innodb_doublewrite", "OFF")) {
    need("set innodb_doublewrite=ON and restart it", "a crash of the server can tear pages");
  }
  if (is(settings, "log_bin", "ON") && !is(settings, "sync_binlog", "1")) {
    need(
        "set sync_binlog=1",
        "a crash of the server can lose the binary log, and then it takes back what was committed");
  }
  if (is(settings, "innodb_flush_method", "nosync") ||
      is(settings, "innodb_flush_method", "littlesync")) {
    need("set innodb_flush_method=O_DIRECT and restart it", "the server does not use fsync");
  }
  return faults;
}

Result<std::vector<std::string>> faults_of_tables(Session& session) {
  std::vector<std::string> faults;
  const auto read = session.query(
      "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = DATABASE()"
      " AND table_type = 'BASE TABLE' AND engine <> 'InnoDB' ORDER BY table_name",
      {}, [&](const Row& row) {
        faults.push_back(
            fmt::format("table {0} is kept by {1}, which has no transactions; run "
                        "ALTER TABLE {0} ENGINE=InnoDB",
                        printable(row.text(0)), printable(row.text(1))));
        return true;
      });
  if (!read) return read.error();
  return faults;
}

}  // namespace mgc::db::mariadb
