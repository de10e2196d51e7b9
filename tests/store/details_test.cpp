#include "db/chat_database.hpp"
#include "db/detail_source.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using db::Detail;
using db::DetailOf;

/// Events without names in mgccomp, and an mgc that knows them.
class Details : public StoreTest {
 protected:
  Details() { must(db::init_database(mgc_, db::Schema::mgc, clock_)); }

  static schema::Event event_of(const std::string& room, const std::string& person) {
    auto event = chat_event("hello");
    event.room = schema::Room{"ma-chan://example.org/" + room, ""};
    event.actor = schema::Person{"sip:" + person + "@example.org", "", "", false};
    return event;
  }
  /// mgc learns the names of the event's room and person.
  void teach(schema::Event event, const std::string& room, const std::string& name,
             const std::string& email) {
    event.room->name = room;
    event.actor->name = name;
    event.actor->email = email;
    const db::HistoryEntry entry{&event, "key " + std::to_string(++entries_)};
    static_cast<void>(must(must(db::ChatDatabase::open(mgc_))->record({&entry, 1})));
  }
  void store(const std::vector<schema::Event>& events) {
    must(commit(packs_of(make_pack("n", 1, next_sequence_, events))));
    next_sequence_ += events.size();
  }
  /// Adds everything that mgc knows; returns how many details were new.
  std::uint64_t fill() {
    auto source = must(db::DetailSource::open(dsn_, mgc_));
    std::uint64_t added = 0;
    for (const DetailOf of : {DetailOf::room, DetailOf::person}) {
      const auto page = must(source.next_page(of, 0));
      EXPECT_TRUE(page.is_last);
      added += must(store_->add_details(of, page.details));
    }
    return added;
  }
  db::ComplianceEvent only_hit(const db::EventQuery& query = {}) {
    const auto hits = must(reader()->search(query));
    EXPECT_EQ(hits.size(), 1U);
    return hits.empty() ? db::ComplianceEvent{} : hits.front();
  }

  const std::string mgc_ = engine_->second_dsn();
  std::uint64_t next_sequence_ = 1;
  int entries_ = 0;
};

TEST_F(Details, EmptyNamesAreThoseOfMgc) {
  const auto event = event_of("hr", "anna");
  teach(event, "#hr \xF0\x9F\x90\xA7", "Anna", "anna@example.org");
  store({event});
  EXPECT_EQ(fill(), 2U);
  const auto hit = only_hit();
  EXPECT_EQ(hit.room_name, "#hr \xF0\x9F\x90\xA7");
  EXPECT_EQ(hit.actor_name, "Anna");
  EXPECT_EQ(hit.actor_email, "anna@example.org");
  EXPECT_EQ(run("SELECT room_name, actor_name, actor_email FROM compliance_event"),
            (std::vector<std::string>{"#hr \xF0\x9F\x90\xA7", "Anna", "anna@example.org"}));
}

TEST_F(Details, WhatTheEventSaysStays) {
  auto event = event_of("hr", "anna");
  teach(event, "#hr", "Anna", "anna@example.org");
  event.room->name = "#hr-then";
  event.actor->name = "Anna then";
  store({event});
  EXPECT_EQ(fill(), 1U);
  const auto hit = only_hit();
  EXPECT_EQ(hit.room_name, "#hr-then");
  EXPECT_EQ(hit.actor_name, "Anna then");
  EXPECT_EQ(hit.actor_email, "anna@example.org");
}

TEST_F(Details, AreFoundBySearch) {
  const auto event = event_of("hr", "anna");
  teach(event, "#hr", "Anna", "anna@example.org");
  teach(event_of("it", "bob"), "#it", "Bob", "bob@example.org");
  store({event, event_of("it", "bob")});
  fill();
  db::EventQuery query;
  query.room = "#hr";
  EXPECT_EQ(only_hit(query).event_id, 0U);
  query.room.reset();
  for (const char* person : {"Bob", "bob@example.org", "sip:bob@example.org"}) {
    query.person = person;
    EXPECT_EQ(only_hit(query).event_id, 1U) << person;
  }
}

