#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "audit/verify.hpp"
#include "core/failpoint.hpp"
#include "schema/limits.hpp"
#include "schema/receipt.hpp"
#include "tests/support/pipeline.hpp"
#include "tests/support/sample_events.hpp"
#include "transport/sender.hpp"

namespace mgc {
namespace {

using std::chrono::seconds;
using test::chat_event;
using test::RunningService;

class Pipeline : public test::PipelineTest {
 protected:
  void TearDown() override { arm_failpoints(""); }

  void publish(producer::Publisher& publisher, int events) {
    for (int i = 0; i < events; ++i) {
      const auto published = publisher.publish(chat_event("post " + std::to_string(i)));
      ASSERT_TRUE(published) << published.error().message;
    }
  }

  /// Hands bodies to the queue as another program would.
  void send_bodies(const std::vector<Bytes>& bodies) {
    auto sender =
        transport::Sender::start({broker("other-program"), "compliance"},
                                 [](std::uint64_t, transport::Outcome, const std::string&) {});
    ASSERT_TRUE(sender) << sender.error().message;
    for (const Bytes& body : bodies) {
      transport::Message message;
      message.id = "from another program";
      message.content_type = schema::kPackContentType;
      message.body = body;
      const auto sent =
          (*sender)->send(std::move(message), 1, clock_.steady_now() + seconds{10}, {});
      ASSERT_TRUE(sent) << sent.error().message;
    }
    expect_depth("compliance", bodies.size());
  }

  /// Sends a receipt as the service would.
  void send_receipt(const std::string& node, std::uint64_t epoch, std::uint64_t through) {
    const std::string address = schema::receipt_address("compliance", node);
    std::atomic<bool> accepted{false};
    auto sender = transport::Sender::start(
        {broker("old-service"), address},
        [&](std::uint64_t, transport::Outcome, const std::string&) { accepted = true; });
    ASSERT_TRUE(sender) << sender.error().message;
    transport::Message message;
    message.body = schema::encode_receipt({node, epoch, through});
    ASSERT_TRUE((*sender)->send(std::move(message), 1, clock_.steady_now() + seconds{10}, {}));
    while (!accepted) std::this_thread::yield();
    expect_depth(address, 0);
  }

  /// Waits until the queue holds `messages` of `address`.
  void expect_depth(const std::string& address, std::size_t messages) {
    const auto deadline = clock_.steady_now() + seconds{10};
    std::uint64_t depth = 0;
    do {
      depth = 0;
      for (const auto& one : queue_->status()) {
        if (one.address == address) depth = one.messages;
      }
      std::this_thread::yield();
    } while (depth != messages && clock_.steady_now() < deadline);
    EXPECT_EQ(depth, messages);
  }

  std::atomic<int> promised_{0};

  /// Runs a service until nothing has come for a second.
  consumer::Totals drain() {
    auto options = service_options("drain");
    options.until_idle = seconds{1};
    RunningService service(options, clock_);
    const auto& totals = service.wait();
    EXPECT_TRUE(totals) << totals.error().message;
    return totals ? *totals : consumer::Totals{};
  }

  void expect_verified() {
    auto reader = open_reader();
    const auto report = audit::verify_store(*reader, {});
    ASSERT_TRUE(report) << report.error().message;
    for (const auto& finding : report->findings) {
      ADD_FAILURE() << finding.where << ": " << finding.what;
    }
  }
};

TEST_F(Pipeline, WhatFourThreadsPublishIsStoredOnceAndPurged) {
  RunningService service(service_options("service"), clock_);
  auto publisher = open_publisher(publisher_options("node-a"));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { publish(*publisher, 100); });
  }
  threads.clear();
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  const auto status = publisher->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->recorded, 400U);
  EXPECT_EQ(status->receipted, 400U);
  const auto& totals = service.stop();
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals->events, 400U);
  EXPECT_EQ(count().events, 400U);
  EXPECT_EQ(count().duplicates, 0U);
  expect_verified();
}

TEST_F(Pipeline, ABrokerThatComesLateGetsWhatWasPublishedBefore) {
  const std::uint16_t port = port_;
  queue_.reset();
  auto publisher = open_publisher(publisher_options("node-a"));
  publish(*publisher, 20);
  start_queue(port);
  RunningService service(service_options("service"), clock_);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, 20U);
}

TEST_F(Pipeline, AServiceThatDiesBetweenCommitAndSettleStoresNothingTwice) {
  auto publisher = open_publisher(publisher_options("node-a"));
  publish(*publisher, 10);
  arm_failpoints("consumer.before_settle=error@1");
  RunningService dying(service_options("service"), clock_);
  EXPECT_FALSE(dying.wait());
  arm_failpoints("");
  RunningService service(service_options("service"), clock_);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  const auto& totals = service.stop();
  ASSERT_TRUE(totals);
  EXPECT_GE(totals->duplicates, 1U);
  EXPECT_EQ(count().events, 10U);
  EXPECT_EQ(count().dead_letters, 0U);
  expect_verified();
}

