#include "audit/formats/rooms.hpp"

#include <gtest/gtest.h>

#include "tests/support/slice_builder.hpp"

namespace mgc::audit {
namespace {

TEST(RoomsOf, AreInOrderOfTheirFirstEvents) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.add("NODE").room_uri = std::nullopt;
  builder.post("one").room_uri = "b";
  builder.post("two");
  auto& last = builder.post("three");
  last.room_uri = "b";
  last.room_name = "bee";
  builder.slice().events[1].room_name = "";

  const auto rooms = rooms_of(builder.slice());
  ASSERT_EQ(rooms.size(), 3U);
  EXPECT_EQ(rooms[0].uri, std::nullopt);
  EXPECT_EQ(rooms[0].ordinal, 1U);
  EXPECT_TRUE(rooms[0].present->empty());
  EXPECT_EQ(rooms[1].uri, "b");
  EXPECT_EQ(rooms[1].title(), "bee");
  ASSERT_EQ(rooms[1].events.size(), 2U);
  EXPECT_EQ(rooms[1].events[1]->content, "three");
  EXPECT_EQ(rooms[2].ordinal, 3U);
  ASSERT_EQ(rooms[2].present->size(), 1U);
  EXPECT_EQ(rooms[2].present->front().name, "zoe");
}

TEST(RoomsOf, GivesAnEmptyUriARoomOfItsOwn) {
  test::SliceBuilder builder;
  builder.add("CHAT").room_uri = std::nullopt;
  builder.add("CHAT").room_uri = "";
  EXPECT_EQ(rooms_of(builder.slice()).size(), 2U);
}

TEST(Attendance, FollowsJoinAndPartAlone) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  Attendance attendance(builder.slice().present.begin()->second);
  EXPECT_TRUE(attendance.has("sip:zoe@example.org"));
  attendance.apply(builder.post("hello"));
  EXPECT_FALSE(attendance.has("sip:anna@example.org"));
  const auto joined = builder.add("JOIN");
  attendance.apply(joined);
  attendance.apply(builder.add("JOIN"));
  ASSERT_TRUE(attendance.has("sip:anna@example.org"));
  EXPECT_EQ(attendance.now().at("sip:anna@example.org").joined_at, joined.occurred_at);
  attendance.apply(builder.add("PART"));
  attendance.apply(builder.add("PART"));
  EXPECT_EQ(attendance.now().size(), 1U);
}

TEST(ToMillis, CutsOffTowardsThePast) {
  EXPECT_EQ(to_millis(utc_from_micros(1'999)), 1);
  EXPECT_EQ(to_millis(utc_from_micros(-1)), -1);
}

TEST(SliceName, IsOfLaneAndNumberAlone) {
  Slice slice;
  slice.lane = "a";
  slice.number = 12;
  // `printf a | sha256sum` begins with ca978112ca1bbdca.
  EXPECT_EQ(slice_name(slice), "ca978112ca1bbdca-000000000012");
  slice.lane = "../\n";
  EXPECT_EQ(slice_name(slice).find_first_not_of("0123456789abcdef-"), std::string::npos);
}

}  // namespace
}  // namespace mgc::audit
