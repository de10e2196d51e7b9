#include "audit/node_state.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

using std::chrono::seconds;

constexpr seconds kDeadAfter{180};
const UtcTime kNow = utc_from_micros(1'767'225'600'000'000);

/// A node whose last watermark came `heard` ago, with an event `event` before it.
db::NodeStatusRow node(seconds heard, seconds event) {
  db::NodeStatusRow row;
  row.heard_at = row.received_at = kNow - heard;
  row.last_event_at = *row.heard_at - event;
  return row;
}

TEST(NodeState, WatermarksAndEventsAreRunning) {
  EXPECT_EQ(node_state(node(seconds{60}, seconds{5}), kNow, kDeadAfter), NodeState::running);
  EXPECT_EQ(node_state(node(seconds{180}, seconds{180}), kNow, kDeadAfter), NodeState::running);
}

TEST(NodeState, WatermarksAloneAreSilent) {
  auto row = node(seconds{60}, seconds{181});
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::silent);
  row.last_event_at.reset();
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::silent);
}

TEST(NodeState, WatermarksThatEndWithoutAStopAreDead) {
  auto row = node(seconds{181}, seconds{0});
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::dead);
  row.stopped = true;
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::stopped);
}

TEST(NodeState, TheClockOfTheNodeDoesNotDecide) {
  auto row = node(seconds{60}, seconds{0});
  row.heard_at = *row.heard_at - std::chrono::hours{3};
  row.last_event_at = *row.heard_at;
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::running);
}

TEST(NodeState, NoWatermarkSaysNothing) {
  db::NodeStatusRow row;
  row.last_event_at = kNow;
  EXPECT_EQ(node_state(row, kNow, kDeadAfter), NodeState::unknown);
}

TEST(NodeState, SomebodyIsToldWhatToDoAboutADeadOne) {
  EXPECT_NE(advice(NodeState::dead).find("mgc node status"), std::string_view::npos);
  for (const NodeState fine : {NodeState::running, NodeState::silent, NodeState::stopped}) {
    EXPECT_EQ(advice(fine), "");
  }
}

}  // namespace
}  // namespace mgc::audit
