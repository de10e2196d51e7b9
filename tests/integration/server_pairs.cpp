#include "tests/integration/database_pair.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/postgresql_server.hpp"

namespace mgc::test {
namespace {

constexpr MakeEngine kSqlite = make_engine;  // of sqlite_engine.cpp
std::unique_ptr<TestEngine> make_postgresql() { return std::make_unique<PostgresqlEngine>(); }
std::unique_ptr<TestEngine> make_mariadb() { return std::make_unique<MariadbEngine>(); }

}  // namespace

std::vector<Pair> pairs() {
  return {{"OneDatabaseOfPostgresql", one_database<make_postgresql>},
          {"TwoDatabasesOfPostgresql", two_databases<make_postgresql>},
          {"OneDatabaseOfMariadb", one_database<make_mariadb>},
          {"TwoDatabasesOfMariadb", two_databases<make_mariadb>},
          {"PostgresqlAndMariadb", two_instances<make_postgresql, make_mariadb>},
          {"MariadbAndPostgresql", two_instances<make_mariadb, make_postgresql>},
          {"PostgresqlAndSqlite", two_instances<make_postgresql, kSqlite>},
          {"SqliteAndMariadb", two_instances<kSqlite, make_mariadb>}};
}

}  // namespace mgc::test