TEST_F(Pipeline, ALostReceiptIsAskedForAgain) {
  auto publisher = open_publisher(publisher_options("node-a"));
  publish(*publisher, 10);
  arm_failpoints("consumer.before_receipt=error@1");
  RunningService dying(service_options("service"), clock_);
  EXPECT_FALSE(dying.wait());
  arm_failpoints("");
  RunningService service(service_options("service"), clock_);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, 10U);
}

TEST_F(Pipeline, AReceiptThatLagsBehindIsCorrectedByTheNextProbe) {
  RunningService service(service_options("service"), clock_);
  auto publisher = open_publisher(publisher_options("node-a"));
  const auto first = publisher->publish(chat_event("first"));
  ASSERT_TRUE(first);
  publish(*publisher, 9);
  ASSERT_TRUE(publisher->wait_receipted(seconds{20}));
  send_receipt("node-a", first->epoch, 1);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  publish(*publisher, 1);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, 11U);
  EXPECT_EQ(count().duplicates, 0U);
}

class RestoredDatabase : public Pipeline {
 protected:
  void copy(const std::string& from, const std::string& to) {
    for (const std::string end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(dir_ / (to + end));
      if (std::filesystem::exists(dir_ / (from + end))) {
        std::filesystem::copy_file(dir_ / (from + end), dir_ / (to + end));
      }
    }
  }
  void serve_while(const std::function<void()>& body) {
    RunningService service(service_options("service"), clock_);
    body();
    EXPECT_TRUE(service.stop());
  }
  /// Ten events are in the backup, and `lost` of one pack each are not.
  void lose(producer::Publisher& publisher, int lost) {
    serve_while([&] {
      publish(publisher, 10);
      ASSERT_TRUE(publisher.wait_receipted(seconds{20}));
    });
    copy("mgccomp.db", "backup.db");
    serve_while([&] {
      publish(publisher, lost);
      ASSERT_TRUE(publisher.wait_receipted(seconds{20}));
    });
    copy("backup.db", "mgccomp.db");
    ASSERT_EQ(count().events, 10U);
  }
};

TEST_F(RestoredDatabase, GetsAgainWhatItLost) {
  auto publisher = open_publisher(publisher_options("node-a"));
  lose(*publisher, 300);
  serve_while([&] {
    publish(*publisher, 1);  // what the node says next shows how much is missing
    EXPECT_TRUE(publisher->wait_receipted(seconds{30}));
  });
  const auto counts = count();
  EXPECT_EQ(counts.events, 311U);
  EXPECT_EQ(counts.gaps, 0U);
  EXPECT_EQ(counts.duplicates, 0U);
  EXPECT_EQ(counts.dead_letters, 0U);
  expect_verified();
}

TEST_F(RestoredDatabase, GetsAllThatIsStillKeptBehindWhatIsGone) {
  auto options = publisher_options("node-a");
  options.keep_bytes = 30'000;  // of more than 300 packs
  auto publisher = open_publisher(options);
  lose(*publisher, 400);
  std::uint64_t gone = 0;
  serve_while([&] {
    publish(*publisher, 1);
    const auto deadline = clock_.steady_now() + seconds{60};
    while (clock_.steady_now() < deadline) {
      const auto gaps = open_reader()->gaps(false);
      ASSERT_TRUE(gaps);
      gone = gaps->empty() ? 0 : gaps->front().last_sequence - gaps->front().first_sequence + 1;
      // What is sent again splits the gap until all of it is there.
      if (gaps->size() == 1 && gone < 400) break;
      std::this_thread::yield();
    }
  });
  EXPECT_GT(gone, 0U) << "nothing was purged: the test tests nothing";
  EXPECT_LT(gone, 300U) << "more than a probe was kept";
  EXPECT_EQ(count().events + gone, 411U);
  EXPECT_EQ(count().gaps, 1U);
  EXPECT_EQ(count().duplicates, 0U);
  expect_verified();
}

TEST_F(Pipeline, ClosingWhileOthersPublishRecordsWhatWasPromised) {
  RunningService service(service_options("service"), clock_);
  for (int round = 0; round < 5; ++round) {
    auto publisher = open_publisher(publisher_options("node-a"));
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        while (publisher->publish(chat_event("until closed"))) promised_.fetch_add(1);
      });
    }
    while (promised_ < round * 50 + 50) std::this_thread::yield();
    publisher->close(std::chrono::milliseconds{0});
    EXPECT_FALSE(publisher->publish(chat_event("too late")));
    threads.clear();
    publisher->wait_receipted(std::chrono::milliseconds{0});
  }
  auto publisher = open_publisher(publisher_options("node-a"));
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, static_cast<std::uint64_t>(promised_));
}

