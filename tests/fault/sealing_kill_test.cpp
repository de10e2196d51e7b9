// The service is killed between the steps that begin and seal segments, on each engine.
#include <gtest/gtest.h>

#include <map>

#include "tests/fault/pipeline_processes.hpp"
#include "tests/store/engine.hpp"

namespace mgc {
namespace {

class SealingKill : public test::PipelineProcesses,
                    public testing::WithParamInterface<const char*> {
 protected:
  [[nodiscard]] std::string mgccomp() const override { return engine_->dsn(); }

  std::unique_ptr<test::Process> start_service(const std::string& failpoints) {
    return mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease", "2",
                "--batch-events-max", "200", "--segment-events", "50"},
               failpoints);
  }
  void SetUp() override {
    const auto made = mgc({"db", "init", mgccomp(), "--json"});
    ASSERT_EQ(made->wait(kPatience), 0) << made->err();
  }
  /// Segments by state, as the operator sees them.
  std::map<std::string, int> segments() {
    const auto process = mgc({"db", "status", mgccomp(), "--json"});
    std::map<std::string, int> by_state;
    EXPECT_EQ(process->wait(kPatience), 0) << process->err();
    const auto status = nlohmann::json::parse(process->out(), nullptr, false);
    for (const auto& one : status.at("segments")) ++by_state[one.at("state")];
    return by_state;
  }
  /// Until every segment is sealed but the hot one and the one that waits for its turn.
  void expect_all_sealed() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    auto by_state = segments();
    while ((by_state["full"] > 0 || by_state["next"] == 0) &&
           std::chrono::steady_clock::now() < deadline) {
      by_state = segments();
    }
    EXPECT_EQ(by_state["full"], 0);
    EXPECT_EQ(by_state["hot"], 1);
    EXPECT_EQ(by_state["next"], 1);
    EXPECT_GE(by_state["sealed"], 1);
  }
  std::string search(const std::vector<std::string>& flags) {
    std::vector<std::string> arguments = {"audit",  "search",  "--mgccomp", mgccomp(),
                                          "--json", "--limit", "100000"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const auto process = mgc(arguments);
    EXPECT_EQ(process->wait(kPatience), 0) << process->err();
    std::string hits;
    const auto found = nlohmann::json::parse(process->out(), nullptr, false);
    for (const auto& hit : found.at("hits")) hits += hit.at("content").get<std::string>() + '\n';
    return hits;
  }

  const std::unique_ptr<test::TestEngine> engine_ = test::make_engine();
};

TEST_P(SealingKill, EveryEventIsStoredOnceAndEverySegmentSealed) {
  start_queue();
  auto service = start_service(GetParam());
  auto first = replay(0);
  auto second = replay(1);
  ASSERT_EQ(service->wait(kPatience), 128 + SIGKILL) << service->err();
  service = start_service("");
  const auto first_result = finish(*first);
  const auto second_result = finish(*second);
  expect_all_sealed();
  stop_service(*service);
  expect_all_stored(first_result, second_result);
  EXPECT_FALSE(search({"--word", "ubuntu"}).empty());
  EXPECT_EQ(search({"--word", "nosuchword"}), "");
}

INSTANTIATE_TEST_SUITE_P(EachStep, SealingKill,
                         testing::Values("segment.table_made=crash@1", "segment.table_made=crash@2",
                                         "segment.rolling=crash@1", "store.after_commit=crash@3",
                                         "segment.index_built=crash@2",
                                         "segment.before_sealed=crash@1"),
                         [](const auto& step) {
                           std::string name;
                           for (const char c : std::string(step.param)) {
                             name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace mgc
