#include <gtest/gtest.h>

#include <thread>

#include "audit/verify.hpp"
#include "db/chat_database.hpp"
#include "tests/support/pipeline.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc {
namespace {

using std::chrono::seconds;
using test::RunningService;

/// Events without names, and a chat database that knows them.
class Names : public test::PipelineTest {
 protected:
  [[nodiscard]] std::string mgc() const { return "sqlite3://db=" + (dir_ / "mgc.db").string(); }

  [[nodiscard]] consumer::ServiceOptions with_mgc() const {
    auto options = service_options("service");
    options.mgc = mgc();
    return options;
  }
  static schema::Event nameless() {
    auto event = test::chat_event("hello");
    event.room->name.clear();
    event.actor->name.clear();
    event.actor->email.clear();
    return event;
  }
  void make_mgc() {
    const auto made = db::init_database(mgc(), db::Schema::mgc, clock_);
    ASSERT_TRUE(made) << made.error().message;
    auto chat = db::ChatDatabase::open(mgc());
    ASSERT_TRUE(chat) << chat.error().message;
    const auto event = test::chat_event("hello");
    const db::HistoryEntry entry{&event, "key"};
    ASSERT_TRUE((*chat)->record({&entry, 1}));
  }
  void publish_nameless(producer::Publisher& publisher) {
    const auto published = publisher.publish(nameless());
    ASSERT_TRUE(published) << published.error().message;
  }
  /// Polls what an auditor sees of the one event until it has a name.
  std::string shown_name() {
    const auto deadline = clock_.steady_now() + seconds{40};
    std::string name;
    while (name.empty() && clock_.steady_now() < deadline) {
      const auto hits = open_reader()->search({});
      if (hits && !hits->empty()) name = hits->front().actor_name.value_or("");
      std::this_thread::yield();
    }
    return name;
  }
};

TEST_F(Names, AShortRunHasThemAtItsEnd) {
  make_mgc();
  auto publisher = open_publisher(publisher_options("node-a"));
  publish_nameless(*publisher);
  auto options = with_mgc();
  options.until_idle = seconds{1};
  RunningService service(options, clock_);
  ASSERT_TRUE(service.wait()) << service.wait().error().message;
  const auto hits = open_reader()->search({});
  ASSERT_TRUE(hits);
  ASSERT_EQ(hits->size(), 1U);
  EXPECT_EQ(hits->front().room_name, "#ubuntu");
  EXPECT_EQ(hits->front().actor_name, "anna");
  EXPECT_EQ(hits->front().actor_email, "anna@example.org");
  const auto report = audit::verify_store(*open_reader(), {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->findings.empty()) << "what mgc said is no part of the evidence";
}

TEST_F(Names, AnMgcThatIsAwayHoldsNothingUpAndIsAskedAgain) {
  auto publisher = open_publisher(publisher_options("node-a"));
  RunningService service(with_mgc(), clock_);
  publish_nameless(*publisher);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  EXPECT_EQ(count().events, 1U);
  make_mgc();
  EXPECT_EQ(shown_name(), "anna");
  ASSERT_TRUE(service.stop()) << service.stop().error().message;
}

TEST_F(Names, AStopWithMgcAwayIsClean) {
  auto publisher = open_publisher(publisher_options("node-a"));
  RunningService service(with_mgc(), clock_);
  publish_nameless(*publisher);
  EXPECT_TRUE(publisher->wait_receipted(seconds{20}));
  const auto& totals = service.stop();
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_EQ(totals->events, 1U);
}

}  // namespace
}  // namespace mgc
