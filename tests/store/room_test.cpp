// Who was in a room, and who could have seen a message, on every engine.
#include "audit/room.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

using schema::EventKind;
using Strings = std::vector<std::string>;

class Room : public SegmentsTest {
 protected:
  /// Second `second` of the record: `who` does it in room a.
  static schema::Event did(int second, EventKind kind, const std::string& who) {
    auto event = chat_event("");
    event.kind = kind;
    event.occurred_at = utc_from_micros(second * 1'000'000LL);
    event.room = schema::Room{"ma-chan://a", "#a"};
    event.actor = schema::Person{"sip:" + who, who, "", false};
    event.chat_id = 0;
    return event;
  }
  static schema::Event said(int second, const std::string& who, std::int64_t chat_id) {
    auto event = did(second, EventKind::chat, who);
    event.content = "secret";
    event.chat_id = chat_id;
    return event;
  }
  /// One batch of `node`.
  void store_events(const std::vector<schema::Event>& events, const std::string& node = "n") {
    must(commit(packs_of(make_pack(node, 1, next_[node] + 1, events))));
    next_[node] += events.size();
  }
  static Strings names(const std::vector<audit::Occupant>& people) {
    Strings all;
    for (const auto& one : people) {
      all.push_back(fmt::format("{}@{}", one.uri.substr(4), to_micros(one.joined_at) / 1'000'000));
    }
    return all;
  }
  Strings present(int second, const std::string& room = "#a") {
    const auto reader = this->reader();
    return names(
        must(audit::who_was_in(*reader, room, utc_from_micros(second * 1'000'000LL))).present);
  }
  audit::Audience saw(std::uint64_t event_id) {
    const auto reader = this->reader();
    return must(audit::who_saw(*reader, "#a", event_id, std::nullopt));
  }
  std::string refused(const std::string& room) {
    const auto reader = this->reader();
    const auto answer = audit::who_was_in(*reader, room, utc_from_micros(0));
    EXPECT_FALSE(answer);
    return answer ? "" : answer.error().message;
  }

  std::map<std::string, std::uint64_t> next_;
};

TEST_F(Room, WhoJoinedAndDidNotPartIsThere) {
  store_events({did(1, EventKind::join, "anna"), did(2, EventKind::join, "bob"),
                did(5, EventKind::part, "anna"), did(7, EventKind::join, "anna"),
                did(9, EventKind::part, "carl")});
  EXPECT_EQ(present(0), Strings{});
  EXPECT_EQ(present(1), Strings{"anna@1"}) << "from the very moment on";
  EXPECT_EQ(present(4), (Strings{"anna@1", "bob@2"}));
  EXPECT_EQ(present(5), Strings{"bob@2"}) << "to the very moment";
  EXPECT_EQ(present(9), (Strings{"anna@7", "bob@2"})) << "since she came back";
}

TEST_F(Room, TimeDecidesWhereNodesWereStoredOutOfOrder) {
  tend();
  store_events({did(6, EventKind::join, "anna"), did(8, EventKind::join, "bob")}, "m");
  store_events(std::vector<schema::Event>(5, said(8, "bob", 1)), "m");  // a segment is full
  store_events({did(1, EventKind::join, "anna"), did(5, EventKind::part, "anna"),
                did(9, EventKind::part, "bob")},
               "n");  // its outbox had to wait
  EXPECT_EQ(present(4), Strings{"anna@1"});
  EXPECT_EQ(present(7), Strings{"anna@6"});
  EXPECT_EQ(present(9), Strings{"anna@6"});
}

TEST_F(Room, ASecondDeviceIsTheSamePerson) {
  store_events({did(1, EventKind::join, "anna"), did(3, EventKind::join, "anna")});
  EXPECT_EQ(present(4), Strings{"anna@1"});
}

