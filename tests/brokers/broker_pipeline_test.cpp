// The whole pipeline as processes, on each broker: two nodes replay the bundled logs, and what they
// recorded is in mgccomp once, also when a standby service takes over.
#include <nlohmann/json.hpp>

#include "db/compliance_reader.hpp"
#include "db/migrate.hpp"
#include "tests/brokers/broker_fixture.hpp"

namespace mgc::test {
namespace {

constexpr std::chrono::seconds kPipelinePatience{90};

class BrokerPipeline : public BrokerTest {
 protected:
  void SetUp() override {
    BrokerTest::SetUp();
    ASSERT_TRUE(db::init_database(mgccomp(), db::Schema::mgccomp, clock_));
    ASSERT_TRUE(transport::declare_queues(broker(), queue_, {"node-0", "node-1"},
                                          std::chrono::seconds{20}));
  }
  [[nodiscard]] std::string mgccomp() const {
    return "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  }
  [[nodiscard]] std::unique_ptr<Process> mgc(std::vector<std::string> arguments, bool on_broker) {
    arguments.insert(arguments.begin(), MGC_PROGRAM);
    if (on_broker) {
      const auto options = broker();
      for (const auto& flag : {"--broker", options.url.c_str(), "--address", queue_.c_str()})
        arguments.emplace_back(flag);
      if (!embedded()) {
        for (const std::string& flag :
             {std::string("--broker-ca"), options.ca_file.string(), std::string("--broker-user"),
              options.user, std::string("--broker-password-file"), options.password_file.string()})
          arguments.push_back(flag);
      }
    }
    return std::make_unique<Process>(arguments, dir_ / ("process-" + std::to_string(++started_)));
  }
  [[nodiscard]] std::unique_ptr<Process> consume() {
    return mgc({"consume", "--mgccomp", mgccomp(), "--lease", "2", "--batch-events-max", "500"},
               true);
  }
  [[nodiscard]] std::unique_ptr<Process> replay(int node) {
    const std::string name = "node-" + std::to_string(node);
    std::vector<std::string> arguments = {"node",           "replay",
                                          "--node",         name,
                                          "--outbox",       (dir_ / (name + ".outbox")).string(),
                                          "--wait",         "--json",
                                          "--receipt-wait", "2"};
    std::vector<std::string> logs;
    for (const auto& entry : std::filesystem::directory_iterator(MGC_DEMO_LOGS))
      if (entry.path().extension() == ".log") logs.push_back(entry.path().string());
    std::sort(logs.begin(), logs.end());
    for (std::size_t i = 0; i < logs.size(); ++i)
      if (i % 2 == static_cast<std::size_t>(node)) arguments.push_back(logs[i]);
    return mgc(arguments, true);
  }
  /// How many events the outbox of this replay got.
  std::uint64_t finish(Process& process) {
    const auto code = process.wait(kPipelinePatience);
    EXPECT_EQ(code, 0) << process.err();
    const auto result = nlohmann::json::parse(process.out(), nullptr, false);
    if (!result.is_object()) return 0;
    EXPECT_EQ(result.at("receipted"), result.at("recorded"));
    return result.at("recorded").get<std::uint64_t>();
  }
  [[nodiscard]] std::uint64_t stored() {
    const auto reader = db::ComplianceReader::open(mgccomp());
    if (!reader) return 0;
    const auto counts = (*reader)->count();
    return counts ? counts->events : 0;
  }
  bool await_said(Process& process, const std::string& what) {
    const auto deadline = patience();
    while (process.err().find(what) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void expect_stored_once(std::uint64_t events) {
    const auto counted = mgc({"audit", "count", "--mgccomp", mgccomp(), "--json"}, false);
    ASSERT_TRUE(counted->wait(kPipelinePatience).has_value());
    const auto counts = nlohmann::json::parse(counted->out());
    EXPECT_GT(events, 1'000U);
    EXPECT_EQ(counts.at("events").get<std::uint64_t>(), events);
    EXPECT_EQ(counts.at("gaps"), 0);
    EXPECT_EQ(counts.at("dead_letters"), 0);
    const auto verified = mgc({"audit", "verify", "--mgccomp", mgccomp(), "--json"}, false);
    EXPECT_EQ(verified->wait(kPipelinePatience), 0) << verified->out();
  }

  int started_ = 0;
};

TEST_P(BrokerPipeline, EverythingThatWasRecordedIsStored) {
  const auto service = consume();
  const auto one = replay(0), two = replay(1);
  const std::uint64_t events = finish(*one) + finish(*two);
  service->kill(SIGTERM);
  EXPECT_EQ(service->wait(kPipelinePatience), 0) << service->err();
  expect_stored_once(events);
}

TEST_P(BrokerPipeline, AStandbyTakesOverAndNothingIsLostOrTwice) {
  auto service = consume();
  ASSERT_TRUE(await_said(*service, "consuming")) << service->err();
  const auto standby = consume();
  const auto one = replay(0), two = replay(1);
  const auto deadline = patience();
  while (stored() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(standby->err().find("consuming"), std::string::npos) << "two at a time";
  service->kill(SIGKILL);
  ASSERT_TRUE(service->wait(kPipelinePatience).has_value());
  const std::uint64_t events = finish(*one) + finish(*two);
  EXPECT_NE(standby->err().find("consuming"), std::string::npos) << standby->err();
  standby->kill(SIGTERM);
  EXPECT_EQ(standby->wait(kPipelinePatience), 0) << standby->err();
  expect_stored_once(events);
}

TEST_P(BrokerPipeline, NeitherProgramStartsWithoutTheQueue) {
  if (embedded()) return;  // it makes its queues
  queue_ += ".missing";
  for (const auto& program : {consume(), replay(0)}) {
    EXPECT_EQ(program->wait(kPipelinePatience), 2) << program->err();
    const std::string fix = "make it with `mgc queue declare --address " + queue_;
    EXPECT_NE(program->err().find(fix), std::string::npos) << program->err();
  }
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerPipeline,
                         testing::Values("embedded", "rabbitmq", "artemis"), broker_name);

}  // namespace
}  // namespace mgc::test