TEST_F(Details, AreNoPartOfTheEvidence) {
  const auto event = event_of("hr", "anna");
  teach(event, "#hr", "Anna", "anna@example.org");
  store({event});
  fill();
  const auto reader = this->reader();
  db::ProjectedRows own;
  must(must(reader->projection("compliance")).read(0, 1, own));
  ASSERT_EQ(own.rows().size(), 1U);
  EXPECT_EQ(own.rows()[0].room->parts[1], "");
  EXPECT_EQ(own.rows()[0].actor->parts[1], "");
  EXPECT_EQ(own.rows()[0].actor->parts[2], "");
  EXPECT_EQ(ask("SELECT name FROM room"), "");
}

TEST_F(Details, AreAddedOnceAndNeverChanged) {
  const auto event = event_of("hr", "anna");
  teach(event, "#hr", "", "anna@example.org");
  store({event});
  EXPECT_EQ(fill(), 2U);
  EXPECT_EQ(fill(), 0U);
  const std::int64_t room = std::stoll(ask("SELECT room_id FROM room_detail"));
  const Detail other[] = {{room, "another name", {}}};
  EXPECT_EQ(must(store_->add_details(DetailOf::room, other)), 0U);
  EXPECT_EQ(only_hit().room_name, "#hr");
  EXPECT_EQ(only_hit().actor_name, "") << "mgc had no name when it was asked";
  EXPECT_EQ(ask("SELECT noted_at FROM room_detail"), "1767225600000000");
}

TEST_F(Details, WhatMgcDoesNotKnowIsAskedAgain) {
  const auto event = event_of("hr", "anna");
  store({event});
  EXPECT_EQ(fill(), 0U);
  EXPECT_EQ(only_hit().room_name, "");
  teach(event, "#hr", "Anna", "");
  EXPECT_EQ(fill(), 2U);
  EXPECT_EQ(only_hit().room_name, "#hr");
}

TEST_F(Details, EventsWithoutARoomOrAPersonAreShown) {
  auto event = chat_event("nobody");
  event.kind = schema::EventKind::notice;
  event.room.reset();
  event.actor.reset();
  store({event});
  EXPECT_EQ(fill(), 0U);
  EXPECT_EQ(only_hit().room_name, std::nullopt);
  EXPECT_EQ(run("SELECT room_name FROM compliance_event"), std::vector<std::string>{"NULL"});
}

TEST_F(Details, ComeInPagesById) {
  constexpr std::size_t kRooms = db::DetailSource::kPageRows + 20;
  std::vector<schema::Event> events;
  // In the order of their names, in which names are added.
  for (std::size_t i = 0; i < kRooms; ++i) {
    events.push_back(event_of("room" + std::to_string(100'000 + i), "anna"));
  }
  teach(events.back(), "#last", "Anna", "");
  store(events);
  auto source = must(db::DetailSource::open(dsn_, mgc_));
  const auto first = must(source.next_page(DetailOf::room, 0));
  EXPECT_FALSE(first.is_last);
  EXPECT_TRUE(first.details.empty());
  const auto second = must(source.next_page(DetailOf::room, first.last_id));
  EXPECT_TRUE(second.is_last);
  ASSERT_EQ(second.details.size(), 1U);
  EXPECT_EQ(second.details[0].name, "#last");
  EXPECT_EQ(second.details[0].id, second.last_id);
}

TEST_F(Details, AnMgcThatIsNotThereIsAnError) {
  const auto opened = db::DetailSource::open(dsn_, dsn_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().action, Action::stop);
  EXPECT_NE(opened.error().message.find("schema mgc is not initialised"), std::string::npos)
      << opened.error().message;
}

}  // namespace
}  // namespace mgc::test
