// Tests that change a server: each has one of its own, of the same kind as the others use.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "db/session.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/own_server.hpp"
#include "tests/support/servers.hpp"

namespace mgc::test {
namespace {

namespace fs = std::filesystem;

class MariadbOwnServer : public ::testing::Test {
 protected:
  std::unique_ptr<db::ComplianceStore> open_store() {
    db::StoreOptions options;
    options.holder = "h";
    auto store = must(db::ComplianceStore::open(engine_->dsn(), options, clock_));
    if (!must(store->take_lease())) throw std::runtime_error("no lease");
    return store;
  }
  Result<db::CommitCounts> commit(db::ComplianceStore& store, const db::PackRecord& pack) {
    const std::vector<const db::PackRecord*> packs = {&pack};
    return store.commit({clock_.utc_now(), packs, {}});
  }
  /// The server shows this certificate of the tests from now on.
  void show_certificate(const std::string& name) {
    const auto tls = server("tls");
    const auto copy = [&](const std::string& what) {
      fs::copy_file(tls.at(name + what).get<std::string>(),
                    tls.at("server" + what).get<std::string>(),
                    fs::copy_options::overwrite_existing);
    };
    copy("_cert");
    copy("_key");
    admin_->run("FLUSH SSL");
  }
  std::string dsn_with_ca(const std::string& ca) {
    return engine_->dsn() + " tls_ca=" + server("tls").at(ca).get<std::string>();
  }

  OwnServer own_{MGC_SERVERS_PROGRAM, "mariadb"};
  FakeClock clock_;
  const std::unique_ptr<MariadbEngine> engine_ = std::make_unique<MariadbEngine>();
  const std::unique_ptr<MariadbClient> admin_ = std::make_unique<MariadbClient>("");
};

TEST_F(MariadbOwnServer, OnlyTheRightCertificateIsTrusted) {
  must(db::init_database(dsn_with_ca("ca"), db::Schema::mgccomp, clock_));
  const auto encrypted = must(db::database_status(dsn_with_ca("ca")));
  ASSERT_EQ(encrypted.settings.back().first, "tls");
  EXPECT_NE(encrypted.settings.back().second, "off");

  const auto expect_refused = [&](const std::string& ca, const std::string& said) {
    const auto session = db::open_session(dsn_with_ca(ca), db::OpenMode::read_only);
    ASSERT_FALSE(session) << said;
    EXPECT_EQ(session.error().action, Action::stop) << session.error().message;
    EXPECT_NE(session.error().message.find("tls_ca"), std::string::npos) << session.error().message;
    EXPECT_NE(session.error().message.find(said), std::string::npos) << session.error().message;
  };
  expect_refused("other_ca", "certificate chain");
  show_certificate("wrong_name");
  expect_refused("ca", "Validation of SSL server certificate failed");
  show_certificate("expired");
  expect_refused("ca", "certificate has expired");
  std::ofstream(own_.home() / "mariadb" / "my.cnf", std::ios::app) << "skip_ssl\n";
  own_.control("restart");
  expect_refused("ca", "the server does not support it");
}

TEST_F(MariadbOwnServer, AServerThatDiesLosesNothingThatWasCommitted) {
  must(db::init_database(engine_->dsn(), db::Schema::mgccomp, clock_));
  auto store = open_store();
  const auto first = make_pack("n", 1, 1, 3);
  const auto second = make_pack("n", 1, 4, 3);
  must(commit(*store, first));
  own_.control("kill");  // and started again
  const auto lost = commit(*store, second);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().action, Action::reconnect) << lost.error().message;
  store = open_store();
  EXPECT_EQ(must(commit(*store, first)).packs_duplicate, 1U);
  EXPECT_EQ(must(commit(*store, second)).packs_stored, 1U);
  EXPECT_EQ(must(must(db::ComplianceReader::open(engine_->dsn()))->count()).events, 6U);
}

TEST_F(MariadbOwnServer, AReadOnlyServerStopsTheWriter) {
  must(db::init_database(engine_->dsn(), db::Schema::mgccomp, clock_));
  // Whoever has all rights writes to a read-only server as well.
  admin_->run("REVOKE READ_ONLY ADMIN ON *.* FROM mgc_test");
  auto store = open_store();
  admin_->run("SET GLOBAL read_only = 1");  // rights are looked up when a client connects
  const auto refused = commit(*store, make_pack("n", 1, 1, 3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop) << refused.error().message;
  EXPECT_NE(refused.error().message.find("read-only"), std::string::npos)
      << refused.error().message;
}

TEST_F(MariadbOwnServer, SettingsThatLoseCommitsAreNamedAndRefused) {
  must(db::init_database(engine_->dsn(), db::Schema::mgccomp, clock_));
  EXPECT_TRUE(must(db::database_status(engine_->dsn())).warnings.empty());
  admin_->run("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  const auto status = must(db::database_status(engine_->dsn()));
  ASSERT_EQ(status.warnings.size(), 1U);
  EXPECT_NE(status.warnings[0].find("innodb_flush_log_at_trx_commit=1"), std::string::npos);
  db::StoreOptions options;
  options.holder = "h";
  const auto store = db::ComplianceStore::open(engine_->dsn(), options, clock_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().action, Action::stop);
  std::ofstream(own_.home() / "mariadb" / "my.cnf", std::ios::app)
      << "innodb_doublewrite = 0\nlog_bin = binlog\nsync_binlog = 0\n"
         "innodb_flush_log_at_trx_commit = 0\n";
  own_.control("restart");
  EXPECT_EQ(must(db::database_status(engine_->dsn())).warnings.size(), 3U);
}

}  // namespace
}  // namespace mgc::test
