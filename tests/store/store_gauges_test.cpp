#include "db/store_gauges.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class StoreGaugesRead : public StoreTest {
 protected:
  static schema::Event watermark(bool stopping) {
    schema::Event event;
    event.kind = schema::EventKind::node;
    event.occurred_at = utc_from_micros(1'141'525'400'000'000);
    event.watermark = schema::Watermark{0, stopping, false, 7};
    return event;
  }
  db::StoreGauges read() { return must(must(db::StoreGaugesReader::open(dsn_)).read()); }
};

TEST_F(StoreGaugesRead, AnEmptyStoreHasALaneWithoutABlock) {
  const auto gauges = read();
  ASSERT_EQ(gauges.lanes.size(), 1U);
  EXPECT_EQ(gauges.lanes[0].name, "compliance");
  EXPECT_EQ(gauges.lanes[0].block, 0U);
  EXPECT_TRUE(gauges.nodes.empty());
  EXPECT_EQ(gauges.open_gaps + gauges.acknowledged_gaps + gauges.dead_letters, 0U);
}

TEST_F(StoreGaugesRead, EveryBatchOfALaneIsABlockOfIt) {
  const auto other = open_store("second", "overseas");
  ASSERT_TRUE(must(other->take_lease()));
  must(commit(packs_of(make_pack("chat-1", 1, 1, 2))));
  must(commit(packs_of(make_pack("chat-1", 1, 3, 2))));
  must(commit_to(*other, packs_of(make_pack("chat-2", 1, 1, 1))));
  const auto gauges = read();
  ASSERT_EQ(gauges.lanes.size(), 2U);
  EXPECT_EQ(gauges.lanes[0].block, 2U);
  EXPECT_EQ(gauges.lanes[1].name, "overseas");
  EXPECT_EQ(gauges.lanes[1].block, 1U);
}

TEST_F(StoreGaugesRead, AGapIsOpenUntilItIsFilled) {
  must(commit(packs_of(make_pack("chat-1", 1, 1, 1), make_pack("chat-1", 1, 3, 1))));
  EXPECT_EQ(read().open_gaps, 1U);
  must(commit(packs_of(make_pack("chat-1", 1, 2, 1))));
  EXPECT_EQ(read().open_gaps, 0U);
}

TEST_F(StoreGaugesRead, TheGapOfADeadLetterIsAcknowledged) {
  auto refused = make_pack("chat-1", 1, 1, 1);
  const db::DeadLetterRecord letter{refused.pack.header().message_id(), "why", refused.body,
                                    refused.pack.header()};
  must(commit({}, {letter}));
  const auto gauges = read();
  EXPECT_EQ(gauges.dead_letters, 1U);
  EXPECT_EQ(gauges.acknowledged_gaps, 1U);
  EXPECT_EQ(gauges.open_gaps, 0U);
}

TEST_F(StoreGaugesRead, ANodeIsHeardWhenItsWatermarkIsStored) {
  must(commit(
      packs_of(make_pack("chat-1", 1, 1, {watermark(false)}), make_pack("chat-2", 1, 1, 1))));
  clock_.advance(std::chrono::seconds{90});
  auto gauges = read();
  ASSERT_EQ(gauges.nodes.size(), 1U) << "chat-2 says no watermarks";
  EXPECT_EQ(gauges.nodes[0].name, "chat-1");
  EXPECT_EQ(clock_.utc_now() - gauges.nodes[0].received_at, std::chrono::seconds{90});
  EXPECT_FALSE(gauges.nodes[0].stopped);
  must(commit(packs_of(make_pack("chat-1", 1, 2, {watermark(true)}))));
  gauges = read();
  EXPECT_TRUE(gauges.nodes.at(0).stopped);
}

TEST_F(StoreGaugesRead, OneReaderSeesWhatComes) {
  auto reader = must(db::StoreGaugesReader::open(dsn_));
  EXPECT_EQ(must(reader.read()).lanes.at(0).block, 0U);
  must(commit(packs_of(make_pack("chat-1", 1, 1, 1))));
  EXPECT_EQ(must(reader.read()).lanes.at(0).block, 1U);
}

}  // namespace
}  // namespace mgc::test
