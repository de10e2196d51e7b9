#pragma once

#include <cstdlib>
#include <iostream>
#include <set>

#include "audit/verify.hpp"
#include "core/backoff.hpp"
#include "schema/event_view.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/pipeline.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::test {

/// The pipeline in one process, through proxies that can fail, and its verdict at the end: what
/// publish() promised is stored once, and nothing waits anywhere.
class FaultPipeline : public PipelineTest {
 protected:
  static constexpr std::chrono::seconds kPatience{60};

  void SetUp() override {
    PipelineTest::SetUp();
    std::cout << "seed " << seed_ << " (MGC_TEST_SEED)\n";
  }

  /// Of this run; that of another one when MGC_TEST_SEED says so.
  static std::uint64_t choose_seed() {
    const char* said = std::getenv("MGC_TEST_SEED");
    return said == nullptr ? random_seed() % 1'000'000 : std::strtoull(said, nullptr, 10);
  }

  /// As broker(), and so fast that hundreds of connections can be cut in seconds.
  [[nodiscard]] transport::BrokerOptions through(const FaultProxy& proxy,
                                                 const std::string& client) const {
    transport::BrokerOptions options = broker(client);
    options.url = "amqp://127.0.0.1:" + std::to_string(proxy.port());
    options.reconnect_first = options.reconnect_max = std::chrono::milliseconds{5};
    return options;
  }

  /// Publishes one event; what publish() promised has to be stored.
  void publish(producer::Publisher& publisher) {
    const std::string text = "post " + std::to_string(promised_.size());
    const auto published = publisher.publish(chat_event(text));
    ASSERT_TRUE(published) << published.error().message;
    promised_.insert(text);
  }

  std::uint64_t depth(const std::string& address) {
    for (const auto& one : queue_->status()) {
      if (one.address == address) return one.messages;
    }
    return 0;
  }

  /// Everything drains, and what was promised is there once.
  void expect_recovery(producer::Publisher& publisher) {
    EXPECT_TRUE(publisher.wait_receipted(kPatience)) << "the node is not drained";
    const auto status = publisher.status();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->recorded, status->receipted);
    const auto give_up = clock_.steady_now() + kPatience;
    while (depth("compliance") != 0 && clock_.steady_now() < give_up) std::this_thread::yield();
    EXPECT_EQ(depth("compliance"), 0U) << "the queue is not drained";
  }
  void expect_stored_once(std::uint64_t dead_letters = 0) {
    const auto counts = count();
    EXPECT_EQ(counts.events, promised_.size());
    EXPECT_EQ(counts.duplicates, 0U);
    EXPECT_EQ(counts.gaps, 0U);
    EXPECT_EQ(counts.dead_letters, dead_letters);
    const auto texts = stored_texts();
    EXPECT_EQ(texts.size(), promised_.size());
    EXPECT_TRUE(std::set<std::string>(texts.begin(), texts.end()) == promised_)
        << "what is stored is not what was published";
    expect_verified();
  }
  std::vector<std::string> stored_texts() {
    db::EventQuery query;
    query.limit = 1'000'000;
    const auto hits = open_reader()->search(query);
    EXPECT_TRUE(hits) << hits.error().message;
    std::vector<std::string> texts;
    for (const auto& hit : *hits) texts.push_back(hit.content);
    return texts;
  }
  void expect_verified() {
    auto reader = open_reader();
    const auto report = audit::verify_store(*reader, {});
    ASSERT_TRUE(report) << report.error().message;
    for (const auto& finding : report->findings) {
      ADD_FAILURE() << finding.where << ": " << finding.what;
    }
  }

  const std::uint64_t seed_ = choose_seed();
  std::set<std::string> promised_;
};

}  // namespace mgc::test
