#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/store/store_fixture.hpp"

namespace mgc::test {

using Ids = std::vector<std::uint64_t>;

/// A store of small segments, and searches in it.
class SegmentsTest : public StoreTest {
 protected:
  SegmentsTest() { reopen({.events = 5}); }

  void reopen(const db::SegmentLimits& limits) {
    must(store_->drop_lease());
    db::StoreOptions options;
    options.holder = "first";
    options.segments = limits;
    store_ = must(db::ComplianceStore::open(dsn_, options, clock_));
    ASSERT_TRUE(must(store_->take_lease()));
  }
  /// Steps until there is nothing to do; how many there were.
  int tend(bool seals = true) {
    int steps = 0;
    while (must(store_->tend_segments([&](std::uint64_t) { return seals; })) ==
           db::Tended::a_step) {
      ++steps;
    }
    return steps;
  }
  void store(std::uint64_t first_sequence, std::size_t count) {
    must(commit(packs_of(make_pack("n", 1, first_sequence, count))));
  }
  Ids search_once(const db::EventQuery& query) {
    Ids ids;
    for (const auto& hit : must(reader()->search(query))) ids.push_back(hit.event_id);
    return ids;
  }
  Ids search(const db::EventQuery& query) {
    Ids ids = search_once(query);
    Ids all;
    const auto shown = reader()->each_hit("compliance", query, [&](const auto& hit) {
      all.push_back(hit.event_id);
      return all.size() < query.limit;
    });
    EXPECT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(all, ids) << "an export is what a search finds";
    return ids;
  }
};

}  // namespace mgc::test
