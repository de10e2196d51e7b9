#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "consumer/service.hpp"
#include "core/clock.hpp"
#include "db/compliance_reader.hpp"
#include "db/migrate.hpp"
#include "producer/publisher.hpp"
#include "tests/support/temp_dir.hpp"
#include "transport/queue_server.hpp"

namespace mgc::test {

/// A running compliance service in a thread of the test.
class RunningService {
 public:
  RunningService(consumer::ServiceOptions options, const Clock& clock)
      : options_(std::move(options)), thread_([this, &clock](std::stop_token stop) {
          outcome_ = consumer::run_service(options_, clock, stop, {});
          ended_ = true;
        }) {}

  /// Requests a stop, waits, and gives what the service returned.
  const Result<consumer::Totals>& stop() {
    thread_.request_stop();
    return wait();
  }
  /// True when it has ended, by itself or not.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Waits until the service ends by itself.
  const Result<consumer::Totals>& wait() {
    if (thread_.joinable()) thread_.join();
    return *outcome_;
  }

 private:
  consumer::ServiceOptions options_;
  std::optional<Result<consumer::Totals>> outcome_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;
};

/// The whole pipeline in one process: the embedded queue on a free port, a scratch directory, and
/// an empty mgccomp.
class PipelineTest : public testing::Test {
 protected:
  void SetUp() override {
    start_queue(0);
    auto made = db::init_database(dsn(), db::Schema::mgccomp, clock_);
    ASSERT_TRUE(made) << made.error().message;
  }

  void start_queue(std::uint16_t port) {
    queue_options_.port = port;
    queue_options_.store = dir_ / "queue.db";
    auto server = transport::QueueServer::start(queue_options_, clock_);
    ASSERT_TRUE(server) << server.error().message;
    queue_ = std::move(*server);
    port_ = queue_->port();
  }

  /// The compliance database.
  [[nodiscard]] virtual std::string dsn() const {
    return "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  }
  [[nodiscard]] std::string url() const { return "amqp://127.0.0.1:" + std::to_string(port_); }

  [[nodiscard]] transport::BrokerOptions broker(const std::string& client) const {
    transport::BrokerOptions options;
    options.url = url();
    options.client = client;
    options.reconnect_first = std::chrono::milliseconds{10};
    options.reconnect_max = std::chrono::milliseconds{100};
    return options;
  }

  [[nodiscard]] consumer::ServiceOptions service_options(const std::string& client) const {
    consumer::ServiceOptions options;
    options.broker = broker(client);
    options.mgccomp = dsn();
    return options;
  }

  [[nodiscard]] producer::PublisherOptions publisher_options(const std::string& node) const {
    producer::PublisherOptions options;
    options.node = node;
    options.outbox = dir_ / (node + ".outbox");
    options.broker.url = url();
    options.watermark_interval = std::chrono::seconds{0};
    options.receipt_wait = std::chrono::seconds{1};
    return options;
  }

  [[nodiscard]] std::unique_ptr<producer::Publisher> open_publisher(
      const producer::PublisherOptions& options) {
    auto publisher = producer::Publisher::open(options);
    EXPECT_TRUE(publisher) << publisher.error().message;
    return publisher ? std::move(*publisher) : nullptr;
  }

  [[nodiscard]] std::unique_ptr<db::ComplianceReader> open_reader() {
    auto reader = db::ComplianceReader::open(dsn());
    EXPECT_TRUE(reader) << reader.error().message;
    return reader ? std::move(*reader) : nullptr;
  }

  [[nodiscard]] db::StoreCounts count() {
    auto counts = open_reader()->count();
    EXPECT_TRUE(counts) << counts.error().message;
    return counts ? *counts : db::StoreCounts{};
  }

  TempDir dir_;
  SystemClock clock_;
  transport::QueueServerOptions queue_options_;  ///< for the next start_queue()
  std::unique_ptr<transport::QueueServer> queue_;
  std::uint16_t port_ = 0;
};

}  // namespace mgc::test
