// deploy/mariadb/*.sql against the server: each role, verb and table, and the program under each.
#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "audit/verify.hpp"
#include "db/session.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The databases and roles of deploy/mariadb/, under names of their own, with an account of each.
class MariadbRoles : public ::testing::Test {
 protected:
  MariadbRoles() {
    run_file("databases.sql");
    admin_.run(
        fmt::format("ALTER USER {}_owner IDENTIFIED BY '{}' ACCOUNT UNLOCK", name_, kPassword));
    must(db::init_database(dsn("owner"), db::Schema::mgccomp, clock_));
    run_file("roles.sql");
    admin_.run(fmt::format("ALTER USER {}_owner ACCOUNT LOCK", name_));
    for (const std::string role : {"writer", "signer", "auditor", "operator"}) {
      admin_.run(
          fmt::format("CREATE USER {0}_{1}_1 IDENTIFIED BY '{2}'; GRANT {0}_{1} TO {0}_{1}_1;"
                      "SET DEFAULT ROLE {0}_{1} FOR {0}_{1}_1",
                      name_, role, kPassword));
    }
  }
  ~MariadbRoles() override {
    for (const char* role : {"writer", "signer", "auditor", "operator"}) {
      admin_.try_to(
          fmt::format("DROP USER IF EXISTS {0}_{1}_1; DROP ROLE IF EXISTS {0}_{1}", name_, role));
    }
    admin_.try_to(fmt::format("DROP USER IF EXISTS {}_owner", name_));
  }

  void run_file(const std::string& file) {
    std::ifstream in(std::filesystem::path(MGC_DEPLOY_DIR) / "mariadb" / file);
    std::stringstream text;
    text << in.rdbuf();
    if (text.str().empty()) throw std::runtime_error(file + " is missing");
    admin_.run(replaced(replaced(text.str(), "mgccomp", name_), "mgc_", name_ + "_"));
  }
  /// Of the role's account; auditors have a database of their own.
  std::string dsn(const std::string& role) {
    const auto facts = server("mariadb");
    const std::string file = (directory_ / "password").string();
    std::ofstream(file) << kPassword;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return fmt::format("mysql://host={} port={} db={}{} user={}_{}{} password_file={}",
                       facts.at("host").get<std::string>(), facts.at("port").get<int>(), name_,
                       role == "auditor" ? "_audit" : "", name_, role, role == "owner" ? "" : "_1",
                       file);
  }

  /// True when the server lets it through, false when it denies a right or a view takes no rows.
  static bool may(MariadbClient& client, const std::string& sql) {
    static const std::set<unsigned> kDenials = {
        ER_DBACCESS_DENIED_ERROR,        ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,
        ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR,  ER_NON_INSERTABLE_TABLE,
        ER_NON_UPDATABLE_TABLE,          ER_VIEW_NO_INSERT_FIELD_LIST};
    const unsigned code = client.try_to(sql);
    // A column without a default is missed only after the rights were looked at.
    const bool allowed = code == 0 || code == ER_NO_DEFAULT_FOR_FIELD;
    EXPECT_TRUE(allowed || kDenials.contains(code)) << sql << ": " << code;
    return allowed;
  }
  /// The verbs that `client` may use on `table`: S I U D T (truncate) and X (drop).
  static std::string verbs(MariadbClient& client, const std::string& table,
                           const std::string& column) {
    const std::pair<char, std::string> statements[] = {
        {'S', fmt::format("SELECT {1} FROM {0} WHERE 1 = 0", table, column)},
        {'I', fmt::format("INSERT INTO {0} ({1}) SELECT 1 FROM DUAL WHERE 1 = 0", table, column)},
        {'U', fmt::format("UPDATE {0} SET {1} = {1} WHERE 1 = 0", table, column)},
        {'D', fmt::format("DELETE FROM {0} WHERE 1 = 0", table)},
        {'T', fmt::format("TRUNCATE TABLE {0}", table)},
        {'X', fmt::format("DROP TABLE {0}", table)},
        {'X', fmt::format("DROP VIEW {0}", table)},
    };
    std::string allowed;
    for (const auto& [verb, sql] : statements) {
      if (may(client, sql)) allowed += verb;
    }
    return allowed;
  }

  static constexpr const char* kPassword = "only for this test";
  MariadbEngine databases_;  // dropped at the end
  const std::string name_ = databases_.database();
  MariadbClient admin_{""};
  FakeClock clock_;
  TempDir directory_;
};

