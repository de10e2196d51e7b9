#include "audit/missing_events.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

class MissingEventsTest : public testing::Test {
 protected:
  using Seen = MissingEvents::Seen;

  /// Two lanes, of which everything is there but what a test leaves out.
  MissingEvents missing_{{{"one", 10}, {"two", 5}}};

  void see(std::size_t lane, std::initializer_list<std::uint64_t> ids, Seen what = Seen::content) {
    for (const std::uint64_t id : ids) missing_.see(lane, id, what);
  }
  void expect(std::uint64_t removed, std::uint64_t missing) {
    const auto counts = missing_.count();
    EXPECT_EQ(counts.removed, removed);
    EXPECT_EQ(counts.missing, missing);
  }
};

TEST_F(MissingEventsTest, OfAllNothingIsMissing) {
  see(0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  see(1, {0, 1, 2, 3, 4});
  expect(0, 0);
}

TEST_F(MissingEventsTest, CountsBeforeBetweenAndBehind) {
  see(0, {1, 2});
  see(0, {6}, Seen::duty);
  see(0, {7, 8});
  see(1, {0, 1, 2, 3, 4});
  expect(0, 5);
}

TEST_F(MissingEventsTest, OfNothingAllIsMissing) { expect(0, 15); }

TEST_F(MissingEventsTest, ALaneWithoutAnyIsMissing) {
  see(1, {0, 1, 2, 3, 4});
  expect(0, 10);
}

TEST_F(MissingEventsTest, WhatARemovalNamesIsRemoved) {
  see(0, {0, 4, 5, 6, 7, 8});
  see(0, {9}, Seen::duty);
  missing_.learn({"one", 1, 3, ""});
  see(1, {0, 1, 2, 3, 4});
  expect(3, 0);
}

TEST_F(MissingEventsTest, ARemovalMayBeRecordedInALaneBeforeOrBehind) {
  see(0, {0}, Seen::duty);
  missing_.learn({"two", 0, 3, ""});
  see(0, {1, 2, 3, 4, 5, 8, 9});
  see(1, {4}, Seen::duty);
  missing_.learn({"one", 6, 7, ""});
  expect(6, 0);
}

TEST_F(MissingEventsTest, WhatSaysWhatWasDoneStaysWithinARemoval) {
  see(0, {0, 2, 4, 5}, Seen::duty);
  see(0, {8});
  see(0, {9}, Seen::duty);
  missing_.learn({"one", 1, 7, ""});
  see(1, {0, 1, 2, 3, 4});
  expect(4, 0);
}

TEST_F(MissingEventsTest, ARemovalOfWhichContentIsThereExcusesNothing) {
  see(0, {0, 2});
  see(0, {9}, Seen::duty);
  missing_.learn({"one", 0, 7, ""});
  missing_.learn({"one", 2, 8, ""});
  see(1, {0, 1, 2, 3, 4});
  expect(0, 7);
}

TEST_F(MissingEventsTest, NothingIsRemovedThatCameLater) {
  see(0, {0, 1, 2});
  see(0, {5}, Seen::duty);
  for (const std::uint64_t last : {5U, 6U, 9U, 100U}) missing_.learn({"one", 3, last, ""});
  see(1, {0, 1, 2, 3, 4});
  expect(0, 6);
}

TEST_F(MissingEventsTest, ARemovalOfAnotherLaneSaysNothing) {
  see(0, {0, 4, 5, 6, 7, 8, 9});
  see(1, {0, 1, 2, 3});
  see(1, {4}, Seen::duty);
  missing_.learn({"two", 1, 3, ""});
  missing_.learn({"three", 1, 3, ""});
  expect(0, 3);
}

TEST_F(MissingEventsTest, OnlyWhatIsNamedIsRemoved) {
  see(0, {0});
  see(0, {9}, Seen::duty);
  missing_.learn({"one", 6, 7, ""});
  missing_.learn({"one", 2, 3, ""});
  see(1, {0});
  see(1, {4}, Seen::duty);
  missing_.learn({"two", 3, 3, ""});
  expect(5, 6);
}

TEST_F(MissingEventsTest, NoEventIsRemovedTwice) {
  see(0, {0});
  see(0, {9}, Seen::duty);
  missing_.learn({"one", 2, 6, ""});
  missing_.learn({"one", 1, 3, ""});
  missing_.learn({"one", 4, 5, ""});
  missing_.learn({"one", 2, 6, ""});
  see(1, {0, 1, 2, 3, 4});
  expect(6, 2);
}

TEST_F(MissingEventsTest, WhatNoSegmentCanBeExcusesNothing) {
  see(0, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  see(1, {0, 1, 2, 3, 4});
  missing_.learn({"one", 7, 3, ""});
  missing_.learn({"one", 100, 200, ""});
  missing_.learn({"one", 9, ~std::uint64_t{0}, ""});
  missing_.learn({});
  expect(0, 1);
}

TEST_F(MissingEventsTest, BeyondWhatIsToldApartNothingIsExcused) {
  constexpr std::uint64_t kMore = 10;
  constexpr std::uint64_t kEvents = 2 * (MissingEvents::kGapsMax + kMore);
  missing_ = MissingEvents({{"one", kEvents + 1}});
  for (std::uint64_t id = 1; id < kEvents; id += 2) missing_.see(0, id, Seen::content);
  missing_.see(0, kEvents, Seen::duty);
  missing_.learn({"one", 0, 0, ""});
  missing_.learn({"one", kEvents - 2, kEvents - 2, ""});
  expect(1, MissingEvents::kGapsMax + kMore - 1);
}

TEST_F(MissingEventsTest, RunsBeyondThoseToldApartExcuseNothing) {
  constexpr std::uint64_t kEvents = 2 * MissingEvents::kRunsMax + 10;
  missing_ = MissingEvents({{"one", kEvents}});
  for (std::uint64_t id = 1; id < kEvents; id += 2) missing_.see(0, id, Seen::duty);
  missing_.learn({"one", 0, kEvents - 2, ""});
  expect(0, kEvents / 2);
}

schema::EventView removal(std::string_view details) {
  schema::EventView event;
  event.kind = schema::EventKind::removal;
  event.duty.emplace().details = details;
  return event;
}

TEST(ReadRemoval, ReadsWhatRetentionWrites) {
  const auto read = read_removal(removal(
      R"({"lane":"compliance","segment":1,"first_event_id":5,"last_event_id":9,"root":"ab"})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->lane, "compliance");
  EXPECT_EQ(read->first_event_id, 5U);
  EXPECT_EQ(read->last_event_id, 9U);
  EXPECT_EQ(read->root, "ab");
}

TEST(ReadRemoval, WhatCannotBeReadRemovesNothing) {
  for (const char* details :
       {"", "null", "[]", "{}", "{\"first_event_id\":-1}",
        R"({"first_event_id":"1","last_event_id":1.5,"lane":7})", R"({"first_event_id":0})",
        R"({"last_event_id":9})", R"({"first_event_id":0.0,"last_event_id":9})",
        R"({"first_event_id":true,"last_event_id":9})", R"({"first_event_id":3,"last_event_id":2})",
        R"({"first_event_id":0,"last_event_id":18446744073709551615})"}) {
    const auto read = read_removal(removal(details));
    ASSERT_TRUE(read) << details;
    EXPECT_LT(read->last_event_id, read->first_event_id) << details;
    EXPECT_EQ(read->lane, "") << details;
  }
  schema::EventView hold = removal("{}");
  hold.kind = schema::EventKind::hold;
  EXPECT_FALSE(read_removal(hold));
}

}  // namespace
}  // namespace mgc::audit
