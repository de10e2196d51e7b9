// deploy/postgresql/roles.sql: who may do what, tried one by one, and the program in each role.
#include <fmt/format.h>

#include <array>
#include <map>

#include "db/chat_database.hpp"
#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {
namespace {

constexpr std::array<std::string_view, 6> kRoles = {"owner",    "writer", "auditor",
                                                    "operator", "node",   "signer"};

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

std::string PostgresqlRoles::rights(PostgresqlClient& client, const std::string& place) {
  const std::string table = place.substr(place.find('.') + 1);
  const std::string column = ask(fmt::format(
      "SELECT attname FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum = 1", place));
  const bool is_view =
      ask(fmt::format("SELECT relkind FROM pg_class WHERE oid = '{}'::regclass", place)) == "v";
  const std::pair<char, std::string> verbs[] = {
      {'S', fmt::format("SELECT * FROM {} LIMIT 1", place)},
      {'I', fmt::format("INSERT INTO {} DEFAULT VALUES", place)},
      {'U', fmt::format("UPDATE {0} SET {1} = {1} WHERE false", place, column)},
      {'D', fmt::format("DELETE FROM {} WHERE false", place)},
      {'T', fmt::format("TRUNCATE {} CASCADE", place)},
      {'X', fmt::format("DROP {} {} CASCADE", is_view ? "VIEW" : "TABLE", place)}};
  std::string granted;
  for (const auto& [letter, statement] : verbs) {
    try {
      static_cast<void>(client.run("BEGIN"));
      static_cast<void>(client.run(statement));
      granted += letter;
    } catch (const std::runtime_error& refused) {
      // A row of defaults breaks a rule of the table: it was let in that far.
      if (std::string_view(refused.what()).starts_with("23")) granted += letter;
    }
    static_cast<void>(client.run("ROLLBACK"));
  }
  return granted;
}

/// It reads the ledger.
std::string rights_of_signer(const std::string& place) {
  for (const char* table : {"schema_migration", "node", "lane", "block", "pack", "dead_letter"}) {
    if (place == std::string("public.") + table) return "S";
  }
  return place == "public.checkpoint" ? "SI" : "";
}

TEST_F(PostgresqlRoles, EachMayDoWhatItNeedsAndNothingElse) {
  // owner, writer, auditor, operator, node
  using Row = std::array<const char*, 5>;
  const Row evidence = {"SIUDTX", "SI", "", "", ""};
  const Row listed = {"SIUDTX", "SI", "", "S", ""};
  const Row moving = {"SIUDTX", "SIU", "", "S", ""};
  const Row names = {"SIUDTX", "S", "", "", "SIU"};
  const Row view = {"SX", "", "", "", ""};
  const Row audited = {"SX", "", "S", "", ""};
  const Row audited_table = {"SIUDX", "", "S", "", ""};
  std::map<std::string, Row> expected = {
      {"public.schema_migration", {"SIUDTX", "S", "", "S", "S"}},
      {"public.node", listed},
      {"public.lane", moving},
      {"public.block", listed},
      {"public.pack", evidence},
      {"public.node_position", moving},
      {"public.node_session", moving},
      {"public.gap", moving},
      {"public.attempt", moving},
      {"public.checkpoint", {"SIUDTX", "", "", "S", ""}},
      {"public.room", evidence},
      {"public.room_detail", evidence},
      {"public.person", evidence},
      {"public.person_detail", evidence},
      {"public.dead_letter", evidence},  // the operator: not its raw bytes, see below
      {"public.segment", moving},
      {"public.event_1", evidence},
      {"public.event_2", evidence},
      {"public.event", view},
      {"public.compliance_event", view},
      {"public.mgc_room", names},
      {"public.mgc_person", names},
      {"public.mgc_membership", {"SIUDTX", "", "", "", "SIU"}},
      {"public.mgc_chat", {"SIUDTX", "", "", "", "SI"}},
      {"public_audit.event", audited},
      {"public_audit.compliance_event", audited},
  };
  for (const std::string table :
       {"schema_migration", "node", "lane", "block", "pack", "node_position", "node_session", "gap",
        "attempt", "checkpoint", "room", "room_detail", "person", "person_detail", "dead_letter",
        "segment", "event_1", "event_2"}) {
    expected.emplace("public_audit." + table, audited_table);
  }
  const auto there =
      run("SELECT n.nspname || '.' || relname FROM pg_class JOIN pg_namespace AS n"
          " ON n.oid = relnamespace WHERE n.nspname IN ('public', 'public_audit')"
          " AND relkind IN ('r', 'v', 'p', 'm', 'f')");
  EXPECT_EQ(there.size(), expected.size()) << "a table that this test does not know";
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    PostgresqlClient client(database(), login(kRoles[i]), "word");
    for (const auto& [place, row] : expected) {
      EXPECT_EQ(rights(client, place), i < row.size() ? row[i] : rights_of_signer(place))
          << kRoles[i] << " on " << place;
    }
  }
}

