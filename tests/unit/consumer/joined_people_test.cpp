#include "consumer/joined_people.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "consumer/crashed_sessions.hpp"

namespace mgc::consumer {
namespace {

using schema::EventKind;

/// Events that a node recorded, by person and room of one letter.
class JoinedPeopleTest : public testing::Test {
 protected:
  void take(EventKind kind, const std::string& person, const std::string& room,
            const std::string& target = {}) {
    schema::EventView event;
    event.kind = kind;
    event.actor = schema::PersonView{person, "name of", {}, false};
    if (!room.empty()) event.room = schema::RoomView{room, {}};
    if (!target.empty()) event.target = schema::PersonView{target, {}, {}, false};
    joined_.take(event);
  }
  void join(const std::string& person, const std::string& room) {
    take(EventKind::join, person, room);
  }
  void part(const std::string& person, const std::string& room) {
    take(EventKind::part, person, room);
  }
  /// Person and room, in order of the rooms.
  std::vector<std::string> left() const {
    std::vector<std::string> all;
    auto joined = joined_;
    for (const auto& one : std::move(joined).left()) all.push_back(one.person.uri + one.room.uri);
    return all;
  }
  using Left = std::vector<std::string>;

  JoinedPeople joined_{100};
};

TEST_F(JoinedPeopleTest, WhoPartedIsNotLeft) {
  join("a", "R");
  join("b", "R");
  join("a", "S");
  part("a", "R");
  EXPECT_EQ(left(), (Left{"bR", "aS"}));
  EXPECT_EQ(joined_.rest(), std::nullopt);
}

TEST_F(JoinedPeopleTest, WhoJoinedTwiceIsThereOnce) {
  join("a", "R");
  join("a", "R");
  EXPECT_EQ(left(), Left{"aR"});
  part("a", "R");
  EXPECT_EQ(left(), Left{});
}

TEST_F(JoinedPeopleTest, WhoWasRemovedIsGoneAndWhoDidItIsNot) {
  join("a", "R");
  join("b", "R");
  take(EventKind::part, "a", "R", "b");
  EXPECT_EQ(left(), Left{"bR"});
}

TEST_F(JoinedPeopleTest, ANewAddressIsTheSamePerson) {
  join("a", "R");
  join("a", "S");
  take(EventKind::person, "a", "", "b");
  EXPECT_EQ(left(), (Left{"bR", "bS"}));
  part("b", "R");
  EXPECT_EQ(left(), Left{"bS"});
}

TEST_F(JoinedPeopleTest, ANewAddressInOneRoomChangesNoOther) {
  join("a", "R");
  join("a", "S");
  take(EventKind::person, "a", "R", "b");
  EXPECT_EQ(left(), (Left{"bR", "aS"}));
}

TEST_F(JoinedPeopleTest, ANewAddressOfSomebodyWhoIsNotThereBringsNobody) {
  take(EventKind::person, "a", "R", "b");
  take(EventKind::person, "a", "", "b");
  EXPECT_EQ(left(), Left{});
}

TEST_F(JoinedPeopleTest, OtherEventsChangeNothing) {
  join("a", "R");
  take(EventKind::chat, "b", "R");
  take(EventKind::invite, "a", "R", "c");
  take(static_cast<EventKind>(99), "a", "R");
  joined_.take(schema::EventView{});
  EXPECT_EQ(left(), Left{"aR"});
}

TEST_F(JoinedPeopleTest, UrisOfAnyTextAreKeptApart) {
  join("a", "bc");
  join("ab", "c");
  join(std::string("a\0", 2), "bc");
  EXPECT_EQ(left().size(), 3U);
}

using Events = std::vector<schema::EventView>;

/// Runs looks of a few entries as CrashedSessions does, over the same events.
std::vector<std::string> left_in_looks(std::size_t entries_max, const Events& events) {
  std::vector<std::string> all;
  std::optional<JoinedPeople::Key> begin(std::in_place);
  while (begin) {
    JoinedPeople joined(entries_max, *begin);
    for (const auto& event : events) joined.take(event);
    if (joined.rest() && *joined.rest() <= *begin) return {"no progress"};
    begin = joined.rest();
    const auto left = std::move(joined).left();
    if (left.size() > entries_max) return {"too many"};
    for (const auto& one : left) all.push_back(one.room.uri + " " + one.person.uri);
  }
  return all;
}

constexpr std::uint32_t kPeople = 40;
constexpr std::uint32_t kRooms = 5;

/// Joins, joins of those who are there, parts, and new addresses: with the room, or of all rooms.
class RandomEvents {
 public:
  explicit RandomEvents(bool with_room) {
    for (std::uint32_t i = 0; i < kPeople; ++i) names_.push_back("p" + std::to_string(i));
    for (std::uint32_t i = 0; i < kRooms; ++i) rooms_.push_back("r" + std::to_string(i));
    for (int i = 0; i < 3'000; ++i) events_.push_back(event(with_room));
  }
  [[nodiscard]] const Events& events() const { return events_; }

 private:
  schema::EventView event(bool with_room) {
    const std::uint32_t what = next(10);
    schema::EventView event;
    event.kind = what < 6 ? EventKind::join : what < 9 ? EventKind::part : EventKind::person;
    event.actor = schema::PersonView{names_[next(kPeople)], {}, {}, false};
    const bool renamed = event.kind == EventKind::person;
    if (renamed) event.target = schema::PersonView{names_[next(kPeople)], {}, {}, false};
    if (!renamed || with_room) event.room = schema::RoomView{rooms_[next(kRooms)], {}};
    return event;
  }
  std::uint32_t next(std::uint32_t below) {
    random_ = random_ * 1'664'525U + 1'013'904'223U;
    return (random_ >> 8U) % below;
  }

  std::uint32_t random_ = 7;
  std::vector<std::string> names_, rooms_;
  Events events_;
};

TEST(JoinedPeopleInLooks, FindEverybodyOnceWhereEachRoomFitsIn) {
  for (const bool with_room : {true, false}) {
    const RandomEvents random(with_room);
    const auto all = left_in_looks(1'000, random.events());
    EXPECT_GT(all.size(), 50U);
    for (const std::size_t entries_max : {kPeople, kPeople + 1, 2 * kPeople, 4 * kPeople}) {
      EXPECT_EQ(left_in_looks(entries_max, random.events()), all) << entries_max;
    }
  }
}

TEST(JoinedPeopleInLooks, FindNobodyTwiceHoweverFewFitIn) {
  const RandomEvents random(false);
  for (const std::size_t entries_max : {1U, 2U, 3U, 10U}) {
    const auto found = left_in_looks(entries_max, random.events());
    EXPECT_GT(found.size(), 50U);
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), found.size());
  }
}

db::LeftJoined person_of(std::size_t bytes) {
  return {{"R", ""}, {std::string(bytes, 'p'), "", "", false}};
}

TEST(ClosingPages, NobodyLeftIsOneEmptyLastPage) {
  const auto pages = closing_pages({}, {}, {}, true);
  ASSERT_EQ(pages.size(), 1U);
  EXPECT_TRUE(pages[0].people.empty());
  EXPECT_TRUE(pages[0].is_last);
  EXPECT_TRUE(closing_pages({}, {}, {}, false).empty());
}

TEST(ClosingPages, EachGoesOnWhereTheOneBeforeItEnds) {
  const std::vector<db::LeftJoined> people(2'001, person_of(1));
  db::CrashedSession session;
  session.closed_people = 5;
  for (const bool are_last : {true, false}) {
    const auto pages = closing_pages(session, people, {}, are_last);
    ASSERT_EQ(pages.size(), 3U);
    EXPECT_EQ(pages[0].of.closed_people, 5U);
    EXPECT_EQ(pages[1].of.closed_people, 1'005U);
    EXPECT_EQ(pages[2].of.closed_people, 2'005U);
    EXPECT_EQ(pages[2].people.size(), 1U);
    EXPECT_FALSE(pages[0].is_last || pages[1].is_last);
    EXPECT_EQ(pages[2].is_last, are_last);
  }
}

TEST(ClosingPages, LongNamesMakeShortPages) {
  const std::vector<db::LeftJoined> people(3, person_of(db::ClosingPage::kBytesMax / 2 - 1));
  const auto pages = closing_pages({}, people, {}, true);
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].people.size(), 2U);
  EXPECT_FALSE(pages[0].is_last);
  EXPECT_TRUE(pages[1].is_last);
}

}  // namespace
}  // namespace mgc::consumer