TEST_F(Room, WhoGoesOnUnderAnotherAddressStays) {
  auto renamed = did(3, EventKind::person, "anna");
  renamed.target = schema::Person{"sip:maier", "maier", "", false};
  auto everywhere = did(5, EventKind::person, "maier");
  everywhere.room.reset();
  everywhere.target = schema::Person{"sip:huber", "huber", "", false};
  auto elsewhere = did(6, EventKind::person, "huber");
  elsewhere.room = schema::Room{"ma-chan://b", "#b"};
  elsewhere.target = schema::Person{"sip:else", "else", "", false};
  auto stranger = did(6, EventKind::person, "zoe");
  stranger.target = schema::Person{"sip:zara", "zara", "", false};
  tend();
  store_events({did(1, EventKind::join, "anna"), renamed, everywhere, elsewhere, stranger});
  const auto check = [&] {
    EXPECT_EQ(present(2), Strings{"anna@1"});
    EXPECT_EQ(present(4), Strings{"maier@1"});
    EXPECT_EQ(present(7), Strings{"huber@1"});
  };
  check();
  store_events({did(8, EventKind::join, "bob")});
  tend();
  ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  check();
}

TEST_F(Room, GoesThroughAllSegmentsAndLanes) {
  std::vector<schema::Event> events;
  for (int i = 0; i < 6; ++i) events.push_back(did(10 + i, EventKind::join, fmt::format("p{}", i)));
  for (int i = 0; i < 4; ++i) {
    tend();
    store_events({events.begin() + i, events.begin() + i + 1});
    store_events(std::vector<schema::Event>(5, said(20 + i, "p0", 7)));
  }
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, {did(11, EventKind::part, "p0")}))));
  EXPECT_EQ(present(10), Strings{"p0@10"});
  EXPECT_EQ(present(30), (Strings{"p1@11", "p2@12", "p3@13"})) << "who left is of another lane";
}

TEST_F(Room, IsNamedByItsAddressOrByANameOfItsOwn) {
  auto renamed = did(2, EventKind::join, "bob");
  renamed.room->name = "#new";
  auto other = did(3, EventKind::join, "carl");
  other.room = schema::Room{"ma-chan://b", "#new"};
  auto tricky = did(4, EventKind::join, "dora");
  tricky.room = schema::Room{"ma-chan://c", "ma-chan://b"};
  store_events({did(1, EventKind::join, "anna"), renamed, other, tricky});
  EXPECT_EQ(present(9, "#a"), (Strings{"anna@1", "bob@2"})) << "under all its names";
  EXPECT_EQ(present(9, "ma-chan://a"), (Strings{"anna@1", "bob@2"}));
  EXPECT_EQ(present(9, "ma-chan://b"), Strings{"carl@3"}) << "an address before a name";
  EXPECT_EQ(refused("#new"),
            "2 rooms had the name #new: ma-chan://a, ma-chan://b; give the address of one");
  EXPECT_EQ(refused("#A"), "no event came from a room with the address or name #A");
  EXPECT_EQ(refused("' OR 1=1 --"),
            "no event came from a room with the address or name ' OR 1=1 --");
}

TEST_F(Room, SaysWhatItDoesNotKnow) {
  store_events({did(1, EventKind::join, "anna")});
  must(commit(packs_of(make_pack("n", 1, 5, 1))));
  const auto reader = this->reader();
  const auto answer = must(audit::who_was_in(*reader, "#a", utc_from_micros(9'000'000)));
  ASSERT_EQ(answer.notes.size(), 2U);
  EXPECT_NE(answer.notes[1].find("3 events are missing"), std::string::npos) << answer.notes[1];
}

schema::Event looked(schema::Event event, const std::string& query) {
  event.content = query;
  return event;
}

TEST_F(Room, AMessageIsSeenByThoseThereAndThoseWhoAskedForItLater) {
  store_events({did(1, EventKind::join, "anna"), did(1, EventKind::join, "bob"),
                did(2, EventKind::part, "bob"),                            // 2
                looked(did(2, EventKind::backchat, "zoe"), "last 25"),     // 3: before
                said(3, "anna", 7),                                        // 4
                did(3, EventKind::join, "carl"),                           // 5: just after
                did(4, EventKind::join, "dora"),                           // 6
                looked(did(5, EventKind::backchat, "dora"), "last 25"),    // 7
                looked(did(6, EventKind::backchat, "dora"), "of anna"),    // 8
                looked(did(6, EventKind::backchat, "anna"), "last 1"),     // 9: she was there
                looked(did(6, EventKind::backchat, "bob"), "of march")});  // 10
  const auto audience = saw(4);
  EXPECT_EQ(audience.said.content, "secret");
  EXPECT_EQ(names(audience.present), Strings{"anna@1"});
  ASSERT_EQ(audience.looked.size(), 2U);
  EXPECT_EQ(audience.looked[0].person.uri, "sip:dora");
  EXPECT_EQ(audience.looked[0].query, "last 25") << "the first one counts";
  EXPECT_EQ(audience.looked[0].event_id, 7U);
  EXPECT_EQ(audience.looked[1].person.uri, "sip:bob") << "he had left";
  EXPECT_EQ(names(audience.joined_later), Strings{"carl@3"});
  EXPECT_TRUE(audience.changes.empty());
  EXPECT_EQ(audience.notes.size(), 3U) << "of the past, of answers, of those who came later";
}

