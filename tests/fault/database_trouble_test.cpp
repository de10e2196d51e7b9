// A database server whose connections end after each byte, that is slow, or away for long.
#include <atomic>

#include "tests/fault/database_pipeline.hpp"

namespace mgc::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DatabaseTrouble : public DatabasePipeline {
 protected:
  static constexpr std::uint64_t kNever = std::uint64_t{1} << 40U;

  /// One batch for each `stride` bytes that are said while it is stored; the connection ends there.
  /// Returns how many connections were cut.
  int sweep(bool to_server, std::uint64_t stride) {
    int cuts = 0;
    for (std::uint64_t after = seed_ % stride; after < 20'000; after += stride) {
      SCOPED_TRACE(after);
      const int before = proxy_->cuts();
      proxy_->cut_open_after(to_server ? after : kNever, to_server ? kNever : after,
                             cuts % 2 == 0 ? End::close : End::reset);
      publish(*publisher_);
      EXPECT_TRUE(publisher_->wait_receipted(kPatience));
      proxy_->cut_open_after(kNever, kNever, End::close);
      if (proxy_->cuts() == before) return cuts;
      ++cuts;
    }
    ADD_FAILURE() << "the batch never gets through";
    return cuts;
  }
};

TEST_F(DatabaseTrouble, AConnectionThatEndsAfterAnyByteLosesNothing) {
  publisher_ = open_publisher(publisher_options("node"));
  start_service();
  publish(*publisher_);
  ASSERT_TRUE(publisher_->wait_receipted(kPatience));
  const int requests = sweep(true, 61);
  // Shorter than the shortest answer to COMMIT, which has 11 bytes: a cut before its first or
  // behind its last one leaves no doubt.
  const int replies = sweep(false, 7);
  EXPECT_GT(requests, 5);
  EXPECT_GT(replies, 10);
  expect_recovery(*publisher_);
  const auto& totals = service_->stop();
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_GE(totals->duplicates, 1U) << "no answer to COMMIT was cut";
  expect_stored_once();
}

TEST_F(DatabaseTrouble, ASlowOneIsOnlySlow) {
  publisher_ = open_publisher(publisher_options("node"));
  start_service();
  publish(*publisher_);
  ASSERT_TRUE(publisher_->wait_receipted(kPatience));
  const int connections = proxy_->accepted();
  Faults slow;
  slow.to_server.latency = slow.to_client.latency = milliseconds{40};
  slow.to_server.bytes_per_second = slow.to_client.bytes_per_second = 20'000;
  proxy_->set(slow);
  for (int i = 0; i < 25; ++i) publish(*publisher_);
  expect_recovery(*publisher_);
  EXPECT_LE(proxy_->accepted(), connections + 1) << "it flaps";
  proxy_->set({});
  finish();
}

// Until the service's memory, the queue and the outbox are full, and publish() waits.
TEST_F(DatabaseTrouble, OneThatIsAwayIsWaitedForUntilAllIsFullAndAllOfItIsStored) {
  constexpr std::uint64_t kQueued = 40;
  queue_options_.address_messages_max = kQueued;
  queue_.reset();
  start_queue(port_);
  auto options = publisher_options("node");
  options.quota_bytes = 40'000;
  publisher_ = open_publisher(options);
  start_service(8);
  publish(*publisher_);
  ASSERT_TRUE(publisher_->wait_receipted(kPatience));

  Faults away;
  away.to_server.cut_after = away.to_client.cut_after = 0;
  proxy_->set(away);
  proxy_->end_all(End::reset);
  std::atomic<int> recorded{0};
  std::atomic<SteadyTime> called_at{clock_.steady_now()};
  constexpr int kEvents = 600;
  std::jthread chat([&] {
    for (; recorded < kEvents; ++recorded) {
      called_at = clock_.steady_now();
      publish(*publisher_);
    }
  });
  const auto give_up = clock_.steady_now() + kPatience;
  while (clock_.steady_now() - called_at.load() < seconds{1}) {
    ASSERT_LT(clock_.steady_now(), give_up) << "publish() never waits";
    std::this_thread::yield();
  }
  EXPECT_LT(recorded, kEvents);
  EXPECT_GT(recorded, static_cast<int>(kQueued) + 2 * 8) << "more than queue and service hold";
  EXPECT_GE(depth("compliance"), kQueued);
  EXPECT_FALSE(service_->ended()) << "it waits for the database";
  const auto status = publisher_->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->receipted, 1U);

  proxy_->set({});
  chat.join();
  finish();
}

}  // namespace
}  // namespace mgc::test
