// What auditors do is noted before they see anything, and the service makes events of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class AccessLog : public test::PipelineProcesses {
 protected:
  void SetUp() override {
    start_queue();
    auto node = mgc({"node", "replay", "--node", "node-0", "--outbox", outbox(0), "--broker",
                     broker(), "--linger", "5", logs().front()});
    EXPECT_EQ(node->wait(kPatience), 0) << node->err();
    drain();
  }
  /// Runs a service until it finds nothing to do.
  void drain(const std::string& failpoints = {}, int code = 0) {
    const auto service = mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease",
                              "2", "--until-idle", "1"},
                             failpoints);
    EXPECT_EQ(service->wait(kPatience), code) << service->err();
  }
  struct Ended {
    int code = 0;
    std::string out, err;
  };
  Ended run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--mgccomp", mgccomp()});
    const auto process = mgc(arguments);
    const auto code = process->wait(kPatience);
    return {code.value_or(-1), process->out(), process->err()};
  }
  json accesses() {
    auto found = run({"audit", "search", "--kind", "ACCESS", "--limit", "1000", "--json"});
    return json::parse(found.out, nullptr, false).at("hits");
  }
  [[nodiscard]] fs::path access_file() const { return dir_ / "mgccomp.db.access"; }
};

TEST_F(AccessLog, EveryCommandIsTwoEventsWithWhatItAskedAndSaw) {
  const std::vector<std::vector<std::string>> commands = {
      {"audit", "count"},
      {"audit", "search", "--room", "#ubuntu", "--word", "the", "--word", "a", "--limit", "3"},
      {"audit", "gaps"},
      {"audit", "nodes"},
      {"audit", "verify"},
      {"audit", "export", "--out", (dir_ / "out").string()},
      {"audit", "dead-letters", "list"}};
  for (const auto& command : commands) {
    const auto ended = run(command);
    EXPECT_EQ(ended.code, 0) << command[1] << ": " << ended.err;
  }
  drain();
  const json events = accesses();
  ASSERT_EQ(events.size(), 2 * commands.size()) << events.dump(1);
  const std::string asked = events.at(2).at("content");
  EXPECT_EQ(asked, R"(search {"limit":"3","room":"#ubuntu","word":["the","a"]})");
  const std::string saw = events.at(3).at("content");
  EXPECT_EQ(saw.substr(0, 8), "search {");
  EXPECT_EQ(json::parse(saw.substr(7)).at("exit"), 0);
  const std::string wrote = events.at(11).at("content");
  const json exported = json::parse(wrote.substr(7));
  EXPECT_EQ(exported.at("place"), (dir_ / "out" / "events.jsonl").string());
  EXPECT_EQ(exported.at("files"), 1);
  EXPECT_GT(exported.at("events"), 100);
  EXPECT_EQ(events.at(12).at("content"), "dead-letters list {}");
  EXPECT_EQ(events.at(0).at("synthetic"), true);

  const json verified = json::parse(run({"audit", "verify", "--json"}).out);
  EXPECT_EQ(verified.at("ok"), true) << verified.dump(1);
  EXPECT_EQ(verified.at("duties"), 2 * commands.size());
  EXPECT_EQ(verified.at("duties_waiting"), 3) << "the search before it, and its own beginning";
}

TEST_F(AccessLog, AnExportThatFailsIsNotedWithWhatItWrote) {
  const fs::path out = dir_ / "out";
  fs::create_directories(out / "events.jsonl");  // in the place of the file
  const auto failed = run({"audit", "export", "--out", out.string()});
  EXPECT_EQ(failed.code, 2) << failed.err;
  drain();
  const json events = accesses();
  ASSERT_EQ(events.size(), 2U) << events.dump(1);
  const json begun = json::parse(events.at(0).at("content").get<std::string>().substr(7));
  EXPECT_EQ(begun, json({{"out", out.string()}}));
  const json ended = json::parse(events.at(1).at("content").get<std::string>().substr(7));
  EXPECT_EQ(ended.at("exit"), 2);
  EXPECT_EQ(ended.at("place"), out.string());
}

TEST_F(AccessLog, EachRunOfTheAdapterIsAnAccess) {
  const fs::path out = dir_ / "out";
  for (int runs = 0; runs < 2; ++runs) {
    const auto ended = run({"audit", "adapter", "run", "--once", "--out", out.string()});
    EXPECT_EQ(ended.code, 0) << ended.err;
  }
  drain();
  const json events = accesses();
  ASSERT_EQ(events.size(), 4U) << events.dump(1);
  const std::string what = "adapter run ";
  EXPECT_EQ(events.at(0).at("content").get<std::string>().substr(0, what.size()), what);
  const auto end_of = [&](std::size_t at) {
    return json::parse(events.at(at).at("content").get<std::string>().substr(what.size()));
  };
  EXPECT_GT(end_of(1).at("events"), 100);
  EXPECT_GT(end_of(1).at("files"), 0);
  EXPECT_EQ(end_of(1).at("place"), out.string());
  EXPECT_EQ(end_of(3).at("events"), 0) << "nothing was new";
}

TEST_F(AccessLog, WhatCannotBeNotedIsNotShownUnlessTheOwnerAllowsIt) {
  fs::remove(access_file());
  fs::remove(access_file().string() + "-journal");
  fs::create_directory(access_file());  // no rights hold root up, this does
  const auto refused = run({"audit", "count"});
  EXPECT_EQ(refused.code, 2) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_NE(refused.err.find("nothing is read, because it cannot be noted in the access log"),
            std::string::npos)
      << refused.err;
  const auto not_allowed = run({"audit", "count", "--no-access-log"});
  EXPECT_EQ(not_allowed.code, 2);
  EXPECT_EQ(not_allowed.out, "");
  EXPECT_NE(not_allowed.err.find("mgc db access-log"), std::string::npos) << not_allowed.err;

  fs::remove(access_file());
  const auto set = mgc({"db", "access-log", mgccomp(), "--optional"});
  EXPECT_EQ(set->wait(kPatience), 0) << set->err();
  fs::remove(access_file());
  fs::remove(access_file().string() + "-journal");
  fs::create_directory(access_file());
  EXPECT_EQ(run({"audit", "count"}).code, 2) << "only where it is asked for";
  const auto allowed = run({"audit", "count", "--no-access-log"});
  EXPECT_EQ(allowed.code, 0) << allowed.err;
  EXPECT_NE(allowed.out, "");
}

TEST_F(AccessLog, ALogThatWasTakenAwayIsFoundAndItsNumbersAreNotGivenAgain) {
  EXPECT_EQ(run({"audit", "count"}).code, 0);
  drain();
  fs::remove(access_file());
  fs::remove(access_file().string() + "-journal");
  const auto verified = run({"audit", "verify"});
  EXPECT_EQ(verified.code, 1) << verified.out;
  EXPECT_NE(verified.out.find("row 1 of access_log, which is missing"), std::string::npos)
      << verified.out;
  drain();
  const json events = accesses();
  ASSERT_EQ(events.size(), 4U) << "those before, and the two of verify";
}

TEST_F(AccessLog, AServiceThatIsKilledMakesEachEventOnce) {
  for (const char* step : {"store.before_closing=crash@1", "store.after_closing=crash@1"}) {
    EXPECT_EQ(run({"audit", "count"}).code, 0);
    drain(step, 128 + SIGKILL);
  }
  drain();
  EXPECT_EQ(accesses().size(), 4U);
  drain();
  const json verified = json::parse(run({"audit", "verify", "--json"}).out);
  EXPECT_EQ(verified.at("ok"), true) << verified.dump(1);
}

TEST_F(AccessLog, ASearchOfAHundredThousandWordsIsRefusedOrNotedAsItIs) {
  std::ofstream settings(dir_ / "many.toml");
  settings << "[audit.search]\nword = [";
  for (int i = 0; i < 100'000; ++i) settings << (i == 0 ? "" : ",") << "\"word" << i << "\"";
  settings << "]\n";
  settings.close();
  const auto ended = run({"--config", (dir_ / "many.toml").string(), "audit", "search"});
  EXPECT_EQ(ended.code, 2) << ended.out.substr(0, 200);
  EXPECT_NE(ended.err.find("cannot be noted"), std::string::npos) << ended.err.substr(0, 500);
}

}  // namespace
}  // namespace mgc