TEST_F(Room, WhatWasTakenAwayIsNotSeenAfterwards) {
  auto edited = did(4, EventKind::edit, "anna");
  edited.chat_id = 7;
  auto of_another = did(4, EventKind::deletion, "anna");
  of_another.chat_id = 8;
  auto deleted = did(6, EventKind::deletion, "anna");
  deleted.chat_id = 7;
  store_events({said(3, "anna", 7), edited, of_another,
                looked(did(5, EventKind::backchat, "bob"), "a"), deleted,
                looked(did(7, EventKind::backchat, "carl"), "b"), did(8, EventKind::join, "dora")});
  const auto audience = saw(0);
  ASSERT_EQ(audience.changes.size(), 2U);
  EXPECT_EQ(audience.changes[0].kind, EventKind::edit);
  EXPECT_EQ(audience.changes[1].event_id, 4U);
  ASSERT_EQ(audience.looked.size(), 1U);
  EXPECT_EQ(audience.looked[0].person.uri, "sip:bob");
  EXPECT_EQ(names(audience.joined_later), Strings{});
  EXPECT_NE(audience.notes.back().find("1 looks at the history came after"), std::string::npos);
}

TEST_F(Room, APurgeTakesAwayWhatItsPackSaysThatItDoes) {
  auto before = did(4, EventKind::purge, "admin");
  before.purged_through = 2'999'999;
  auto reaching = did(6, EventKind::purge, "admin");
  reaching.purged_through = 3'000'000;
  store_events({said(3, "anna", 7), before, looked(did(5, EventKind::backchat, "bob"), "a")});
  store_events({reaching, looked(did(7, EventKind::backchat, "carl"), "b")});
  const auto audience = saw(0);
  ASSERT_EQ(audience.changes.size(), 1U);
  EXPECT_EQ(audience.changes[0].event_id, 3U);
  ASSERT_EQ(audience.looked.size(), 1U);
  EXPECT_EQ(audience.looked[0].person.uri, "sip:bob");
}

TEST_F(Room, AnEventOfAnotherRoomOrOfNoneIsRefused) {
  auto elsewhere = said(1, "anna", 1);
  elsewhere.room = schema::Room{"ma-chan://b", "#b"};
  store_events({did(1, EventKind::join, "anna"), elsewhere});
  const auto reader = this->reader();
  const auto why = [&](std::uint64_t id, const std::optional<std::string>& lane) {
    const auto answer = audit::who_saw(*reader, "#a", id, lane);
    return answer ? std::string("none") : answer.error().message;
  };
  EXPECT_EQ(why(1, {}), "event 1 is of ma-chan://b, not of ma-chan://a");
  EXPECT_EQ(why(99, {}), "there is no event 99");
  EXPECT_EQ(why(0, "hr"), "there is no event 0");
  EXPECT_EQ(why(0, "compliance"), "none");
}

TEST_F(Room, AnEventOfTwoLanesIsNamedWithItsLane) {
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  store_events({said(3, "anna", 7)});
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, {said(4, "bob", 7)}))));
  const auto reader = this->reader();
  const auto answer = audit::who_saw(*reader, "#a", 0, std::nullopt);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("say which with --lane"), std::string::npos);
  EXPECT_EQ(must(audit::who_saw(*reader, "#a", 0, "hr")).said.actor_name, "bob");
}

}  // namespace
}  // namespace mgc::test
