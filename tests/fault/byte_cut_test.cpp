// Connections to the embedded queue that end after each byte of what is said on them.
#include "tests/fault/fault_pipeline.hpp"

namespace mgc::test {
namespace {

struct Sweep {
  const char* name;
  bool of_node;  ///< the node's connections; else the service's
  WayFaults Faults::*way;
  std::uint64_t stride;  ///< larger where somebody pauses after each end
};

class ByteCut : public FaultPipeline, public testing::WithParamInterface<Sweep> {
 protected:
  // The greeting is connection_end_test's; then about ten packs, receipts or dispositions.
  static constexpr std::uint64_t kFirstByte = 300;
  static constexpr std::uint64_t kBytes = 2'048;

  /// Connection `number` ends a stride later than the one before it.
  [[nodiscard]] std::function<Faults(int)> cut_each_later(int from) const {
    return [this, from](int number) {
      Faults faults;
      const auto step = static_cast<std::uint64_t>(number - from);
      const std::uint64_t stride = GetParam().stride;
      (faults.*GetParam().way).cut_after = kFirstByte + seed_ % stride + step * stride;
      faults.end = number % 2 == 0 ? End::close : End::reset;
      return faults;
    };
  }
};

TEST_P(ByteCut, NothingIsLostAndNothingIsStoredTwice) {
  FaultProxy node_proxy(port_, seed_);
  FaultProxy service_proxy(port_, seed_);
  auto service_options = this->service_options("service");
  service_options.broker = through(service_proxy, "service");
  RunningService service(service_options, clock_);
  auto publisher_options = this->publisher_options("node");
  publisher_options.broker = through(node_proxy, "node");
  auto publisher = open_publisher(publisher_options);
  publish(*publisher);
  ASSERT_TRUE(publisher->wait_receipted(kPatience));

  FaultProxy& proxy = GetParam().of_node ? node_proxy : service_proxy;
  const int from = proxy.accepted();
  const int connections = static_cast<int>(kBytes / GetParam().stride);
  proxy.plan(cut_each_later(from));
  proxy.end_all(End::reset);
  const auto give_up = clock_.steady_now() + kPatience;
  while (proxy.accepted() < from + connections) {
    ASSERT_LT(clock_.steady_now(), give_up) << proxy.accepted() << " connections";
    publish(*publisher);
    publisher->wait_receipted(std::chrono::milliseconds{5});
  }
  EXPECT_GE(proxy.cuts(), connections - 2) << "two are still open";
  proxy.set({});
  proxy.end_all(End::close);

  expect_recovery(*publisher);
  const auto& totals = service.stop();
  ASSERT_TRUE(totals) << totals.error().message;
  RecordProperty("events", std::to_string(promised_.size()));
  RecordProperty("delivered again", std::to_string(totals->duplicates));
  expect_stored_once();
}

INSTANTIATE_TEST_SUITE_P(Connections, ByteCut,
                         testing::Values(Sweep{"NodeToQueue", true, &Faults::to_server, 41},
                                         Sweep{"QueueToNode", true, &Faults::to_client, 13},
                                         Sweep{"ServiceToQueue", false, &Faults::to_server, 17},
                                         Sweep{"QueueToService", false, &Faults::to_client, 13}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace mgc::test
