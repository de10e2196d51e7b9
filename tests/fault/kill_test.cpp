#include <gtest/gtest.h>

#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

/// Which process is killed (as by kill -9) at which failure point, the how manyth time.
struct Kill {
  const char* process;
  const char* failpoint;
};

class KillTest : public test::PipelineProcesses, public testing::WithParamInterface<Kill> {};

TEST_P(KillTest, NothingIsLostAndNothingIsStoredTwice) {
  const Kill& kill = GetParam();
  const auto armed = [&](const std::string& process) {
    return process == kill.process ? std::string(kill.failpoint) : std::string();
  };
  start_queue(armed("queue"));
  auto service = consume(armed("service"));
  auto first = replay(0, armed("node"));
  auto second = replay(1);

  test::Process& victim = std::string(kill.process) == "queue"     ? *queue_
                          : std::string(kill.process) == "service" ? *service
                                                                   : *first;
  ASSERT_EQ(victim.wait(kPatience), 128 + SIGKILL) << victim.err();
  if (std::string(kill.process) == "queue") start_queue();
  if (std::string(kill.process) == "service") service = consume();
  if (std::string(kill.process) == "node") first = replay(0);

  const auto first_result = finish(*first);
  const auto second_result = finish(*second);
  stop_service(*service);
  expect_all_stored(first_result, second_result);
}

INSTANTIATE_TEST_SUITE_P(EveryDurableStep, KillTest,
                         testing::Values(Kill{"node", "outbox.before_commit=crash@2"},
                                         Kill{"node", "outbox.after_commit=crash@2"},
                                         Kill{"node", "outbox.before_purge=crash@1"},
                                         Kill{"queue", "queue.before_commit=crash@2"},
                                         Kill{"queue", "queue.after_commit=crash@2"},
                                         Kill{"service", "store.before_commit=crash@2"},
                                         Kill{"service", "store.after_commit=crash@2"},
                                         Kill{"service", "consumer.before_settle=crash@1"},
                                         Kill{"service", "consumer.before_receipt=crash@1"}),
                         [](const auto& kill) {
                           std::string name;
                           for (const char c :
                                std::string(kill.param.process) + "_" + kill.param.failpoint) {
                             name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           }
                           return name;
                         });

class Replay : public test::PipelineProcesses {};

TEST_F(Replay, TheSameFilesWithTheSameOutboxAddNothing) {
  start_queue();
  auto service = consume();
  auto first = replay(0);
  auto second = replay(1);
  const auto first_result = finish(*first);
  const auto second_result = finish(*second);
  const auto before = audit("count").at("events").get<std::uint64_t>();
  first = replay(0);
  second = replay(1);
  EXPECT_EQ(finish(*first).at("lines"), first_result.at("lines"));
  EXPECT_EQ(finish(*second).at("lines"), second_result.at("lines"));
  EXPECT_EQ(audit("count").at("events").get<std::uint64_t>(), before);
  stop_service(*service);
  expect_all_stored(first_result, second_result);
}

}  // namespace
}  // namespace mgc
