#include "transport/queue_writer.hpp"

#include <gtest/gtest.h>

#include "core/failpoint.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::transport {
namespace {

QueueWork append_work(const std::string& body, std::uint64_t delivery) {
  QueueWork work;
  work.change.appends.push_back({"a", body});
  work.tickets.push_back({1, 1, delivery});
  return work;
}

class QueueWriterTest : public testing::Test {
 protected:
  /// Waits for the next groups that are done.
  std::vector<QueueDone> await_done(QueueWriter& writer) {
    std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}};
    poll_until(polled, std::chrono::steady_clock::now() + std::chrono::seconds{20});
    wake_.clear();
    return writer.take_done();
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  WakeEvent wake_;
  std::unique_ptr<spool::QueueStore> store_ = *spool::QueueStore::open(dir_ / "queue.db", clock_);
};

TEST_F(QueueWriterTest, TellsThePositionOfEachAppend) {
  QueueWriter writer(*store_, wake_);
  QueueWork work = append_work("x", 5);
  work.add(append_work("y", 6));
  writer.submit(std::move(work));
  const auto done = await_done(writer);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_FALSE(done[0].error);
  EXPECT_EQ(done[0].positions, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(done[0].work.tickets[1].delivery, 6U);
  EXPECT_TRUE(writer.idle());
}

TEST_F(QueueWriterTest, GivesTheWorkBackWhenTheDiskIsFull) {
  QueueWriter writer(*store_, wake_);
  arm_failpoints("queue.disk_full=error@1");
  writer.submit(append_work("x", 1));
  const auto done = await_done(writer);
  arm_failpoints("");
  ASSERT_EQ(done.size(), 1U);
  ASSERT_TRUE(done[0].error);
  EXPECT_EQ(done[0].error->action, Action::retry);
  EXPECT_EQ(done[0].work.change.appends.size(), 1U);
}

TEST_F(QueueWriterTest, WritesWhatWasSubmittedBeforeItEnds) {
  {
    QueueWriter writer(*store_, wake_);
    for (std::uint64_t i = 0; i < 100; ++i) writer.submit(append_work("x", i));
  }
  EXPECT_EQ(store_->stats("a").messages, 100U);
}

TEST(QueueWork, GivesItsAppendsAwayAndKeepsTheRest) {
  QueueWork work = append_work("x", 7);
  work.change.removals.push_back(1);
  const QueueWork appends = work.take_appends();
  ASSERT_EQ(appends.change.appends.size(), 1U);
  EXPECT_EQ(appends.tickets.at(0).delivery, 7U);
  EXPECT_TRUE(appends.change.removals.empty());
  EXPECT_TRUE(work.change.appends.empty());
  EXPECT_TRUE(work.tickets.empty());
  EXPECT_EQ(work.change.removals.size(), 1U);
}

TEST(QueueWork, IsEmptyUntilItChangesSomething) {
  QueueWork work;
  EXPECT_TRUE(work.empty());
  work.change.removals.push_back(1);
  EXPECT_FALSE(work.empty());
}

}  // namespace
}  // namespace mgc::transport
