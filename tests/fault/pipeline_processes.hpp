#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

/// The four processes of the pipeline, as an operator runs them: queue, two nodes that replay the
/// bundled logs, and the compliance service.
class PipelineProcesses : public testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{60};

  /// Runs `mgc` with `arguments`; `failpoints` arms failure points in it (MGC_FAILPOINTS), and
  /// `bug` is planted (MGC_PLANTED_BUG).
  [[nodiscard]] std::unique_ptr<Process> mgc(std::vector<std::string> arguments,
                                             const std::string& failpoints = {},
                                             const std::string& bug = {}) {
    arguments.insert(arguments.begin(), MGC_PROGRAM);
    std::vector<std::string> environment;
    if (!failpoints.empty()) environment.push_back("MGC_FAILPOINTS=" + failpoints);
    if (!bug.empty()) environment.push_back("MGC_PLANTED_BUG=" + bug);
    return std::make_unique<Process>(arguments, dir_ / ("process-" + std::to_string(++started_)),
                                     environment);
  }

  /// Starts the queue on a free port, or on the port that it had before.
  void start_queue(const std::string& failpoints = {}) {
    queue_ = mgc({"queue", "--listen", "127.0.0.1:" + std::to_string(port_), "--store",
                  (dir_ / "queue.db").string()},
                 failpoints);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (port_ == 0 && std::chrono::steady_clock::now() < deadline) {
      const std::string log = queue_->err();
      const std::string said = "queue on 127.0.0.1:";
      if (const auto at = log.find(said); at != std::string::npos) {
        port_ = std::stoi(log.substr(at + said.size()));
      }
    }
    ASSERT_NE(port_, 0) << queue_->err();
  }

  [[nodiscard]] std::string broker() const { return "amqp://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] virtual std::string mgccomp() const {
    return "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  }

  [[nodiscard]] std::unique_ptr<Process> consume(const std::string& failpoints = {},
                                                 const std::string& bug = {}) {
    return mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease", "2",
                "--batch-events-max", "500"},
               failpoints, bug);
  }

  /// Replays half of the bundled logs: even ones as node-0, odd ones as node-1.
  [[nodiscard]] std::unique_ptr<Process> replay(int node, const std::string& failpoints = {}) {
    const std::string name = "node-" + std::to_string(node);
    std::vector<std::string> arguments = {"node",     "replay",     "--node",         name,
                                          "--outbox", outbox(node), "--broker",       broker(),
                                          "--wait",   "--json",     "--receipt-wait", "2"};
    int index = 0;
    for (const std::string& log : logs()) {
      if (index++ % 2 == node) arguments.push_back(log);
    }
    return mgc(arguments, failpoints);
  }
  [[nodiscard]] std::string outbox(int node) const {
    return (dir_ / ("node-" + std::to_string(node) + ".outbox")).string();
  }

  static std::vector<std::string> logs() {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(MGC_DEMO_LOGS)) {
      if (entry.path().extension() == ".log") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  /// Waits for a replay and gives its JSON result.
  nlohmann::json finish(Process& process) {
    const auto code = process.wait(kPatience);
    EXPECT_EQ(code, 0) << process.err();
    return nlohmann::json::parse(process.out(), nullptr, false);
  }

  nlohmann::json audit(const std::string& what) {
    const auto process = mgc({"audit", what, "--mgccomp", mgccomp(), "--json"});
    EXPECT_TRUE(process->wait(kPatience).has_value());
    return nlohmann::json::parse(process->out(), nullptr, false);
  }

  void stop_service(Process& service) {
    service.kill(SIGTERM);
    EXPECT_EQ(service.wait(std::chrono::seconds{10}), 0) << service.err();
  }

  /// Everything of both nodes is stored once, and the ledger says so too.
  void expect_all_stored(const nlohmann::json& first, const nlohmann::json& second) {
    const auto lines =
        first.at("lines").get<std::uint64_t>() + second.at("lines").get<std::uint64_t>();
    const auto rejects =
        first.at("rejects").get<std::uint64_t>() + second.at("rejects").get<std::uint64_t>();
    const nlohmann::json counts = audit("count");
    EXPECT_GT(lines, 1'000U);
    EXPECT_EQ(counts.at("events").get<std::uint64_t>(), lines - rejects) << counts.dump();
    EXPECT_EQ(counts.at("duplicates"), 0);
    EXPECT_EQ(counts.at("gaps"), 0);
    EXPECT_EQ(counts.at("dead_letters"), 0);
    const nlohmann::json verified = audit("verify");
    EXPECT_EQ(verified.at("ok"), true) << verified.dump(2);
  }

  TempDir dir_;
  std::unique_ptr<Process> queue_;
  int port_ = 0;
  int started_ = 0;
};

}  // namespace mgc::test
