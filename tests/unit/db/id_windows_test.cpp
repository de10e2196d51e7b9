#include "db/id_windows.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mgc::db {
namespace {

constexpr IdWindow kAll;

/// A store that holds `ids`; counts how often it was asked.
struct Ids {
  std::set<std::int64_t> ids;
  int asked = 0;

  Result<std::optional<std::int64_t>> next(std::int64_t from) {
    ++asked;
    const auto found = ids.lower_bound(from);
    if (found == ids.end()) return std::optional<std::int64_t>{};
    return std::optional<std::int64_t>(*found);
  }
  std::vector<std::int64_t> within(const IdWindow& window) const {
    return {ids.lower_bound(window.first), ids.upper_bound(window.last)};
  }
};

std::vector<std::int64_t> visit(Ids& store, std::int64_t size, const IdWindow& all = {}) {
  std::vector<std::int64_t> seen;
  const auto done = each_id_window(
      all, size, [&](std::int64_t from) { return store.next(from); },
      [&](const IdWindow& window) -> Result<bool> {
        const auto ids = store.within(window);
        EXPECT_LE(ids.size(), static_cast<std::size_t>(size));
        seen.insert(seen.end(), ids.begin(), ids.end());
        return true;
      });
  EXPECT_TRUE(done);
  return seen;
}

TEST(IdWindows, EachIdIsVisitedOnceInOrder) {
  Ids store{{0, 1, 2, 3, 4, 9, 10, 11, 500}, 0};
  for (const std::int64_t size : {1, 2, 3, 5, 1000}) {
    EXPECT_EQ(visit(store, size), std::vector<std::int64_t>(store.ids.begin(), store.ids.end()))
        << size;
  }
}

TEST(IdWindows, AnEmptyStoreHasNone) {
  Ids store;
  EXPECT_TRUE(visit(store, 10).empty());
  EXPECT_EQ(store.asked, 1);
}

TEST(IdWindows, IdsThatNobodyGaveAreVisitedAndHolesCostNothing) {
  Ids store{{kAll.first, -1, 0, kAll.last - 1, kAll.last}, 0};
  EXPECT_EQ(visit(store, 10), std::vector<std::int64_t>(store.ids.begin(), store.ids.end()));
  EXPECT_LE(store.asked, 3);
}

TEST(IdWindows, NothingOutsideOfTheBoundsIsVisited) {
  Ids store{{-5, 0, 1, 2, 3, 4, 5, 6}, 0};
  for (const std::int64_t size : {1, 2, 3, 100}) {
    EXPECT_EQ(visit(store, size, {1, 5}), (std::vector<std::int64_t>{1, 2, 3, 4, 5})) << size;
    EXPECT_EQ(visit(store, size, {7, 100}), std::vector<std::int64_t>{}) << size;
    EXPECT_EQ(visit(store, size, {5, 1}), std::vector<std::int64_t>{}) << size;
  }
}

TEST(IdWindows, WhatFitsIntoOneWindowIsReadAtOnce) {
  Ids store{{3, 4}, 0};
  EXPECT_EQ(visit(store, 10, {1, 10}), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(store.asked, 0);
}

TEST(IdWindows, ItEndsWhenItIsTold) {
  Ids store{{1, 2, 3}, 0};
  int windows = 0;
  const auto done = each_id_window(
      kAll, 1, [&](std::int64_t from) { return store.next(from); },
      [&](const IdWindow&) -> Result<bool> { return ++windows < 2; });
  EXPECT_TRUE(done);
  EXPECT_EQ(windows, 2);
}

TEST(IdWindows, AFailureEndsIt) {
  const Error lost{Action::reconnect, "lost"};
  Ids store{{1, 2}, 0};
  const auto by_next = each_id_window(
      kAll, 1, [&](std::int64_t) -> Result<std::optional<std::int64_t>> { return lost; },
      [](const IdWindow&) -> Result<bool> { return true; });
  ASSERT_FALSE(by_next);
  EXPECT_EQ(by_next.error().message, "lost");
  const auto by_read = each_id_window(
      kAll, 1, [&](std::int64_t from) { return store.next(from); },
      [&](const IdWindow&) -> Result<bool> { return lost; });
  ASSERT_FALSE(by_read);
  EXPECT_EQ(by_read.error().action, Action::reconnect);
}

}  // namespace
}  // namespace mgc::db
