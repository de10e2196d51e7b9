// Connections that fall silent, are slow, or change what is sent on them.
#include <random>

#include "tests/fault/fault_pipeline.hpp"

namespace mgc::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SlowNetwork : public FaultPipeline {
 protected:
  void SetUp() override {
    queue_options_.idle_timeout = kIdle;
    FaultPipeline::SetUp();
    node_proxy_.emplace(port_, seed_);
    service_proxy_.emplace(port_, seed_);
    auto of_service = service_options("service");
    of_service.broker = impatient(through(*service_proxy_, "service"));
    service_.emplace(of_service, clock_);
    auto of_node = publisher_options("node");
    of_node.broker = impatient(through(*node_proxy_, "node"));
    publisher_ = open_publisher(of_node);
    publish(*publisher_);
    ASSERT_TRUE(publisher_->wait_receipted(kPatience));
  }
  static transport::BrokerOptions impatient(transport::BrokerOptions options) {
    options.idle_timeout = kIdle;
    options.watchdog = 4 * kIdle;
    return options;
  }
  void finish(std::uint64_t dead_letters = 0) {
    expect_recovery(*publisher_);
    const auto& totals = service_->stop();
    ASSERT_TRUE(totals) << totals.error().message;
    expect_stored_once(dead_letters);
  }

  static constexpr milliseconds kIdle{500};
  std::optional<FaultProxy> node_proxy_;
  std::optional<FaultProxy> service_proxy_;
  std::optional<RunningService> service_;
  std::unique_ptr<producer::Publisher> publisher_;
};

// Each connection falls silent in its turn, a little later than the one before it: the node's, and
// the service's with deliveries in hand, which the queue has to take back.
TEST_F(SlowNetwork, ASilentConnectionIsReplacedWithinTheIdleTimeOut) {
  for (FaultProxy* proxy : {&*node_proxy_, &*service_proxy_}) {
    for (const auto& [to_server, to_client] : {std::pair{200, 1'000'000}, {1'000'000, 90}}) {
      const int before = proxy->accepted();
      proxy->cut_open_after(static_cast<std::uint64_t>(to_server),
                            static_cast<std::uint64_t>(to_client), End::stall);
      const auto give_up = clock_.steady_now() + 20 * kIdle;
      while (proxy->accepted() == before && clock_.steady_now() < give_up) {
        publish(*publisher_);
        publisher_->wait_receipted(milliseconds{20});
      }
      EXPECT_GT(proxy->accepted(), before) << "nobody noticed";
    }
  }
  finish();
}

TEST_F(SlowNetwork, ASlowLinkIsOnlySlow) {
  Faults slow;
  slow.to_server.bytes_per_second = slow.to_client.bytes_per_second = 4'000;
  slow.to_server.latency = slow.to_client.latency = milliseconds{50};
  const int connections = node_proxy_->accepted() + service_proxy_->accepted();
  node_proxy_->set(slow);
  service_proxy_->set(slow);
  for (int i = 0; i < 30; ++i) publish(*publisher_);
  finish();
  EXPECT_EQ(node_proxy_->accepted() + service_proxy_->accepted(), connections) << "it flaps";
}

// One pack that takes more than three watchdogs to send.
TEST_F(SlowNetwork, ALargePackOnASlowLinkArrives) {
  Faults slow;
  slow.to_server.bytes_per_second = 60'000;
  node_proxy_->set(slow);
  const int connections = node_proxy_->accepted();
  std::mt19937_64 random(seed_);
  std::string text;  // that zstd makes little smaller
  while (text.size() < 420'000) text += static_cast<char>('!' + random() % 90);
  const auto published = publisher_->publish(chat_event(text));
  ASSERT_TRUE(published) << published.error().message;
  promised_.insert(text);
  finish();
  EXPECT_EQ(node_proxy_->accepted(), connections) << "it flaps";
}

// One byte of each connection is another one, over the greeting and the packs: the connection ends,
// or the pack is a dead letter and is sent again. What is stored is what was published.
TEST_F(SlowNetwork, AChangedByteIsNeverAChangedEvent) {
  constexpr int kConnections = 16;
  const int from = node_proxy_->accepted();
  node_proxy_->plan([this, from](int number) {
    Faults faults;
    const auto step = static_cast<std::uint64_t>(number - from);
    faults.to_server.corrupt_byte = 8 + seed_ % 67 + step * 67;
    faults.to_server.cut_after = 400 + 67 * kConnections;
    return faults;
  });
  node_proxy_->end_all(End::close);
  const auto give_up = clock_.steady_now() + kPatience;
  while (node_proxy_->accepted() < from + kConnections && clock_.steady_now() < give_up) {
    publish(*publisher_);
    publisher_->wait_receipted(milliseconds{5});
  }
  EXPECT_GE(node_proxy_->accepted(), from + kConnections);
  node_proxy_->set({});
  node_proxy_->end_all(End::close);
  expect_recovery(*publisher_);
  ASSERT_TRUE(service_->stop());
  expect_stored_once(count().dead_letters);
  RecordProperty("dead letters", std::to_string(count().dead_letters));
}

}  // namespace
}  // namespace mgc::test
