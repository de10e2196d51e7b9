#include <gmock/gmock.h>
#include <sqlite3.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "core/metrics.hpp"
#include "tests/fault/pipeline_processes.hpp"
#include "tests/metrics/endpoint_client.hpp"

namespace mgc {
namespace {

using test::eventually;
using test::metrics_port;
using test::port_said;
using test::Process;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

/// The pipeline with an endpoint at each process.
class PipelineMetrics : public test::PipelineProcesses {
 protected:
  using Page = std::vector<MetricSample>;

  void SetUp() override {
    queue_ = start_metered_queue();
    queue_metrics_ = metrics_port(*queue_);
    port_ = port_said(*queue_, "queue on 127.0.0.1:");
  }

  std::unique_ptr<Process> start_metered_queue() {
    return mgc({"queue", "--listen", "127.0.0.1:" + std::to_string(port_), "--store",
                (dir_ / "queue.db").string(), "--metrics", "127.0.0.1:0"});
  }
  std::unique_ptr<Process> start_service() {
    return mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease", "2",
                "--metrics", "127.0.0.1:0"});
  }
  std::unique_ptr<Process> start_node(int events) {
    return mgc({"node", "simulate", "--profile", "max", "--events", std::to_string(events),
                "--node", "chat-1", "--outbox", outbox(1), "--broker", broker(), "--wait",
                "--metrics", "127.0.0.1:0"});
  }