TEST_F(Pipeline, ACommitWhoseAnswerIsLostIsRepeatedWithoutADuplicate) {
  arm_failpoints("store.commit_lost=error@1");
  RunningService service(service_options("service"), clock_);
  auto publisher = open_publisher(publisher_options("node-a"));
  publish(*publisher, 10);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, 10U);
  expect_verified();
}

TEST_F(Pipeline, PoisonBecomesDeadLettersAndThePackBehindItIsStored) {
  Bytes bomb;  // a zstd frame that says it expands to 4 GiB
  bomb = std::string("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x01\x00\x00\x00", 13);
  const Bytes good = test::pack_body("other", 5, 1, 3);
  const Bytes truncated = test::pack_body("other", 5, 4, 3).substr(0, 40);
  send_bodies({"garbage", bomb, truncated, Bytes(schema::kPackBytesMax + 1, 'x'), "", good});
  const auto totals = drain();
  EXPECT_EQ(totals.dead_letters, 5U);
  EXPECT_EQ(totals.events, 3U);
  EXPECT_EQ(count().dead_letters, 5U);
  EXPECT_EQ(count().events, 3U);
  expect_depth("compliance", 0);
  expect_verified();
}

TEST_F(Pipeline, AMissingPackIsAGapUntilItComes) {
  const Bytes first = test::pack_body("other", 5, 1, 10);
  const Bytes second = test::pack_body("other", 5, 11, 10, test::sha256_of(first));
  const Bytes third = test::pack_body("other", 5, 21, 10, test::sha256_of(second));
  send_bodies({first, third});
  drain();
  const auto open = open_reader()->gaps(false);
  ASSERT_TRUE(open);
  ASSERT_EQ(open->size(), 1U);
  EXPECT_EQ(open->front().first_sequence, 11U);
  EXPECT_EQ(open->front().last_sequence, 20U);
  expect_verified();
  send_bodies({second});
  drain();
  EXPECT_EQ(count().gaps, 0U);
  EXPECT_EQ(open_reader()->gaps(true)->size(), 1U);
  expect_verified();
}

TEST_F(Pipeline, AStandbyTakesOverWhenTheFirstServiceStops) {
  auto publisher = open_publisher(publisher_options("node-a"));
  RunningService first(service_options("first"), clock_);
  publish(*publisher, 10);
  ASSERT_TRUE(publisher->wait_receipted(seconds{20}));
  RunningService standby(service_options("standby"), clock_);
  ASSERT_TRUE(first.stop());
  publish(*publisher, 10);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  const auto& totals = standby.stop();
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals->events, 10U);
  EXPECT_EQ(count().events, 20U);
}

TEST_F(Pipeline, AnOutboxAtItsQuotaRefusesWhenToldTo) {
  auto options = publisher_options("node-a");
  options.quota_bytes = 2'000;
  options.at_limit = producer::AtLimit::refuse;
  auto publisher = open_publisher(options);
  std::optional<Error> refused;
  std::uint64_t recorded = 0;
  for (int i = 0; i < 1'000 && !refused; ++i) {
    const auto published = publisher->publish(chat_event("post " + std::to_string(i)));
    if (published) {
      ++recorded;
    } else {
      refused = published.error();
    }
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->action, Action::retry);
  RunningService service(service_options("service"), clock_);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  EXPECT_TRUE(publisher->publish(chat_event("room again")));
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(count().events, recorded + 1);
}

TEST_F(Pipeline, FullBatchesGrowUnlessTheirSizeIsFixed) {
  for (const bool fixed : {false, true}) {
    auto options = publisher_options(fixed ? "node-b" : "node-a");
    options.pack_events_max = 10'000;
    auto publisher = open_publisher(options);
    // One pack that fills the first batch alone, so that nothing depends on how fast packs come.
    const std::vector<schema::Event> posts(2'200, chat_event("post"));
    ASSERT_TRUE(publisher->publish(posts));
    publisher->close(seconds{10});
    auto serving = service_options("service");
    serving.until_idle = seconds{1};
    serving.commit_p99_target = fixed ? seconds{0} : seconds{60};
    ASSERT_TRUE(RunningService(serving, clock_).wait());
    const std::uint64_t size = serving.metrics->batch_events_max;
    if (fixed) {
      EXPECT_EQ(size, serving.batch.events_max);
      EXPECT_EQ(serving.metrics->batch_size_reason, consumer::BatchSizeReason::fixed);
    } else {
      EXPECT_EQ(size, 2 * consumer::BatchTuner::kFirst);
      EXPECT_EQ(serving.metrics->batch_size_reason, consumer::BatchSizeReason::grown);
    }
  }
}

}  // namespace
}  // namespace mgc
