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

class NodeStart : public test::PipelineTest {
 protected:
  /// Of all stored watermarks: where they are, and what they say.
  std::vector<std::string> watermarks() {
    std::vector<std::string> said;
    EXPECT_TRUE(open_reader()->each_pack("compliance", [&](const db::PackRow& row) {
      const auto pack = schema::decode_pack(row.body);
      for (std::size_t i = 0; pack && i < pack->size(); ++i) {
        const auto event = schema::view_event(pack->event(i));
        if (!event || !event->watermark) continue;
        const schema::Watermark& mark = *event->watermark;
        said.push_back(std::to_string(row.first_sequence + i) + " after " +
                       std::to_string(mark.last_sequence) + (mark.starting ? " starting" : "") +
                       (mark.stopping ? " stopping" : ""));
        sessions_.insert(mark.session);
      }
      return true;
    }));
    return said;
  }

  std::set<std::uint64_t> sessions_;
};

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
  const auto said = watermarks();
  EXPECT_EQ(said, (std::vector<std::string>{"1 after 0 starting", "5 after 4 stopping"}));
  EXPECT_EQ(sessions_.size(), 1U);
  EXPECT_FALSE(sessions_.contains(0));
}

// What is recorded before the start would seem to be of the session before it.
TEST_F(NodeStart, AStartThatFoundNoRoomGoesInFrontOfTheNextEvent) {
  auto options = publisher_options("node-a");
  options.quota_bytes = 2'000;
  options.at_limit = producer::AtLimit::refuse;
  std::uint64_t recorded = 0;
  {
    auto publisher = open_publisher(options);
    while (publisher->publish(chat_event("post"))) ++recorded;
  }
  options.at_limit = producer::AtLimit::block;
  options.watermark_interval = seconds{60};
  auto publisher = open_publisher(options);
  EXPECT_EQ(publisher->status()->recorded, recorded) << "there is no room for the start";
  RunningService service(service_options("service"), clock_);
  const auto published = publisher->publish(chat_event("of the new start"));
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(published->first_sequence, recorded + 2);
  EXPECT_EQ(published->last_sequence, recorded + 2);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_EQ(watermarks(), (std::vector<std::string>{std::to_string(recorded + 1) + " after " +
                                                    std::to_string(recorded) + " starting"}));
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
