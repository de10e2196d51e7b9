#include "core/failpoint.hpp"
#include "tests/integration/queue_fixture.hpp"

namespace mgc::test {
namespace {

class QueueFullDisk : public QueueTest {};

TEST_F(QueueFullDisk, ReleasesWhatAFullDiskCannotHoldAndGoesOn) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->wait_open(patience()));
  arm_failpoints("queue.disk_full=error@1");
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(outcomes.count(Outcome::released), 1U);
  ASSERT_TRUE(link->send(text_message(1), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  arm_failpoints("");
  EXPECT_EQ(outcomes.count(Outcome::accepted), 1U);
  EXPECT_EQ(depth(), 1U);
}

TEST_F(QueueFullDisk, KeepsRemovalsThatAFullDiskRefused) {
  put(0, 3);
  Inbox inbox;
  auto link = receiver(inbox);
  auto got = inbox.take(3);
  ASSERT_EQ(got.size(), 3U);
  arm_failpoints("queue.disk_full=error@1");
  accept(tokens(std::move(got)));
  EXPECT_TRUE(await_depth(0));
  arm_failpoints("");
  EXPECT_EQ(inbox.size(), 0U);
}

TEST_F(QueueFullDisk, IsEmptiedOnAFullDiskWhileASenderKeepsTrying) {
  put(0, 3);
  stop();
  options_.disk_reserve_bytes = ~std::uint64_t{0};
  start();
  Outcomes outcomes;
  const auto link = sender(outcomes);
  // One at a time, so that there is credit left for another one in each pause of the queue.
  const std::jthread trying([&](const std::stop_token& stop) {
    for (std::uint64_t tag = 1; !stop.stop_requested() && outcomes.wait(tag - 1); ++tag)
      static_cast<void>(link->send(text_message(tag), tag, patience(), stop));
  });
  ASSERT_TRUE(outcomes.wait(1));
  Inbox inbox;
  const auto consumer = receiver(inbox);
  accept(tokens(inbox.take(3)));
  EXPECT_TRUE(await_depth(0));
  EXPECT_EQ(outcomes.count(Outcome::accepted), 0U);
  EXPECT_GT(outcomes.count(Outcome::released), 0U);
  EXPECT_FALSE(server_->failure());
}

}  // namespace
}  // namespace mgc::test
