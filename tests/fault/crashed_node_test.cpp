// A node is killed with people joined, as real processes.
#include <gtest/gtest.h>

#include <set>

#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

using nlohmann::json;

class CrashedNode : public test::PipelineProcesses {
 protected:
  /// Starts chat-1 and returns when all its people are joined and stored.
  std::unique_ptr<test::Process> start_node(int people) {
    const std::vector<std::string> command = {MGC_JOINING_NODE, "--node",   "chat-1",
                                              "--outbox",       outbox(9),  "--broker",
                                              broker(),         "--people", std::to_string(people)};
    auto node = std::make_unique<test::Process>(
        command, dir_ / ("node-process-" + std::to_string(++started_)));
    EXPECT_TRUE(eventually([&] { return node->out() == "joined\n"; })) << node->err();
    return node;
  }
  static void kill_node(test::Process& node) {
    node.kill(SIGKILL);
    EXPECT_EQ(node.wait(kPatience), 128 + SIGKILL);
  }
  static void stop_node(test::Process& node) {
    node.kill(SIGTERM);
    EXPECT_EQ(node.wait(kPatience), 0) << node.err();
  }

  template <typename Condition>
  static bool eventually(Condition holds) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

  json run_json(std::vector<std::string> arguments, int expected_code) {
    arguments.insert(arguments.end(), {"--mgccomp", mgccomp(), "--json"});
    const auto process = mgc(arguments);
    EXPECT_EQ(process->wait(kPatience), expected_code) << process->err();
    return json::parse(process->out(), nullptr, false);
  }
  /// The PARTs that the service made.
  std::vector<json> synthetic() {
    const json found = run_json({"audit", "search", "--kind", "PART", "--limit", "100000"}, 0);
    std::vector<json> made;
    for (const json& hit : found.at("hits")) {
      if (hit.at("synthetic") == true) made.push_back(hit);
    }
    return made;
  }
  std::uint64_t parts() {
    const json counts = audit("count");
    return counts.is_object() ? counts.at("by_kind").value("PART", std::uint64_t{0}) : 0;
  }
  /// What `audit nodes` says of chat-1, the only node; its exit code has to fit.
  std::string state(const std::string& dead_after) {
    const auto process =
        mgc({"audit", "nodes", "--dead-after", dead_after, "--mgccomp", mgccomp(), "--json"});
    const auto code = process->wait(kPatience);
    const json nodes = json::parse(process->out()).at("nodes");
    EXPECT_EQ(nodes.size(), 1U) << nodes.dump();
    const std::string said = nodes.at(0).at("state");
    EXPECT_EQ(code, said == "dead" ? 1 : 0) << process->err();
    return said;
  }
  void expect_verified() {
    const json verified = audit("verify");
    EXPECT_EQ(verified.at("ok"), true) << verified.dump(2);
    EXPECT_EQ(verified.at("findings_total"), 0);
  }
  /// Services that find nothing to do add nothing.
  void expect_closed_for_good(std::size_t people) {
    const auto idle = mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease", "2",
                           "--until-idle", "1"});
    EXPECT_EQ(idle->wait(kPatience), 0) << idle->err();
    std::set<std::string> rooms_and_people;
    const auto made = synthetic();
    for (const json& hit : made) {
      rooms_and_people.insert(hit.at("room_uri").get<std::string>() + ' ' +
                              hit.at("actor_uri").get<std::string>());
      EXPECT_EQ(hit.at("content"), "closed by the service: node chat-1 crashed");
      EXPECT_EQ(hit.at("node"), "mgc-service.1");
    }
    EXPECT_EQ(made.size(), people);
    EXPECT_EQ(rooms_and_people.size(), people) << "nobody twice";
    expect_verified();
  }
};

TEST_F(CrashedNode, WhomItLeftJoinedIsPartedOnceAndMarked) {
  start_queue();
  auto service = consume();
  auto node = start_node(20);
  EXPECT_EQ(state("60"), "running");
  kill_node(*node);
  EXPECT_TRUE(eventually([&] { return state("1") == "dead"; }));
  EXPECT_EQ(parts(), 0U) << "nobody knows yet whether it comes back";

  node = start_node(20);
  EXPECT_TRUE(eventually([&] { return parts() == 20; }));
  EXPECT_EQ(synthetic().size(), 20U);
  // A clean stop leaves nothing to close: the node says itself who parts.
  stop_node(*node);
  EXPECT_TRUE(eventually([&] { return parts() == 40; }));
  EXPECT_TRUE(eventually([&] { return state("1") == "stopped"; }));
  node = start_node(20);
  stop_node(*node);
  EXPECT_TRUE(eventually([&] { return parts() == 60; }));
  stop_service(*service);
  expect_closed_for_good(20);
  EXPECT_EQ(parts(), 60U);
  EXPECT_EQ(audit("count").at("gaps"), 0);
}

class ClosingKilled : public CrashedNode, public testing::WithParamInterface<const char*> {};

TEST_P(ClosingKilled, EverybodyIsPartedOnce) {
  constexpr int kPeople = 2'500;  // three pages
  start_queue();
  auto service = consume(GetParam());
  auto node = start_node(kPeople);
  kill_node(*node);
  node = start_node(1);
  ASSERT_EQ(service->wait(kPatience), 128 + SIGKILL) << service->err();
  service = consume();
  EXPECT_TRUE(eventually([&] { return parts() >= kPeople; }));
  stop_node(*node);
  EXPECT_TRUE(eventually([&] { return parts() == kPeople + 1; }));
  stop_service(*service);
  expect_closed_for_good(kPeople);
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, ClosingKilled,
                         testing::Values("store.before_closing=crash@1",
                                         "store.after_closing=crash@1",
                                         "store.before_closing=crash@3",
                                         "store.after_closing=crash@2",
                                         "store.after_closing=crash@3"),
                         [](const auto& point) {
                           std::string name;
                           for (const char c : std::string(point.param)) {
                             name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace mgc
