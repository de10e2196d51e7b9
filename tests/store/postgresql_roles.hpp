#pragma once

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

inline constexpr std::array<std::string_view, 6> kRoles = {"owner",    "writer", "auditor",
                                                           "operator", "node",   "signer"};

/// deploy/postgresql/roles.sql in a database, with a login of each role.
class PostgresqlRoles : public StoreTest {
 protected:
  PostgresqlRoles() {
    must(db::init_database(dsn_, db::Schema::mgc, clock_));
    apply_roles();
    if (!must(open_store("first", "other")->take_lease())) throw std::runtime_error("no lease");
    apply_roles();  // as after an upgrade
    for (const auto role : kRoles) {
      run(fmt::format("CREATE ROLE {} LOGIN PASSWORD 'word' IN ROLE mgc_{}", login(role), role));
    }
    write_file(directory_ / "password", "word");
    std::filesystem::permissions(directory_ / "password", std::filesystem::perms::owner_read);
  }
  ~PostgresqlRoles() override {
    for (const auto role : kRoles) run("DROP ROLE IF EXISTS " + login(role));
    for (const char* role : {"examiner", "custodian", "second"}) {
      run("DROP ROLE IF EXISTS " + login(role));
    }
  }

  std::string database() { return dynamic_cast<PostgresqlEngine&>(*engine_).database(); }
  std::string login(std::string_view role) { return fmt::format("{}_{}", database(), role); }
  std::string dsn_of(std::string_view role) {
    const auto server = test::server("postgresql");
    return fmt::format("postgresql://host=127.0.0.1 port={} dbname={} user={} password_file={}",
                       server.at("port").get<int>(), database(), login(role),
                       (directory_ / "password").string());
  }
  std::unique_ptr<db::ComplianceStore> open_as(std::string_view role, const std::string& lane) {
    db::StoreOptions options;
    options.holder = "first";
    options.lane = lane;
    return must(db::ComplianceStore::open(dsn_of(role), options, clock_));
  }

  void apply_roles() {
    const auto server = test::server("postgresql");
    Process psql({"/usr/bin/psql", "-q", "-h", "127.0.0.1", "-p",
                  std::to_string(server.at("port").get<int>()), "-U",
                  server.at("user").get<std::string>(), "-d", database(), "-v", "ON_ERROR_STOP=1",
                  "-f", MGC_SOURCE_DIR "/deploy/postgresql/roles.sql"},
                 directory_ / "psql", {"PGPASSWORD=" + server.at("password").get<std::string>()});
    const auto ended = psql.wait(std::chrono::seconds(60));
    if (ended != 0) throw std::runtime_error("roles.sql: " + psql.err());
  }

  /// The letters of what `role` may do to `place`: Select Insert Update Delete Truncate X = drop.
  std::string rights(PostgresqlClient& client, const std::string& place);

 private:
  static void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }
  TempDir directory_;
};

}  // namespace mgc::test