TEST_F(PostgresqlRoles, OnlyTheWriterAddsSegmentsAndNobodyMakesTables) {
  for (const auto role : kRoles) {
    PostgresqlClient client(database(), login(role), "word");
    const bool owner = role == "owner";
    const auto works = [&](const std::string& sql) {
      try {
        static_cast<void>(client.run("BEGIN; " + sql + "; ROLLBACK"));
        return true;
      } catch (const std::runtime_error&) {
        static_cast<void>(client.run("ROLLBACK"));
        return false;
      }
    };
    EXPECT_EQ(works("SELECT public.add_event_table(3)"), owner || role == "writer") << role;
    EXPECT_EQ(works("INSERT INTO public.lane (name) VALUES ('sealed here');"
                    " INSERT INTO public.segment (segment, lane_id, state, first_event_id,"
                    " opened_at) SELECT 1, max(lane_id), 'full', 0, 0 FROM public.lane"
                    " ON CONFLICT (segment) DO UPDATE SET state = 'full';"
                    " SELECT public.seal_segment(1)"),
              owner || role == "writer")
        << role;
    EXPECT_EQ(works("CREATE TABLE public.mine (x integer)"), owner) << role;
    EXPECT_EQ(works("CREATE TABLE public_audit.mine (x integer)"), owner) << role;
    EXPECT_EQ(works("ALTER TABLE public.pack ADD COLUMN mine integer"), owner) << role;
    EXPECT_EQ(works("ALTER TABLE public.pack DISABLE TRIGGER ALL"), owner) << role;
    EXPECT_FALSE(works("SELECT public.add_event_table(1)")) << role;
  }
}

TEST_F(PostgresqlRoles, AnUpgradeGivesTheWriterTheIdsOfNames) {
  // As migration 6 left it.
  static_cast<void>(
      run("REVOKE USAGE ON SEQUENCE room_room_id_seq, person_person_id_seq FROM mgc_writer;"
          " ALTER TABLE room ADD CONSTRAINT room_key UNIQUE (room_id);"
          " ALTER TABLE person ADD CONSTRAINT person_key UNIQUE (person_id);"
          " DROP TABLE checkpoint CASCADE;"
          " DELETE FROM schema_migration WHERE schema_name = 'mgccomp' AND version >= 7"));
  must(db::upgrade_database(dsn_of("owner"), clock_));
  const auto store = open_as("writer", "compliance");
  ASSERT_TRUE(must(store->take_lease()));
  must(commit_to(*store, packs_of(make_pack("chat-1", 1, 1, 3))));
  EXPECT_NE(ask("SELECT count(*) FROM person"), "0");
  apply_roles();  // what the upgrade made belongs to a login that goes
}

TEST_F(PostgresqlRoles, TheOperatorReadsDeadLettersWithoutTheirBytes) {
  PostgresqlClient client(database(), login("operator"), "word");
  EXPECT_NO_THROW(client.run("SELECT message_id, reason FROM dead_letter"));
  EXPECT_THROW(client.run("SELECT raw FROM dead_letter"), std::runtime_error);
}

TEST_F(PostgresqlRoles, TheWholeFlowRunsInTheRolesThatItIsFor) {
  const auto store = open_as("writer", "compliance");
  ASSERT_TRUE(must(store->take_lease()));
  const std::vector<db::DeadLetterRecord> letters = {{"m", "no pack", "garbage"}};
  must(commit_to(*store, packs_of(make_pack("chat-1", 1, 1, 3), make_pack("chat-1", 1, 7, 2)),
                 letters));
  must(commit_to(*store, packs_of(make_pack("chat-1", 1, 5, 1))));  // parts a gap
  const auto second = open_as("writer", "hr");                      // makes event_3
  ASSERT_TRUE(must(second->take_lease()));
  must(commit_to(*second, packs_of(make_pack("chat-2", 1, 1, 2))));
  must(store->drop_lease());

  const auto auditor = must(db::ComplianceReader::open(dsn_of("auditor")));
  EXPECT_EQ(must(auditor->count()).events, 8U);
  EXPECT_EQ(must(auditor->count()).dead_letters, 1U);
  EXPECT_EQ(must(auditor->search({})).size(), 8U);
  EXPECT_EQ(must(auditor->gaps(true)).size(), 3U);
  EXPECT_EQ(must(auditor->positions()).size(), 2U);
  EXPECT_EQ(must(auditor->lanes()).size(), 3U);
  int packs = 0;
  must(auditor->each_pack("hr", [&](const db::PackRow&) { return ++packs > 0; }));
  must(auditor->each_block("hr", [&](const db::BlockRow&) { return true; }));
  EXPECT_EQ(packs, 1);
  EXPECT_EQ(must(db::database_status(dsn_of("auditor"))).schemas[0].version, 9);

  EXPECT_EQ(must(db::database_status(dsn_of("operator"))).schemas[0].version, 9);
  const auto operating = must(db::ComplianceReader::open(dsn_of("operator")));
  EXPECT_EQ(must(operating->positions()).size(), 2U);
  const auto content = operating->search({});
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().action, Action::stop) << content.error().message;
  EXPECT_NE(content.error().message.find("roles.sql"), std::string::npos)
      << content.error().message;

  const auto refused = db::ComplianceStore::open(dsn_of("auditor"), {.holder = "x"}, clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop) << refused.error().message;

  auto post = chat_event("hello");
  const db::HistoryEntry entry{&post, "node/file/1"};
  const auto chat = must(db::ChatDatabase::open(dsn_of("node")));
  EXPECT_EQ(must(chat->record({&entry, 1})).at(0), 1);
  must(db::upgrade_database(dsn_of("owner"), clock_));
}

}  // namespace
}  // namespace mgc::test
