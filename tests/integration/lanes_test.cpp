#include <gmock/gmock.h>

#include <chrono>
#include <functional>

#include "db/compliance_reader.hpp"
#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

using nlohmann::json;
using test::Process;

/// A queue that is split into lanes, each with a service of its own, into one mgccomp. Of two lanes
/// chat-1 is in the first and chat-2 in the second one (schema/lane.hpp).
class Lanes : public test::PipelineProcesses {
 protected:
  void SetUp() override { start_queue(); }

  std::unique_ptr<Process> serve(const std::string& lane) {
    return mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--address", lane,
                "--lease", "2", "--batch-events-max", "200"});
  }
  std::unique_ptr<Process> record(const std::string& node, const std::string& lanes,
                                  const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "node",     "replay", "--node",  node,  "--outbox", (dir_ / (node + ".outbox")).string(),
        "--broker", broker(), "--lanes", lanes, "--json",   "--receipt-wait",
        "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return mgc(arguments);
  }
  static bool eventually(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }
  bool says(const Process& process, const std::string& text) {
    return eventually([&] { return process.err().find(text) != std::string::npos; });
  }
  std::uint64_t stored() {
    const json counts = audit("count");
    return counts.is_object() ? counts.value("events", std::uint64_t{0}) : 0;
  }
  /// Messages in the queue `address`.
  std::uint64_t waiting(const std::string& address) {
    const auto status = mgc({"queue", "status", "--broker", broker(), "--json"});
    EXPECT_EQ(status->wait(kPatience), 0) << status->err();
    const json document = json::parse(status->out());
    for (const json& one : document.at("addresses")) {
      if (one.at("address") == address) return one.at("messages");
    }
    return 0;
  }
  std::uint64_t blocks(const std::string& lane) {
    auto reader = db::ComplianceReader::open(mgccomp());
    EXPECT_TRUE(reader) << reader.error().message;
    std::uint64_t count = 0;
    const auto read = (*reader)->each_block(lane, [&](const db::BlockRow&) { return ++count > 0; });
    EXPECT_TRUE(read) << read.error().message;
    return count;
  }
};

TEST_F(Lanes, AStandbyTakesOverOneLaneAndTheOtherGoesOn) {
  const auto first = serve("compliance.0");
  ASSERT_TRUE(says(*first, "consuming compliance.0"));
  const auto other = serve("compliance.1");
  const auto standby = serve("compliance.0");
  ASSERT_TRUE(says(*other, "consuming compliance.1"));
  ASSERT_TRUE(says(*standby, "standing by: lane compliance.0"));
  const auto paths = logs();
  const auto one = record("chat-1", "2", {"--wait", paths.at(0), paths.at(1), paths.at(2)});
  const auto two = record("chat-2", "2", {"--wait", paths.at(3), paths.at(4)});
  EXPECT_TRUE(eventually([&] { return stored() > 0; }));
  first->kill(SIGKILL);
  expect_all_stored(finish(*one), finish(*two));
  EXPECT_TRUE(says(*standby, "consuming compliance.0"));
  EXPECT_GT(blocks("compliance.0"), 0U);
  EXPECT_GT(blocks("compliance.1"), 0U);
  stop_service(*standby);
  stop_service(*other);
}

// The operator changes N while packs of the node wait in its old lane. Both lanes then hold packs
// of one epoch, the new one perhaps the later ones first, and receipts of the old one are not
// heard.
TEST_F(Lanes, ANodeThatMovesToAnotherLaneLosesNothingAndRepeatsNothing) {
  const auto paths = logs();
  const json before = finish(*record("chat-1", "2", {"--linger", "30", paths.at(0)}));
  EXPECT_GT(waiting("compliance.0"), 0U);
  const auto fresh = serve("compliance.2");
  ASSERT_TRUE(says(*fresh, "consuming compliance.2"));
  const auto moved = record("chat-1", "4", {"--wait", paths.at(1)});
  EXPECT_TRUE(eventually([&] { return stored() > 0; }));
  const auto old = serve("compliance.0");
  const json after = finish(*moved);
  EXPECT_EQ(after.at("receipted"), after.at("recorded"));
  // What was sent again may still be in the old lane: it is a duplicate there.
  EXPECT_TRUE(eventually([&] { return waiting("compliance.0") + waiting("compliance.2") == 0; }));
  expect_all_stored(before, after);
  stop_service(*old);
  stop_service(*fresh);
}

TEST_F(Lanes, DeclareMakesEachLaneAndTheReceiptQueuesOfItsNodes) {
  const auto declared = mgc({"queue", "declare", "--broker", broker(), "--lanes", "2", "--node",
                             "chat-1", "--node", "chat-2", "--json"});
  ASSERT_EQ(declared->wait(kPatience), 0) << declared->err();
  std::vector<std::string> queues;
  const json document = json::parse(declared->out());
  for (const json& one : document.at("queues")) queues.push_back(one.at("address"));
  EXPECT_THAT(queues, testing::UnorderedElementsAre(
                          "compliance.0", "compliance.0.dead", "compliance.0.receipts.chat-1",
                          "compliance.1", "compliance.1.dead", "compliance.1.receipts.chat-2"));
}

}  // namespace
}  // namespace mgc