  static Page scrape(std::uint16_t port) {
    const std::string answer = test::get(port, "/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    auto page = parse_metrics(std::string_view(answer).substr(answer.find("\r\n\r\n") + 4));
    EXPECT_TRUE(page) << page.error().message;
    return page ? std::move(*page) : Page{};
  }
  /// The sum over all samples of that name, with that label where one is given.
  static std::optional<double> value(const Page& page, const std::string& name,
                                     const std::string& label = {}, const std::string& is = {}) {
    std::optional<double> sum;
    for (const MetricSample& sample : page) {
      const auto found = sample.labels.find(label);
      const bool wanted = label.empty() || (found != sample.labels.end() && found->second == is);
      if (sample.name == name && wanted) sum = sum.value_or(0) + sample.value;
    }
    return sum;
  }
  static bool ready(std::uint16_t port) {
    return test::get(port, "/readyz").starts_with("HTTP/1.1 200 ");
  }

  std::uint16_t queue_metrics_ = 0;
};

TEST_F(PipelineMetrics, AKnownLoadIsCountedEverywhere) {
  constexpr int kEvents = 600;
  const auto node = start_node(kEvents);
  const auto node_port = metrics_port(*node);
  EXPECT_TRUE(eventually(
      [&] { return value(scrape(node_port), "mgc_node_accepted_events_total") == kEvents; }));
  // No service yet: everything is in the queue, and in the outbox for want of a receipt.
  const Page waiting = scrape(node_port);
  EXPECT_EQ(value(waiting, "mgc_node_recorded_events_total", "node", "chat-1"), kEvents);
  EXPECT_EQ(value(waiting, "mgc_node_receipted_events"), 0);
  EXPECT_GT(value(waiting, "mgc_node_outbox_bytes"), 0);
  EXPECT_GT(value(waiting, "mgc_node_oldest_unreceipted_age_seconds"), 0);
  EXPECT_GT(value(waiting, "mgc_node_publish_seconds_count"), 0);
  EXPECT_EQ(value(waiting, "mgc_node_outbox_limit_bytes"), 4294967296.0);
  const auto packs = value(waiting, "mgc_node_outbox_packs");
  const Page filled = scrape(queue_metrics_);
  EXPECT_EQ(value(filled, "mgc_queue_messages", "address", "compliance"), packs);
  EXPECT_GT(value(filled, "mgc_queue_oldest_age_seconds", "address", "compliance"), 0);
  EXPECT_EQ(value(filled, "mgc_queue_accepted_total"), packs);

  const auto service = start_service();
  const auto service_port = metrics_port(*service);
  EXPECT_EQ(node->wait(kPatience), 0) << node->err();
  EXPECT_TRUE(eventually([&] {
    const auto page = scrape(service_port);
    return value(page, "mgc_store_ledger_blocks", "lane", "compliance") > 0 &&
           value(page, "mgc_consume_in_hand_deliveries") == 0;
  }));
  const Page stored = scrape(service_port);
  EXPECT_EQ(value(stored, "mgc_consume_events_total", "lane", "compliance"), kEvents);
  EXPECT_EQ(value(stored, "mgc_consume_packs_total"), packs);
  EXPECT_EQ(value(stored, "mgc_consume_batch_events_sum"), kEvents);
  EXPECT_EQ(value(stored, "mgc_consume_commit_seconds_count"),
            value(stored, "mgc_consume_batch_events_count"));
  EXPECT_EQ(value(stored, "mgc_store_ledger_blocks"),
            value(stored, "mgc_consume_batch_events_count"));
  EXPECT_GE(value(stored, "mgc_consume_receipts_sent_total"), 1);
  EXPECT_EQ(value(stored, "mgc_consume_lease_held"), 1);
  EXPECT_EQ(value(stored, "mgc_consume_broker_open"), 1);
  EXPECT_EQ(value(stored, "mgc_consume_in_hand_bytes"), 0);
  for (const char* none :
       {"duplicates_total", "dead_letters_total", "gaps_opened_total", "database_retries_total"}) {
    EXPECT_EQ(value(stored, std::string("mgc_consume_") + none), 0) << none;
  }
  EXPECT_EQ(value(stored, "mgc_store_open_gaps"), 0);
  const Page drained = scrape(queue_metrics_);
  EXPECT_EQ(value(drained, "mgc_queue_messages", "address", "compliance").value_or(0), 0);
  EXPECT_GE(value(drained, "mgc_queue_consumed_total"), packs);
  stop_service(*service);
}

TEST_F(PipelineMetrics, AServiceWithoutItsQueueIsNotReadyUntilItIsBack) {
  const auto service = start_service();
  const auto port = metrics_port(*service);
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  queue_->kill(SIGTERM);
  EXPECT_EQ(queue_->wait(kPatience), 0);
  EXPECT_TRUE(eventually([&] { return !ready(port); }));
  EXPECT_THAT(test::get(port, "/readyz"), ContainsRegex("503 .*\n.*the queue: "));
  EXPECT_THAT(test::get(port, "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(value(scrape(port), "mgc_ready"), 0);
  queue_ = start_metered_queue();
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  stop_service(*service);
}

TEST_F(PipelineMetrics, AServiceWithoutItsDatabaseIsNotReadyUntilItIsBack) {
  const auto service = start_service();
  const auto port = metrics_port(*service);
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((dir_ / "mgccomp.db").c_str(), &raw), SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> other(raw, &sqlite3_close);
  ASSERT_EQ(sqlite3_busy_timeout(raw, 10'000), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(raw, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(eventually([&] {
    return test::get(port, "/readyz").find("\r\n\r\nmgccomp: ") != std::string::npos;
  })) << "its lease cannot be renewed";
  EXPECT_EQ(value(scrape(port), "mgc_consume_lease_held"), 0);
  EXPECT_GE(value(scrape(port), "mgc_consume_database_retries_total"), 1);
  ASSERT_EQ(sqlite3_exec(raw, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  stop_service(*service);
}

TEST_F(PipelineMetrics, AStandbyIsReadyAndHoldsNoLeaseUntilItTakesOver) {
  const auto first = start_service();
  const auto first_port = metrics_port(*first);
  EXPECT_TRUE(eventually([&] { return ready(first_port); }));
  const auto standby = start_service();
  const auto port = metrics_port(*standby);
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  EXPECT_EQ(value(scrape(port), "mgc_consume_lease_held"), 0);
  first->kill(SIGKILL);
  EXPECT_TRUE(eventually([&] { return value(scrape(port), "mgc_consume_lease_held") == 1; }));
  stop_service(*standby);
}

TEST_F(PipelineMetrics, AnOutboxThatIsFullIsNotReady) {
  const auto node =
      mgc({"node", "simulate", "--profile", "max", "--events", "0", "--node", "chat-1", "--outbox",
           outbox(1), "--broker", broker(), "--quota-bytes", "4096", "--metrics", "127.0.0.1:0"});
  const auto port = metrics_port(*node);
  EXPECT_TRUE(eventually([&] { return !ready(port); }));
  EXPECT_THAT(test::get(port, "/readyz"), HasSubstr("the outbox is full: "));
}

TEST_F(PipelineMetrics, APortThatIsUsedEndsTheProgramWith2) {
  const std::string used = "127.0.0.1:" + std::to_string(queue_metrics_);
  const std::vector<std::vector<std::string>> commands = {
      {"consume", "--broker", broker(), "--mgccomp", mgccomp()},
      {"queue", "--listen", "127.0.0.1:0", "--store", (dir_ / "other.db").string()},
      {"node", "simulate", "--node", "n", "--outbox", outbox(0), "--broker", broker()}};
  for (std::vector<std::string> command : commands) {
    command.insert(command.end(), {"--metrics", used});
    const auto process = mgc(command);
    EXPECT_EQ(process->wait(kPatience), 2);
    EXPECT_THAT(process->err(), HasSubstr(used)) << process->err();
    EXPECT_THAT(process->err(), HasSubstr("in use"));
  }
}

TEST_F(PipelineMetrics, TopShowsWhatRunsAndWhatDoesNot) {
  const auto service = start_service();
  const auto port = metrics_port(*service);
  EXPECT_TRUE(eventually([&] { return ready(port); }));
  const auto url = [](int at) { return "http://127.0.0.1:" + std::to_string(at); };
  const auto fine = mgc({"top", url(port), url(queue_metrics_), "--once", "--interval", "0.2"});
  EXPECT_EQ(fine->wait(kPatience), 0) << fine->err();
  EXPECT_THAT(fine->out(), ContainsRegex("compliance +consuming "));
  EXPECT_THAT(fine->out(), HasSubstr("serving"));
  EXPECT_THAT(fine->out(), HasSubstr("endpoints away: 0 of 2"));
  const auto away = mgc({"top", url(port), url(1), "--json", "--interval", "0.2"});
  EXPECT_EQ(away->wait(kPatience), 3) << away->err();
  const auto document = nlohmann::json::parse(away->out());
  EXPECT_EQ(document["endpoints"][0]["metrics"]["mgc_consume_lease_held{lane=\"compliance\"}"], 1);
  EXPECT_THAT(document["endpoints"][1]["error"].get<std::string>(), HasSubstr("refused"));
  stop_service(*service);
}

/// The names in expressions: labels and functions have none of our prefix.
std::set<std::string> names_in(const std::string& path) {
  std::ifstream file(std::string(MGC_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  static const std::regex name("mgc_(build|consume|node|queue|ready|start|store)[a-z_]*");
  return {std::sregex_token_iterator(all.begin(), all.end(), name), std::sregex_token_iterator()};
}

TEST_F(PipelineMetrics, EveryMetricOfDashboardAndAlertsIsServed) {
  const auto node = start_node(100);
  const auto node_port = metrics_port(*node);
  // The node waits for its receipts until the service starts; then it ends, so it goes first.
  std::set<std::string> served;
  const auto add = [&](std::uint16_t port) {
    for (const MetricSample& sample : scrape(port)) served.insert(sample.name);
  };
  add(node_port);
  EXPECT_TRUE(eventually([&] { return value(scrape(queue_metrics_), "mgc_queue_messages") > 0; }));
  add(queue_metrics_);
  const auto service = start_service();
  const auto port = metrics_port(*service);
  EXPECT_EQ(node->wait(kPatience), 0) << node->err();
  // A chat server with watermarks, so that there is somebody to be heard.
  const Process server(
      {MGC_JOINING_NODE, "--node", "chat-2", "--outbox", outbox(2), "--broker", broker()},
      dir_ / "server");
  EXPECT_TRUE(eventually([&] {
    return value(scrape(port), "mgc_store_node_heard_age_seconds", "node", "chat-2").has_value();
  }));
  add(port);
  for (const char* path : {"deploy/prometheus/mgc.rules.yml", "deploy/grafana/mgc.json"}) {
    const auto named = names_in(path);
    EXPECT_GT(named.size(), 10U) << path;
    for (const std::string& name : named) {
      EXPECT_TRUE(served.contains(name)) << name << " in " << path;
    }
  }
  stop_service(*service);
}

}  // namespace
}  // namespace mgc
