#include "tests/store/postgresql_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "tests/support/servers.hpp"

namespace mgc::test {
namespace {

std::string new_database_name() {
  static std::atomic<int> made = 0;
  return fmt::format("mgc_test_{}_{}", getpid(), ++made);
}

}  // namespace

std::string postgresql_dsn_start() {
  const auto server = test::server("postgresql");
  return fmt::format("postgresql://host={} port={} user={} password_file={}",
                     server.at("host").get<std::string>(), server.at("port").get<int>(),
                     server.at("user").get<std::string>(),
                     server.at("password_file").get<std::string>());
}

PostgresqlClient::PostgresqlClient(const std::string& database, const std::string& user,
                                   const std::string& password) {
  const auto server = test::server("postgresql");
  const std::string port = std::to_string(server.at("port").get<int>());
  const auto field = [&](const char* name) { return server.at(name).get<std::string>(); };
  const std::string host = field("host");
  const std::string as = user.empty() ? field("user") : user;
  const std::string word = user.empty() ? field("password") : password;
  const char* const keys[] = {"host", "port", "dbname", "user", "password", "options", nullptr};
  const char* const values[] = {host.c_str(), port.c_str(), database.c_str(),
                                as.c_str(),   word.c_str(), "-c client_min_messages=error",
                                nullptr};
  handle_.reset(PQconnectdbParams(keys, values, 0));
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(handle_.get()));
  }
}

std::vector<std::string> PostgresqlClient::run(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle_.get(), sql.c_str()),
                                                             &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw std::runtime_error(fmt::format("{} {}: {}", code == nullptr ? "lost" : code, sql,
                                         PQerrorMessage(handle_.get())));
  }
  std::vector<std::string> cells;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      const bool null = PQgetisnull(result.get(), row, column) != 0;
      cells.emplace_back(null ? "NULL" : PQgetvalue(result.get(), row, column));
    }
  }
  return cells;
}

PostgresqlEngine::PostgresqlEngine() : database_(new_database_name()) {
  static_cast<void>(
      PostgresqlClient("postgres")
          .run(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database_)));
}

PostgresqlEngine::~PostgresqlEngine() {
  PostgresqlClient client("postgres");
  for (const std::string& made : {database_, database_ + "_second"}) {
    static_cast<void>(client.run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", made)));
  }
}

std::string PostgresqlEngine::dsn() const {
  return postgresql_dsn_start() + " dbname=" + database_;
}

std::string PostgresqlEngine::second_dsn() const { return dsn() + "_second"; }

std::string PostgresqlEngine::name() const {
  const auto server = test::server("postgresql");
  return fmt::format("{}:{}/{}", server.at("host").get<std::string>(), server.at("port").get<int>(),
                     database_);
}

std::vector<std::string> PostgresqlEngine::run(const std::string& sql) {
  return PostgresqlClient(database_).run(sql);
}

std::string PostgresqlEngine::hex(const std::string& column) const {
  return fmt::format("upper(encode({}, 'hex'))", column);
}

std::string PostgresqlEngine::time_text(const std::string& column) const {
  return fmt::format("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", column);
}

std::string PostgresqlEngine::columns_query(const std::string& view) const {
  return fmt::format(
      "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
      " AND table_name = '{}' ORDER BY ordinal_position",
      view);
}

std::unique_ptr<Held> PostgresqlEngine::hold_write_lock() {
  /// Gives the lock back before it goes: the server notices the end of a session in its own time.
  class Lock final : public Held {
   public:
    explicit Lock(const std::string& database) : client_(database) {
      static_cast<void>(client_.run("BEGIN; LOCK TABLE lane IN EXCLUSIVE MODE"));
    }
    ~Lock() override { static_cast<void>(client_.run("ROLLBACK")); }

   private:
    PostgresqlClient client_;
  };
  return std::make_unique<Lock>(database_);
}

void PostgresqlEngine::cut_sessions() {
  // The second argument waits until the session is gone.
  const auto ended = PostgresqlClient("postgres")
                         .run(fmt::format("SELECT pg_terminate_backend(pid, 10000)"
                                          " FROM pg_stat_activity WHERE datname = '{}'",
                                          database_));
  for (const std::string& gone : ended) {
    if (gone != "t") throw std::runtime_error("a session of " + database_ + " does not end");
  }
}

}  // namespace mgc::test
