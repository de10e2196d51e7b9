#include "audit/presence.hpp"

#include <gtest/gtest.h>

#include "tests/unit/audit/posting_store.hpp"

namespace mgc::audit {
namespace {

using schema::EventKind;
using test::event_of;

class PresenceTest : public test::PostingStore {
 protected:
  static std::string names(const Presence& presence, const std::string& room) {
    std::string all;
    for (const Occupant& one : presence.in("ma-chan://example.org/" + room)) all += one.name + " ";
    return all;
  }
};

TEST_F(PresenceTest, IsWhoCameAndDidNotLeaveBefore) {
  record({event_of(EventKind::join, "red", "berta"), event_of(EventKind::join, "red", "anna"),
          event_of(EventKind::join, "blue", "anna"), event_of(EventKind::chat, "red", "carl"),
          event_of(EventKind::part, "red", "anna"), event_of(EventKind::join, "red", "carl")});
  const auto store = reader();
  Presence presence("compliance", {});
  ASSERT_TRUE(presence.advance(*store, 0, 6));
  EXPECT_EQ(names(presence, "red"), "");
  ASSERT_TRUE(presence.advance(*store, 2, 6));
  EXPECT_EQ(names(presence, "red"), "anna berta ");
  EXPECT_EQ(names(presence, "blue"), "");
  ASSERT_TRUE(presence.advance(*store, 5, 6));
  EXPECT_EQ(names(presence, "red"), "berta ");
  EXPECT_EQ(names(presence, "blue"), "anna ");
  ASSERT_TRUE(presence.advance(*store, 6, 6));
  EXPECT_EQ(names(presence, "red"), "berta carl ");
}

TEST_F(PresenceTest, NamesSomebodyAsWhenHeCame) {
  schema::Event first = event_of(EventKind::join, "red", "anna");
  first.occurred_at = utc_from_micros(1'000'000);
  schema::Event again = event_of(EventKind::join, "red", "anna");
  again.actor->name = "anna the second";
  record({first, again});
  const auto store = reader();
  Presence presence("compliance", {});
  ASSERT_TRUE(presence.advance(*store, 2, 2));
  const auto there = presence.in("ma-chan://example.org/red");
  ASSERT_EQ(there.size(), 1U);
  EXPECT_EQ(there[0].name, "anna");
  EXPECT_EQ(there[0].email, "anna@example.org");
  EXPECT_EQ(there[0].joined_at, utc_from_micros(1'000'000));
}

TEST_F(PresenceTest, GoesOnWithAReaderThatSeesMore) {
  record({event_of(EventKind::join, "red", "anna")});
  Presence presence("compliance", {});
  ASSERT_TRUE(presence.advance(*reader(), 1, 1));
  record({event_of(EventKind::join, "red", "berta"), event_of(EventKind::chat, "red", "berta")});
  ASSERT_TRUE(presence.advance(*reader(), 3, 3));
  EXPECT_EQ(names(presence, "red"), "anna berta ");
}

TEST_F(PresenceTest, LooksAtTheRoomOfTheQueryAndAtNothingElseOfIt) {
  record({event_of(EventKind::join, "red", "anna"), event_of(EventKind::join, "blue", "anna")});
  db::EventQuery query;
  query.room = "#red";
  query.person = "berta";
  query.kinds = {EventKind::chat};
  query.since = utc_from_micros(4'000'000'000'000'000);
  query.text = "x";
  query.after_event_id = 1;
  Presence presence("compliance", query);
  ASSERT_TRUE(presence.advance(*reader(), 2, 2));
  EXPECT_EQ(names(presence, "red"), "anna ");
  EXPECT_EQ(names(presence, "blue"), "");
}

}  // namespace
}  // namespace mgc::audit
