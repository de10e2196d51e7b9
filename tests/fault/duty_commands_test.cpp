// Holds, retention and redaction as their commands do them, beside a service.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

using nlohmann::json;

/// A log of 2006 in a sealed segment, and one of 2008 behind it.
class DutyCommands : public test::PipelineProcesses {
 protected:
  void SetUp() override {
    start_queue();
    for (const std::string& log : {logs().at(0), logs().at(1)}) {
      auto node = mgc({"node", "replay", "--node", "node-0", "--outbox", outbox(0), "--broker",
                       broker(), "--linger", "5", log});
      EXPECT_EQ(node->wait(kPatience), 0) << node->err();
      drain();
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (segments(before_2008({"--dry-run"}).out).empty() &&
           std::chrono::steady_clock::now() < deadline) {
      drain();
    }
  }
  /// Runs a service until it finds nothing to do.
  void drain() {
    const auto service = mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease",
                              "2", "--segment-events", "1000", "--until-idle", "1"});
    EXPECT_EQ(service->wait(kPatience), 0) << service->err();
  }
  struct Ended {
    int code = 0;
    std::string out, err;
  };
  Ended run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    arguments.insert(arguments.end(), {"--mgccomp", mgccomp(), "--json"});
    const auto process = mgc(arguments);
    const auto code = process->wait(kPatience);
    return {code.value_or(-1), process->out(), process->err()};
  }
  Ended before_2008(std::vector<std::string> more) {
    more.insert(more.begin(), {"retention", "--before", "2008-01-01", "--wait", "0"});
    return run(more);
  }
  static json segments(const std::string& out) {
    const json document = json::parse(out, nullptr, false);
    return document.is_object() ? document.at("segments") : json::array();
  }
  std::vector<std::string> contents(const std::string& kind) {
    const auto found = run({"search", "--kind", kind, "--limit", "1000"});
    const json document = json::parse(found.out, nullptr, false);
    std::vector<std::string> all;
    for (const auto& hit : document.at("hits")) all.push_back(hit.at("content"));
    return all;
  }
};

TEST_F(DutyCommands, WhatIsHeldStaysAndWhatIsOldGoesWithARecordOfIt) {
  EXPECT_EQ(run({"hold", "add", "--name", "case 17", "--reason", "legal"}).code, 2)
      << "it has to say what it holds";
  const auto added = run({"hold", "add", "--name", "case 17", "--reason", "legal", "--since",
                          "2006-03-05", "--until", "2006-03-07"});
  ASSERT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(json::parse(added.out).at("hold"), 1);
  const json listed = json::parse(run({"hold", "list"}).out);
  ASSERT_EQ(listed.at("holds").size(), 1U);
  EXPECT_EQ(listed.at("holds")[0].at("details").at("name"), "case 17");

  const auto held = before_2008({});
  EXPECT_EQ(held.code, 1) << held.err;
  for (const json& one : segments(held.out)) {
    EXPECT_EQ(one.at("state"), "held");
    EXPECT_EQ(one.at("held")[0].at("hold"), 1);
    EXPECT_GE(one.at("held")[0].at("events"), 1'000);
  }
  const auto whole = audit("count").at("events").get<int>();
  EXPECT_EQ(run({"hold", "release", "1", "--reason", "settled"}).code, 0);
  const auto waits = before_2008({});
  EXPECT_EQ(waits.code, 1) << "the ledger does not say so yet";
  EXPECT_EQ(segments(waits.out).at(0).at("state"), "waits");
  EXPECT_EQ(audit("count").at("events"), whole);
  drain();
  const auto gone = before_2008({});
  EXPECT_EQ(gone.code, 0) << gone.err;
  EXPECT_EQ(segments(gone.out).at(0).at("state"), "removed");
  EXPECT_LE(audit("count").at("events"), whole - 1'000);
  const json verified = audit("verify");
  EXPECT_EQ(verified.at("ok"), true) << verified.dump(1);
  EXPECT_GE(verified.at("removed_events"), 1'000);
  EXPECT_EQ(contents("REMOVAL").size(), 1U);
  EXPECT_EQ(contents("HOLD").size(), 2U);
}

TEST_F(DutyCommands, NobodyRedactsAlone) {
  const json asked = json::parse(run({"redact", "request", "7", "--reason", "a mistake"}).out);
  const auto alone = run({"redact", "approve", std::to_string(asked.at("request").get<int>())});
  EXPECT_EQ(alone.code, 2);
  EXPECT_NE(alone.err.find("somebody else has to approve it"), std::string::npos) << alone.err;
  EXPECT_EQ(run({"redact", "request", "7", "--reason", ""}).code, 2) << "without a reason";
  drain();
  EXPECT_EQ(audit("verify").at("redacted_events"), 0);
  const auto noted = contents("ACCESS");
  EXPECT_TRUE(std::ranges::any_of(noted, [](const std::string& one) {
    return one.starts_with("redact approve {\"events\":0,\"exit\":2");
  })) << "who tried it is in the ledger";
}

}  // namespace
}  // namespace mgc
