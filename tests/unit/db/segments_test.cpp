#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "db/event_filter.hpp"
#include "db/segment_limits.hpp"

namespace mgc::db {
namespace {

using std::chrono::seconds;

TEST(SegmentLimits, EventsOrAgeEndASegmentAndAgeOnlyOneThatHoldsSome) {
  const SegmentLimits limits{.events = 1000, .age = seconds{60}};
  EXPECT_FALSE(limits.are_reached(999, seconds{59}));
  EXPECT_TRUE(limits.are_reached(1000, seconds{0}));
  EXPECT_TRUE(limits.are_reached(10, seconds{60}));
  EXPECT_FALSE(limits.are_reached(9, seconds{1'000'000})) << "a hundredth";
  const SegmentLimits tiny{.events = 50, .age = seconds{60}};
  EXPECT_FALSE(tiny.are_reached(0, seconds{60})) << "an empty one never ends";
  EXPECT_TRUE(tiny.are_reached(1, seconds{60}));
}

TEST(Pruning, IdsAndTimesSayWhereToLook) {
  SegmentRow segment;
  segment.ids = {.first = 100, .last = 199};
  segment.least_occurred_at = 5'000;
  segment.greatest_occurred_at = 6'000;
  const auto within = [&](const EventQuery& query, IdWindow ids = {}) {
    EventFilter filter;
    filter.query = &query;
    filter.ids = ids;
    const IdWindow found = ids_within(segment, filter);
    return std::pair(found.first, std::max(found.last, found.first - 1));
  };
  using Found = std::pair<std::int64_t, std::int64_t>;
  EventQuery query;
  EXPECT_EQ(within(query), Found(100, 199));
  EXPECT_EQ(within(query, {.first = 150, .last = 500}), Found(150, 199));
  EXPECT_EQ(within(query, {.first = 0, .last = 100}), Found(100, 100));
  const auto nothing = [&](IdWindow ids = {}) {
    const Found found = within(query, ids);
    return found.second < found.first;
  };
  EXPECT_TRUE(nothing({.first = 200, .last = 500}));
  EXPECT_TRUE(nothing({.first = 0, .last = 99}));
  query.since = utc_from_micros(6'000);
  EXPECT_FALSE(nothing()) << "since is inclusive";
  query.since = utc_from_micros(6'001);
  EXPECT_TRUE(nothing());
  query.since.reset();
  query.until = utc_from_micros(5'001);
  EXPECT_FALSE(nothing());
  query.until = utc_from_micros(5'000);
  EXPECT_TRUE(nothing()) << "until is exclusive";
  query.until.reset();
  segment.ids = SegmentRow{}.ids;
  EXPECT_TRUE(nothing()) << "an empty segment";
}

}  // namespace
}  // namespace mgc::db
