// deploy/postgresql/roles.sql: who may do what, tried one by one, and the program in each role.
#include <fmt/format.h>

#include <array>
#include <map>

#include "audit/verify.hpp"
#include "db/access_log.hpp"
#include "db/chat_database.hpp"
#include "db/duty_source.hpp"
#include "tests/store/postgresql_roles.hpp"

namespace mgc::test {
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

namespace {

/// It reads the ledger.
std::string rights_of_signer(const std::string& place) {
  for (const char* table : {"schema_migration", "node", "lane", "block", "pack", "dead_letter"}) {
    if (place == std::string("public.") + table) return "S";
  }
  return place == "public.checkpoint" ? "SI" : "";
}

using Row = std::array<const char*, 5>;

/// As the next, of what says what was done with the record; nobody updates the numbers of its rows.
std::map<std::string, Row> rights_on_duties() {
  const Row view = {"SX", "", "", "", ""};
  const Row audited = {"SX", "", "S", "", ""};
  return {{"public.duty_event", {"SIUDTX", "SI", "", "", ""}},
          {"public_audit.duty_event", {"SIUDX", "", "S", "", ""}},
          {"public.access_log", {"SIDTX", "S", "", "", ""}},
          {"public_audit.access_log", {"SIDX", "", "SI", "", ""}},
          {"public.access_policy", {"SIDTX", "", "", "", ""}},
          {"public_audit.access_policy", {"SIDX", "", "S", "", ""}},
          {"public.access_log_size", view},
          {"public_audit.access_log_size", audited},
          {"public.removal", {"SIDTX", "S", "", "", ""}},
          {"public_audit.removal", {"SIDX", "", "S", "", ""}},
          {"public.redaction", {"SIDTX", "S", "", "", ""}},
          {"public_audit.redaction", {"SIDX", "", "S", "", ""}},
          {"public.hold", {"SIDTX", "S", "", "", ""}},
          {"public_audit.hold", {"SIDX", "", "S", "", ""}},
          {"public.open_hold", {"SIDX", "", "", "", ""}},
          {"public_audit.open_hold", {"SIDX", "", "S", "", ""}},
          {"public.held_room", view},
          {"public.held_person", view},
          {"public.held_event", view},
          {"public_audit.held_event", audited}};
}

/// Of owner, writer, auditor, operator and node, by table and view.
std::map<std::string, Row> expected_rights() {
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
  for (const std::string original : {"compliancedata", "complianceparticipant", "chat", "node",
                                     "principal", "principalinvites"}) {
    expected.emplace("public.tbl" + original, view);
    expected.emplace("public_audit.tbl" + original, audited);
  }
  expected.merge(rights_on_duties());
  return expected;
}

TEST_F(PostgresqlRoles, EachMayDoWhatItNeedsAndNothingElse) {
  const auto expected = expected_rights();
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

TEST_F(PostgresqlRoles, OfTheAccessLogEachSeesHisOwnRowsAndAnExaminerAll) {
  run(fmt::format("CREATE ROLE {} LOGIN PASSWORD 'word' IN ROLE mgc_examiner", login("examiner")));
  const std::vector<std::string> examining = {"auditor", "examiner"};
  for (const auto& role : examining) {
    auto log = must(db::AccessLog::open(dsn_of(role)));
    must(log.add({0, "u", "h", "search", "{}"}));
  }
  const auto store = open_as("writer", "compliance");
  ASSERT_TRUE(must(store->take_lease()));
  auto source = must(db::DutySource::open(dsn_of("writer")));
  const auto found = must(source.find(schema::EventKind::access, 1));
  ASSERT_EQ(found.page.entries.size(), 2U);
  EXPECT_EQ(found.page.entries[0].database_user, login("auditor"));
  EXPECT_EQ(found.page.entries[1].database_user, login("examiner"));
  EXPECT_EQ(must(store->record_duties(found.page)), 2U);
  for (const auto& role : examining) {
    const auto reader = must(db::ComplianceReader::open(dsn_of(role)));
    const auto report = must(audit::verify_store(*reader, {}));
    EXPECT_TRUE(report.ok()) << role;
    EXPECT_EQ(report.duties, 2U) << role;
    EXPECT_EQ(report.duties_unseen, role == "auditor" ? 1U : 0U) << role;
  }
}

TEST_F(PostgresqlRoles, NobodyWritesTheAccessLogInAnothersName) {
  PostgresqlClient client(database(), login("auditor"), "word");
  const auto refused = [&](const std::string& sql) {
    try {
      static_cast<void>(client.run("SET search_path = public_audit; " + sql));
      return false;
    } catch (const std::runtime_error& why) {
      return std::string_view(why.what()).starts_with("42501");
    }
  };
  const std::string start = "INSERT INTO access_log (os_user, host, command, details";
  EXPECT_FALSE(refused(start + ") VALUES ('u', 'h', 'c', '{}')"));
  EXPECT_TRUE(refused(start + ", db_user) VALUES ('u', 'h', 'c', '{}', 'eve')"));
  EXPECT_TRUE(refused(start + ", written_at) VALUES ('u', 'h', 'c', '{}', 5)"));
  EXPECT_TRUE(refused("UPDATE access_log SET command = 'x'"));
  EXPECT_TRUE(refused("DELETE FROM access_log"));
  EXPECT_FALSE(refused("SET ROLE mgc_auditor; " + start + ") VALUES ('u', 'h', 'as role', '{}')"));
  EXPECT_EQ(ask("SELECT db_user FROM access_log WHERE command = 'as role'"), login("auditor"))
      << "who logged in, whatever role was taken";
}

TEST_F(PostgresqlRoles, AnAccessToAReadOnlyReplicaCannotBeNoted) {
  run(fmt::format("ALTER ROLE {} SET default_transaction_read_only = on", login("auditor")));
  auto log = must(db::AccessLog::open(dsn_of("auditor")));
  const auto refused = log.add({0, "u", "h", "search", "{}"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
  EXPECT_NE(refused.error().message.find("it cannot be written: name the primary"),
            std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(must(db::access_is_optional(dsn_of("auditor"))));
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
  // As migration 6 left it; then the text of migration 7, as the owner runs it.
  static_cast<void>(
      run("REVOKE USAGE ON SEQUENCE room_room_id_seq, person_person_id_seq FROM mgc_writer;"
          " ALTER TABLE room ADD CONSTRAINT room_key UNIQUE (room_id);"
          " ALTER TABLE person ADD CONSTRAINT person_key UNIQUE (person_id)"));
  std::ifstream file(MGC_SOURCE_DIR "/db/migrations/postgresql/mgccomp/0007_names_in_bulk.sql");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  static_cast<void>(PostgresqlClient(database(), login("owner"), "word").run(text));
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
  PostgresqlClient queries(database(), login("auditor"), "word");
  static_cast<void>(queries.run("SET search_path = public_audit"));
  EXPECT_EQ(
      queries.run("SELECT COUNT(*) FROM tblChat WHERE dbo.fnTicksToDate(chatDate) > '1/1/2006'"),
      std::vector<std::string>{"8"});
  int packs = 0;
  must(auditor->each_pack("hr", [&](const db::PackRow&) { return ++packs > 0; }));
  must(auditor->each_block("hr", [&](const db::BlockRow&) { return true; }));
  EXPECT_EQ(packs, 1);
  const auto seen = must(db::database_status(dsn_of("auditor"))).schemas[0];
  EXPECT_EQ(seen.version, seen.newest_version);

  const auto operated = must(db::database_status(dsn_of("operator"))).schemas[0];
  EXPECT_EQ(operated.version, operated.newest_version);
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
