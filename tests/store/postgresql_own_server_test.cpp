// Tests that change a server: each has one of its own.
#include <algorithm>

#include "db/session.hpp"
#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/own_server.hpp"

namespace mgc::test {
namespace {

class PostgresqlOwnServer : public ::testing::Test {
 protected:
  /// As an administrator would set it for the whole server.
  void set(const std::string& setting, const std::string& value) {
    static_cast<void>(admin_->run("ALTER SYSTEM SET " + setting + " = " + value));
    own_.control("restart");
    admin_ = std::make_unique<PostgresqlClient>("postgres");
  }

  OwnServer own_{MGC_SERVERS_PROGRAM, "postgresql"};
  FakeClock clock_;
  std::unique_ptr<PostgresqlClient> admin_ = std::make_unique<PostgresqlClient>("postgres");
  PostgresqlEngine engine_;
};

TEST_F(PostgresqlOwnServer, SettingsThatLoseCommitsAreNamedAndRefused) {
  must(db::init_database(engine_.dsn(), db::Schema::mgccomp, clock_));
  EXPECT_TRUE(must(db::database_status(engine_.dsn())).warnings.empty());
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"fsync", "off"}, {"full_page_writes", "off"}, {"data_sync_retry", "on"}};
  for (const auto& [setting, value] : bad) {
    SCOPED_TRACE(setting);
    set(setting, value);
    const auto status = must(db::database_status(engine_.dsn()));
    ASSERT_EQ(status.warnings.size(), 1U);
    EXPECT_NE(status.warnings[0].find(setting + " " + value), std::string::npos)
        << status.warnings[0];
    const auto opened = db::ComplianceStore::open(engine_.dsn(), {.holder = "h"}, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().action, Action::stop);
    EXPECT_NE(opened.error().message.find(setting), std::string::npos) << opened.error().message;
    set(setting, value == "on" ? "off" : "on");
  }
}

TEST_F(PostgresqlOwnServer, AWriterWaitsForTheDiskWhateverTheServersDefaultIs) {
  must(db::init_database(engine_.dsn(), db::Schema::mgccomp, clock_));
  set("synchronous_commit", "off");
  const auto status = must(db::database_status(engine_.dsn()));
  EXPECT_NE(std::ranges::find(status.settings,
                              std::pair<std::string, std::string>("synchronous_commit", "off")),
            status.settings.end())
      << "what the server has is shown";
  const auto writer = must(db::open_session(engine_.dsn(), db::OpenMode::read_write));
  std::string value;
  must(writer->query("SELECT current_setting('synchronous_commit')", {}, [&](const db::Row& row) {
    value = row.text(0);
    return false;
  }));
  EXPECT_EQ(value, "on");
}

}  // namespace
}  // namespace mgc::test
