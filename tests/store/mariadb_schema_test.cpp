// What MariaDB alone does: it commits when a table is made, and keeps names by their digest.
#include <fmt/format.h>

#include "tests/store/cutting_session.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class MariadbSchema : public StoreTest {
 protected:
  MariadbEngine& server() { return dynamic_cast<MariadbEngine&>(*engine_); }

  std::vector<std::string> objects() {
    return run(
        fmt::format("SELECT CONCAT(table_schema, '.', table_name) FROM"
                    " information_schema.tables WHERE table_schema LIKE '{0}%'"
                    " UNION SELECT routine_name FROM information_schema.routines"
                    " WHERE routine_schema = '{0}' ORDER BY 1",
                    server().database()));
  }
};

TEST_F(MariadbSchema, AMigrationThatBrokeOffAnywhereIsDoneAgain) {
  store_.reset();
  const auto complete = objects();
  // From the last statement back, so that what is left is what a crash would leave.
  const std::string database = server().database();
  std::vector<std::string> undo;
  for (const char* view :
       {"checkpoint", "attempt", "node_session", "person_detail", "room_detail", "compliance_event",
        "segment", "dead_letter", "person", "room", "gap", "node_position", "pack", "block", "lane",
        "node", "schema_migration", "event", "event_1"}) {
    undo.push_back(fmt::format("DROP VIEW IF EXISTS {}_audit.{}", database, view));
  }
  for (const char* statement : {"DROP TABLE checkpoint",
                                "DROP PROCEDURE seal_segment",
                                "DROP TABLE attempt",
                                "DROP VIEW compliance_event",
                                "DROP TABLE node_session",
                                "DROP TABLE person_detail",
                                "DROP TABLE room_detail",
                                "DROP VIEW event",
                                "DROP PROCEDURE add_event_table",
                                "DROP PROCEDURE show_to_auditors",
                                "DROP TABLE event_1",
                                "DROP TABLE segment",
                                "DROP TABLE dead_letter",
                                "DROP TABLE person",
                                "DROP TABLE room",
                                "DROP TABLE gap",
                                "DROP TABLE node_position",
                                "DROP TABLE pack",
                                "DROP TABLE block",
                                "DROP TABLE lane",
                                "DROP TABLE node"}) {
    undo.emplace_back(statement);
  }
  const std::size_t views = 16;
  for (std::size_t undone = views / 2; undone <= undo.size(); undone += undone < views ? 8 : 1) {
    run("DELETE FROM schema_migration");
    for (std::size_t i = 0; i < undone; ++i) run(undo[i]);
    const auto made = db::init_database(dsn_, db::Schema::mgccomp, clock_);
    ASSERT_TRUE(made) << undo[undone - 1] << ": " << made.error().message;
    ASSERT_EQ(objects(), complete) << undo[undone - 1];
  }
  store_ = open_store("again");
  ASSERT_TRUE(must(store_->take_lease()));
  EXPECT_EQ(must(commit(packs_of(make_pack("n", 1, 1, 3)))).events_stored, 3U);
}

TEST_F(MariadbSchema, ALaneWhoseMakingIsCutAnywhereIsMadeWhole) {
  for (int step = 1;; ++step) {
    const std::string lane = "lane" + std::to_string(step);
    int steps = 0;
    db::StoreOptions options;
    options.holder = "first";
    options.lane = lane;
    auto cut = db::ComplianceStore::over(
        std::make_unique<CuttingSession>(must(db::open_session(dsn_, db::OpenMode::read_write)),
                                         [&] {
                                           if (++steps == step) server().cut_sessions();
                                         }),
        options, clock_);
    const bool taken = cut->take_lease().has_value();
    auto again = open_store("first", lane);
    ASSERT_TRUE(must(again->take_lease())) << step;
    EXPECT_EQ(must(commit_to(*again, packs_of(make_pack(lane, 1, 1, 1)))).events_stored, 1U);
    EXPECT_EQ(ask("SELECT count(*) FROM lane WHERE lane_id NOT IN (SELECT lane_id FROM segment)"),
              "0");
    if (!taken) continue;
    EXPECT_GT(step, 4) << "making a lane has more statements than that";
    break;
  }
}

TEST_F(MariadbSchema, NamesAreTheirBytes) {
  const std::string long_name(1000, 'x');
  const std::vector<std::string> names = {
      "a", "A", "\xC3\xA4", "a ", " a", std::string("a\0", 2), long_name + "1", long_name + "2",
      ""};
  std::vector<schema::Event> events;
  for (const std::string& name : names) {
    events.push_back(chat_event("x"));
    events.back().room->name = name;
    events.back().actor->email = name;
  }
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  EXPECT_EQ(ask("SELECT count(*) FROM room"), std::to_string(names.size()));
  EXPECT_EQ(ask("SELECT count(*) FROM person"), std::to_string(names.size()));
  must(store_->drop_lease());
  store_ = open_store("second");  // with an empty dictionary
  ASSERT_TRUE(must(store_->take_lease()));
  must(commit(packs_of(make_pack("m", 1, 1, events))));
  EXPECT_EQ(ask("SELECT count(*) FROM room"), std::to_string(names.size()));
  MariadbClient client(server().database());
  EXPECT_EQ(client.try_to("INSERT INTO room (uri, name) SELECT uri, name FROM room"), 1062U);
  EXPECT_EQ(client.try_to("INSERT INTO person (uri, name, email, external)"
                          " SELECT uri, name, email, external FROM person"),
            1062U);
}

TEST_F(MariadbSchema, AuditorsFindEverythingInTheirDatabase) {
  must(commit(packs_of(make_pack("n", 1, 1, 3))));
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  must(commit_to(*second, packs_of(make_pack("m", 1, 5, 2))));
  std::string dsn = dsn_;
  dsn.replace(dsn.find(server().database()), server().database().size(),
              server().database() + "_audit");
  auto auditor = must(db::ComplianceReader::open(dsn));
  const auto seen = must(auditor->count());
  EXPECT_EQ(seen.events, 5U);
  EXPECT_EQ(seen.gaps, 1U);
  EXPECT_EQ(must(auditor->search({})).size(), 5U);
  EXPECT_EQ(must(auditor->lanes()), (std::vector<std::string>{"compliance", "hr"}));
}

}  // namespace
}  // namespace mgc::test