TEST_F(MariadbRoles, EachMayDoWhatItsWorkNeedsAndNothingElse) {
  struct Case {
    const char* table;
    const char* column;
    const char* writer;
    const char* operators;
  };
  constexpr std::array<std::string_view, 6> kLedger = {
      "schema_migration", "node", "lane", "block", "pack", "dead_letter"};
  const Case cases[] = {
      {"node", "name", "SI", "S"},
      {"lane", "fence", "SIU", "S"},
      {"block", "events", "SI", "S"},
      {"pack", "event_count", "SI", ""},
      {"node_position", "max_seen", "SIU", "S"},
      {"node_session", "closed_at", "SIU", "S"},
      {"gap", "closed_at", "SIU", "S"},
      {"attempt", "attempts", "SIU", "S"},
      {"checkpoint", "number", "SI", "S"},
      {"room", "name", "SI", ""},
      {"room_detail", "name", "SI", ""},
      {"person", "name", "SI", ""},
      {"person_detail", "name", "SI", ""},
      {"dead_letter", "reason", "SI", "S"},
      {"segment", "last_event_id", "SIU", "S"},
      {"schema_migration", "version", "SI", "S"},
      {"event_1", "content", "SI", ""},
      {"event_2", "content", "SI", ""},
      {"event", "content", "S", ""},
      {"compliance_event", "content", "S", ""},
  };
  MariadbClient writer(name_, name_ + "_writer_1", kPassword);
  writer.run("CALL add_event_table(2)");
  MariadbClient signer(name_, name_ + "_signer_1", kPassword);
  MariadbClient auditor(name_ + "_audit", name_ + "_auditor_1", kPassword);
  MariadbClient observer(name_, name_ + "_operator_1", kPassword);
  for (const Case& one : cases) {
    const std::string table = fmt::format("{}.{}", name_, one.table);
    const std::string view = fmt::format("{}_audit.{}", name_, one.table);
    EXPECT_EQ(verbs(writer, table, one.column), one.writer) << table;
    EXPECT_EQ(verbs(observer, table, one.column), one.operators) << table;
    const bool signs = std::string_view(one.table) == "checkpoint";
    const bool reads = std::ranges::count(kLedger, std::string_view(one.table)) > 0;
    EXPECT_EQ(verbs(signer, table, one.column), signs ? "SI" : reads ? "S" : "") << table;
    EXPECT_EQ(verbs(auditor, table, one.column), "") << table;
    EXPECT_EQ(verbs(auditor, view, one.column), "S") << view;
    EXPECT_EQ(verbs(writer, view, one.column), "") << view;
    EXPECT_EQ(verbs(observer, view, one.column), "") << view;
  }
  EXPECT_FALSE(may(observer, "SELECT raw FROM dead_letter"));
  for (MariadbClient* client : {&writer, &observer, &auditor}) {
    EXPECT_FALSE(may(*client, fmt::format("CALL {}.show_to_auditors('pack')", name_)));
    EXPECT_FALSE(may(*client, fmt::format("CREATE TABLE {}.other (x INT)", name_)));
    EXPECT_FALSE(may(*client, fmt::format("CREATE VIEW {}_audit.other AS SELECT 1", name_)));
    EXPECT_FALSE(may(*client, fmt::format("ALTER TABLE {}.pack ADD x INT", name_)));
  }
  EXPECT_FALSE(may(auditor, fmt::format("CALL {}.add_event_table(3)", name_)));
  EXPECT_FALSE(may(observer, fmt::format("CALL {}.add_event_table(3)", name_)));
}

TEST_F(MariadbRoles, TheProgramWorksUnderEach) {
  for (const std::string lane : {"compliance", "hr"}) {
    db::StoreOptions options;
    options.holder = "h";
    options.lane = lane;
    auto store = must(db::ComplianceStore::open(dsn("writer"), options, clock_));
    ASSERT_TRUE(must(store->take_lease()));
    const auto first = make_pack(lane, 1, 1, 3);
    const auto third = make_pack(lane, 1, 7, 1);
    const auto second = make_pack(lane, 1, 5, 1);
    const std::vector<const db::PackRecord*> packs = {&first, &third, &second};
    const db::DeadLetterRecord letter = {"m1", "no pack", "x"};
    const std::vector<const db::DeadLetterRecord*> letters = {&letter};
    EXPECT_EQ(must(store->commit({clock_.utc_now(), packs, letters})).events_stored, 5U);
    EXPECT_EQ(must(store->commit({clock_.utc_now(), packs, letters})).packs_duplicate, 3U);
    must(store->drop_lease());
  }
  auto reader = must(db::ComplianceReader::open(dsn("auditor")));
  EXPECT_EQ(must(reader->count()).events, 10U);
  EXPECT_EQ(must(reader->count()).dead_letters, 2U);
  EXPECT_EQ(must(reader->search({})).size(), 10U);
  EXPECT_EQ(must(reader->gaps(true)).size(), 6U);
  const auto report = must(audit::verify_store(*reader, {}));
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.events, 10U);

  const auto status = must(db::database_status(dsn("operator")));
  EXPECT_EQ(status.schemas.at(0).version, 8);
  const auto refused = db::ComplianceReader::open(dsn("operator"));
  ASSERT_TRUE(refused);
  const auto content = (*refused)->search({});
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().action, Action::stop);
  EXPECT_NE(content.error().message.find("roles.sql"), std::string::npos);
  db::StoreOptions options;
  options.holder = "h";
  for (const char* role : {"auditor", "operator"}) {
    auto store = db::ComplianceStore::open(dsn(role), options, clock_);
    ASSERT_TRUE(store) << store.error().message;
    const auto taken = (*store)->take_lease();
    ASSERT_FALSE(taken) << role;
    EXPECT_EQ(taken.error().action, Action::stop) << taken.error().message;
  }
}

TEST_F(MariadbRoles, ALockedOwnerCannotComeIn) {
  const auto session = db::open_session(dsn("owner"), db::OpenMode::read_write);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().action, Action::stop) << session.error().message;
}

TEST_F(MariadbRoles, WhoMayNotMakeADatabaseIsToldSo) {
  const std::string other = replaced(dsn("writer"), "db=" + name_, "db=" + name_ + "other");
  const auto made = db::init_database(other, db::Schema::mgccomp, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().action, Action::stop) << made.error().message;
  EXPECT_NE(made.error().message.find("databases.sql"), std::string::npos) << made.error().message;
}

}  // namespace
}  // namespace mgc::test
