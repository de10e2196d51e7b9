// What a publisher says of itself.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/pipeline.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc {
namespace {

using std::chrono::seconds;
using test::chat_event;
using test::RunningService;

class NodeStart : public test::PipelineTest {};

TEST_F(NodeStart, AStartAndACleanStopSayTheLastSequence) {
  auto options = publisher_options("node-a");
  options.watermark_interval = seconds{60};
  auto publisher = open_publisher(options);
  const std::vector<schema::Event> posts(3, chat_event("post"));
  ASSERT_TRUE(publisher->publish(posts));
  publisher->close(seconds{10});
  EXPECT_FALSE(publisher->publish(chat_event("too late")));
  publisher.reset();
  auto serving = service_options("service");
  serving.until_idle = seconds{1};
  ASSERT_TRUE(RunningService(serving, clock_).wait());
  std::vector<std::string> said;
  std::set<std::uint64_t> sessions;
  ASSERT_TRUE(open_reader()->each_pack("compliance", [&](const db::PackRow& row) {
    const auto pack = schema::decode_pack(row.body);
    for (std::size_t i = 0; pack && i < pack->size(); ++i) {
      const auto event = schema::view_event(pack->event(i));
      if (!event || !event->watermark) continue;
      const schema::Watermark& mark = *event->watermark;
      said.push_back(std::to_string(row.first_sequence + i) + " after " +
                     std::to_string(mark.last_sequence) + (mark.starting ? " starting" : "") +
                     (mark.stopping ? " stopping" : ""));
      sessions.insert(mark.session);
    }
    return true;
  }));
  EXPECT_EQ(said, (std::vector<std::string>{"1 after 0 starting", "5 after 4 stopping"}));
  EXPECT_EQ(sessions.size(), 1U);
  EXPECT_FALSE(sessions.contains(0));
}

TEST_F(NodeStart, TheNameOfTheServiceIsNoNodesName) {
  auto options = publisher_options("mgc-service.1");
  const auto refused = producer::Publisher::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::stop);
  EXPECT_NE(refused.error().message.find("is the compliance service's own"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace mgc
