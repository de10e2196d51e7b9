#include "db/chat_database.hpp"

#include "db/session.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Chat : public StoreTest {
 protected:
  Chat() {
    must(db::init_database(dsn_, db::Schema::mgc, clock_));
    chat_ = must(db::ChatDatabase::open(dsn_));
  }

  std::vector<std::int64_t> record(const std::vector<schema::Event>& events,
                                   const std::string& file) {
    return record_with(*chat_, events, file);
  }
  static std::vector<std::int64_t> record_with(db::ChatDatabase& chat,
                                               const std::vector<schema::Event>& events,
                                               const std::string& file) {
    std::vector<db::HistoryEntry> entries;
    for (const auto& event : events) {
      entries.push_back({&event, file + "/" + std::to_string(entries.size() + 1)});
    }
    return must(chat.record(entries));
  }
  static schema::Event event_of(schema::EventKind kind, std::int64_t micros) {
    auto event = chat_event("");
    event.kind = kind;
    event.occurred_at = utc_from_micros(micros);
    return event;
  }

  std::unique_ptr<db::ChatDatabase> chat_;
};

using ChatIds = std::vector<std::int64_t>;

TEST_F(Chat, PostsAreNumberedWithinTheirRoom) {
  auto other = chat_event("elsewhere");
  other.room = schema::Room{"ma-chan://example.org/kernel", "#kernel"};
  const auto join = event_of(schema::EventKind::join, 1);
  EXPECT_EQ(record({chat_event("a"), other, join, chat_event("b"), other}, "n/f"),
            (ChatIds{1, 1, 0, 2, 2}));
}

TEST_F(Chat, TheSameEntryAgainKeepsItsNumber) {
  EXPECT_EQ(record({chat_event("a"), chat_event("b")}, "n/f"), (ChatIds{1, 2}));
  EXPECT_EQ(record({chat_event("a"), chat_event("b"), chat_event("c")}, "n/f"), (ChatIds{1, 2, 3}));
  EXPECT_EQ(ask("SELECT count(*) FROM mgc_chat"), "3");
}

TEST_F(Chat, TwoNodesShareOneNumbering) {
  auto second = must(db::ChatDatabase::open(dsn_));
  EXPECT_EQ(record({chat_event("a")}, "n1/f"), ChatIds{1});
  EXPECT_EQ(record_with(*second, {chat_event("b")}, "n2/f"), ChatIds{2});
  EXPECT_EQ(record({chat_event("a"), chat_event("c")}, "n1/f"), (ChatIds{1, 3}));
}

TEST_F(Chat, KeepsThePostAsItWasSaid) {
  auto event = chat_event(std::string("a\0b", 3));
  event.is_action = true;
  record({event}, "n/f");
  EXPECT_EQ(run("SELECT c.is_action, p.uri, c.occurred_at, c.source_key FROM mgc_chat AS c"
                " JOIN mgc_person AS p ON p.person_id = c.person_id"),
            (std::vector<std::string>{"1", "sip:anna@example.org", "1141525320000000", "n/f/1"}));
  const auto session = must(db::open_session(dsn_, db::OpenMode::read_only));
  must(session->query("SELECT content FROM mgc_chat", {}, [&](const db::Row& row) {
    EXPECT_EQ(row.bytes(0), event.content);
    return false;
  }));
}

TEST_F(Chat, AFailedTransactionLeavesNothing) {
  arm("chat.before_commit=error@1");
  const auto event = chat_event("a");
  const std::vector<db::HistoryEntry> entries = {{&event, "n/f/1"}};
  ASSERT_FALSE(chat_->record(entries));
  EXPECT_EQ(ask("SELECT count(*) FROM mgc_room"), "0");
  EXPECT_EQ(must(chat_->record(entries)), ChatIds{1});
}

TEST_F(Chat, JoinsAndPartsAreMemberships) {
  const std::vector<schema::Event> events = {event_of(schema::EventKind::join, 10),
                                             event_of(schema::EventKind::part, 20),
                                             event_of(schema::EventKind::join, 30)};
  for (int times = 0; times < 2; ++times) {
    record(events, "n/f");
    EXPECT_EQ(run("SELECT joined_at, parted_at FROM mgc_membership ORDER BY membership_id"),
              (std::vector<std::string>{"10", "20", "30", "NULL"}));
  }
}

TEST_F(Chat, APartWithoutAJoinIsKept) {
  record({event_of(schema::EventKind::part, 20)}, "n/f");
  record({event_of(schema::EventKind::part, 20)}, "n/f");
  EXPECT_EQ(run("SELECT joined_at, parted_at FROM mgc_membership"),
            (std::vector<std::string>{"NULL", "20"}));
}

TEST_F(Chat, TheNewestNameOfARoomWinsAndAnEmptyOneTakesNothingAway) {
  auto renamed = chat_event("x");
  renamed.room->name = "#renamed";
  renamed.actor->name = "Anna";
  auto nameless = chat_event("y");
  nameless.room->name = "";
  nameless.actor->name = "";
  nameless.actor->email = "";
  record({chat_event("a"), renamed, nameless}, "n/f");
  EXPECT_EQ(run("SELECT r.name, p.name, p.email FROM mgc_room AS r, mgc_person AS p"),
            (std::vector<std::string>{"#renamed", "Anna", "anna@example.org"}));
}

TEST_F(Chat, EventsWithoutARoomAreNoPosts) {
  auto event = chat_event("x");
  event.room.reset();
  EXPECT_EQ(record({event}, "n/f"), ChatIds{0});
  EXPECT_EQ(ask("SELECT uri FROM mgc_person"), "sip:anna@example.org");
}

TEST_F(Chat, ADatabaseOfItsOwnOnTheSameServer) {
  must(db::init_database(engine_->second_dsn(), db::Schema::mgc, clock_));
  auto chat = must(db::ChatDatabase::open(engine_->second_dsn()));
  EXPECT_EQ(record_with(*chat, {chat_event("a")}, "n/f"), ChatIds{1});
  EXPECT_EQ(ask("SELECT count(*) FROM mgc_chat"), "0") << "that is the other one";
}

}  // namespace
}  // namespace mgc::test
