// What MariaDB alone does: it commits when a table is made, and keeps names by their digest.
#include <fmt/format.h>

#include <sstream>

#include "tests/store/cutting_session.hpp"
#include "tests/store/mariadb_engine.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

// From the last one back, so that what is left is what a crash would leave.
constexpr const char* kAuditorsViews =
    "redaction,removal,held_event,open_hold,hold,access_policy,duty_event,access_log_size,access_"
    "log,"
    "tblPrincipalInvites,tblPrincipal,tblNode,tblChat,tblComplianceParticipant,tblComplianceData,"
    "checkpoint,attempt,node_session,person_detail,room_detail,compliance_event,segment,dead_"
    "letter,"
    "person,room,gap,node_position,pack,block,lane,node,schema_migration,event,event_1";
constexpr const char* kMade =
    "PROCEDURE redact_event,TABLE redaction,PROCEDURE remove_pack,PROCEDURE remove_segment,"
    "TABLE removal,VIEW held_event,VIEW held_person,VIEW held_room,VIEW open_hold,TABLE hold,"
    "TABLE access_policy,TABLE duty_event,VIEW access_log_size,TABLE access_log,"
    "VIEW tblPrincipalInvites,VIEW tblPrincipal,VIEW tblNode,VIEW tblChat,"
    "VIEW tblComplianceParticipant,VIEW tblComplianceData,TABLE checkpoint,PROCEDURE seal_segment,"
    "TABLE attempt,VIEW compliance_event,TABLE node_session,TABLE person_detail,TABLE room_detail,"
    "VIEW event,PROCEDURE add_event_table,PROCEDURE show_to_auditors,TABLE event_1,TABLE segment,"
    "TABLE dead_letter,TABLE person,TABLE room,TABLE gap,TABLE node_position,TABLE pack,TABLE "
    "block,"
    "TABLE lane,TABLE node";

class MariadbSchema : public StoreTest {
 protected:
  std::vector<std::string> undo_of_migrations() {
    std::vector<std::string> undo;
    std::istringstream views(kAuditorsViews), made(kMade);
    for (std::string view; std::getline(views, view, ',');) {
      undo.push_back(fmt::format("DROP VIEW IF EXISTS {}_audit.{}", server().database(), view));
    }
    for (std::string one; std::getline(made, one, ',');) undo.push_back("DROP " + one);
    return undo;
  }
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
  const std::vector<std::string> undo = undo_of_migrations();
  const std::size_t views = 32;
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
