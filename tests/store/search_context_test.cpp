// The conversation around the hits of a search.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

/// A group as its ids, those of hits with a '>' before them.
std::string shown(const db::ContextGroup& group) {
  std::string text;
  for (const db::ContextEvent& one : group) {
    text +=
        fmt::format("{}{}{}", text.empty() ? "" : " ", one.is_hit ? ">" : "", one.event.event_id);
  }
  return text;
}

class SearchContext : public SegmentsTest {
 protected:
  /// An event in the room of that letter; '-' for none.
  static schema::Event said_in(char room, bool is_hit) {
    auto event = chat_event(is_hit ? "zebra" : "post");
    event.room.reset();
    if (room != '-') {
      event.room = schema::Room{std::string("ma-chan://") + room, std::string("#") + room};
    }
    return event;
  }
  /// One event for each letter of `rooms`; hits where it is upper case.
  static std::vector<schema::Event> said(const std::string& rooms) {
    std::vector<schema::Event> events;
    for (const char room : rooms) {
      const bool is_hit = room >= 'A' && room <= 'Z';
      events.push_back(said_in(is_hit ? static_cast<char>(room + 32) : room, is_hit));
    }
    return events;
  }
  void store_events(const std::vector<schema::Event>& events) {
    must(commit(packs_of(make_pack("n", 1, stored_ + 1, events))));
    stored_ += events.size();
  }
  std::vector<std::string> context(std::uint32_t count, std::uint32_t limit = 100) {
    db::EventQuery query;
    query.content = parse_text_query("zebra").value();
    query.limit = limit;
    const auto reader = this->reader();
    const auto hits = must(reader->search(query));
    std::vector<std::string> groups;
    for (const auto& group : must(reader->context(hits, count))) groups.push_back(shown(group));
    return groups;
  }

  std::uint64_t stored_ = 0;
};

using Groups = std::vector<std::string>;

TEST_F(SearchContext, IsWhatWasSaidInTheSameRoom) {
  //                  0123456789
  store_events(said("abaabAabaa"));
  EXPECT_EQ(context(2), (Groups{"2 3 >5 6 8"}));
  EXPECT_EQ(context(0), (Groups{">5"}));
  EXPECT_EQ(context(100), (Groups{"0 2 3 >5 6 8 9"})) << "as much as there is";
}

TEST_F(SearchContext, GroupsThatShareAnEventAreOne) {
  //                  0123456789
  store_events(said("aAaAaaaaAa"));
  EXPECT_EQ(context(1), (Groups{"0 >1 2 >3 4", "7 >8 9"}));
  EXPECT_EQ(context(2), (Groups{"0 >1 2 >3 4 5", "6 7 >8 9"})) << "they only touch";
  EXPECT_EQ(context(3), (Groups{"0 >1 2 >3 4 5 6 7 >8 9"}));
}

TEST_F(SearchContext, RoomsStayApartAndAHitWithoutOneIsAlone) {
  //                  0123456789
  store_events(said("baAB-b-aZb"));
  auto alone = said_in('-', true);
  store_events({alone, said_in('-', false)});
  EXPECT_EQ(context(1), (Groups{"1 >2 7", "0 >3 5", ">8", ">10"}));
}

TEST_F(SearchContext, ARoomIsTheSameUnderAnotherName) {
  auto renamed = said_in('a', false);
  renamed.room->name = "#new";
  store_events({said_in('a', false), said_in('a', true), renamed});
  EXPECT_EQ(context(1), (Groups{"0 >1 2"}));
}

TEST_F(SearchContext, GoesOnInOtherSegmentsAndFarAway) {
  reopen({.events = 3'000});
  for (const char* rooms : {"aa", "aA", "a"}) {
    for (int i = 0; i < 2; ++i) {
      tend();
      store_events(said(rooms));
      store_events(std::vector<schema::Event>(2'500, said_in('b', false)));
    }
  }
  ASSERT_NE(ask("SELECT count(*) FROM segment WHERE state = 'sealed'"), "0");
  ASSERT_NE(ask("SELECT count(*) FROM segment WHERE state = 'hot'"), "0");
  // Room a has 0, 1, 2502, 2503, 5004, 5005, 7506, 7507, 10008 and 12509.
  EXPECT_EQ(context(1), (Groups{"5004 >5005 7506 >7507 10008"}));
  EXPECT_EQ(context(4), (Groups{"1 2502 2503 5004 >5005 7506 >7507 10008 12509"}));
  EXPECT_EQ(context(9), (Groups{"0 1 2502 2503 5004 >5005 7506 >7507 10008 12509"}));
}

TEST_F(SearchContext, LanesHaveConversationsOfTheirOwn) {
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  store_events(said("aAa"));
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, said("Aa")))));
  EXPECT_EQ(context(1), (Groups{">0 1", "0 >1 2"}));
}

TEST_F(SearchContext, IsThatOfThePageThatWasFound) {
  store_events(said("aAaaaAaaAaa"));
  EXPECT_EQ(context(1, 2), (Groups{"0 >1 2", "4 >5 6"}));
}

TEST_F(SearchContext, IsWhatOneFindsByReading) {
  std::mt19937 engine(7);
  const auto below = [&](std::size_t count) { return engine() % count; };
  reopen({.events = 40});
  std::string rooms;
  for (int batch = 0; batch < 10; ++batch) {
    tend();
    std::string some;
    for (int i = 0; i < 40; ++i) some += below(12) == 0 ? "ABC"[below(3)] : "aaabbc-"[below(7)];
    store_events(said(some));
    rooms += some;
  }
  for (std::uint32_t count = 0; count < 6; ++count) {
    std::vector<std::set<std::size_t>> groups;
    std::map<char, std::size_t> last;
    for (std::size_t hit = 0; hit < rooms.size(); ++hit) {
      if (rooms[hit] < 'A' || rooms[hit] > 'Z') continue;
      const char room = static_cast<char>(rooms[hit] + 32);
      std::vector<std::size_t> of_room;
      for (std::size_t i = 0; i < rooms.size(); ++i) {
        if (rooms[i] == room || rooms[i] == rooms[hit]) of_room.push_back(i);
      }
      const auto place =
          static_cast<std::size_t>(std::ranges::find(of_room, hit) - of_room.begin());
      const std::size_t first = place < count ? 0 : place - count;
      const std::size_t end = std::min<std::size_t>(of_room.size(), place + count + 1);
      if (last.contains(room) && groups[last[room]].contains(of_room[first])) {
        groups[last[room]].insert(of_room.begin() + static_cast<std::ptrdiff_t>(first),
                                  of_room.begin() + static_cast<std::ptrdiff_t>(end));
        continue;
      }
      last[room] = groups.size();
      groups.emplace_back(of_room.begin() + static_cast<std::ptrdiff_t>(first),
                          of_room.begin() + static_cast<std::ptrdiff_t>(end));
    }
    Groups expected;
    for (const auto& group : groups) {
      std::string text;
      for (const std::size_t id : group) {
        const bool is_hit = rooms[id] >= 'A' && rooms[id] <= 'Z';
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", is_hit ? ">" : "", id);
      }
      expected.push_back(text);
    }
    EXPECT_GT(expected.size(), 5U);
    EXPECT_EQ(context(count), expected) << count;
  }
}

}  // namespace
}  // namespace mgc::test
