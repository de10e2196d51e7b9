// Two outboxes with one identity: a copy, and a backup that was put back.
#include <gtest/gtest.h>

#include <filesystem>

#include "audit/verify.hpp"
#include "spool/outbox.hpp"
#include "tests/support/pipeline.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc {
namespace {

using std::chrono::seconds;

class Identity : public test::PipelineTest {
 protected:
  std::unique_ptr<producer::Publisher> open(const std::string& file) {
    auto options = publisher_options("node-a");
    options.outbox = dir_ / file;
    return open_publisher(options);
  }
  static void publish(producer::Publisher& publisher, const std::string& what, int events) {
    for (int i = 0; i < events; ++i) {
      const auto published = publisher.publish(test::chat_event(what + " " + std::to_string(i)));
      ASSERT_TRUE(published) << published.error().message;
    }
  }
  void record(const std::string& file, const std::string& what, int events) {
    auto publisher = open(file);
    publish(*publisher, what, events);
    ASSERT_TRUE(publisher->wait_receipted(seconds{20}));
  }
  void copy(const std::string& from, const std::string& to) {
    std::filesystem::copy_file(dir_ / from, dir_ / to,
                               std::filesystem::copy_options::overwrite_existing);
  }
  /// Publishes until the publisher says that it is not the right one.
  std::string quarantined(producer::Publisher& publisher) {
    const auto deadline = clock_.steady_now() + seconds{30};
    while (clock_.steady_now() < deadline) {
      const auto published = publisher.publish(test::chat_event("of the copy"));
      if (!published) {
        EXPECT_EQ(published.error().action, Action::stop);
        return published.error().message;
      }
    }
    ADD_FAILURE() << "it was not noticed";
    return {};
  }
  [[nodiscard]] std::uint64_t waiting(const std::string& file) const {
    const auto status = spool::read_outbox_status(dir_ / file);
    EXPECT_TRUE(status);
    return status ? status->waiting_packs : 0;
  }
  void expect_only(std::uint64_t events, const std::string& what) {
    db::EventQuery query;
    query.limit = 1'000;
    const auto hits = open_reader()->search(query);
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->size(), events);
    for (const db::ComplianceEvent& hit : *hits) EXPECT_TRUE(hit.content.starts_with(what));
    const auto verified = audit::verify_store(*open_reader(), {});
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->ok()) << verified->findings.front().what;
  }
};

TEST_F(Identity, ACopiedOutboxIsFoundAndNothingOfItIsMergedOrPurged) {
  test::RunningService service(service_options("service"), clock_);
  record("a.outbox", "post", 3);
  copy("a.outbox", "b.outbox");
  record("a.outbox", "post", 3);
  {
    auto copied = open("b.outbox");
    EXPECT_NE(quarantined(*copied).find("mgc node new-epoch"), std::string::npos);
  }
  EXPECT_GT(waiting("b.outbox"), 0U) << "it is all that has these events";
  record("a.outbox", "post", 3);
  ASSERT_TRUE(service.stop());
  expect_only(9, "post");
}

TEST_F(Identity, OfTwoThatRunAtOnceOneIsQuarantinedAndTheOtherGoesOn) {
  test::RunningService service(service_options("service"), clock_);
  record("a.outbox", "post", 3);
  copy("a.outbox", "b.outbox");
  auto original = open("a.outbox");
  publish(*original, "post", 1);
  EXPECT_TRUE(original->wait_receipted(seconds{20}));
  auto copied = open("b.outbox");
  quarantined(*copied);
  publish(*original, "post", 20);
  EXPECT_TRUE(original->wait_receipted(seconds{20}));
  ASSERT_TRUE(service.stop());
  EXPECT_GT(count().dead_letters, 0U) << "equivocation keeps both";
  expect_only(24, "post");
}

TEST_F(Identity, ABackupOfAnOutboxThatIsPutBackIsFound) {
  test::RunningService service(service_options("service"), clock_);
  record("a.outbox", "post", 3);
  copy("a.outbox", "backup");
  record("a.outbox", "post", 3);
  copy("backup", "a.outbox");
  {
    auto restored = open("a.outbox");
    quarantined(*restored);
  }
  EXPECT_GT(waiting("a.outbox"), 0U);
  ASSERT_TRUE(service.stop());
  expect_only(6, "post");
}

TEST_F(Identity, AQuarantinedOutboxGoesOnUnderANewEpoch) {
  test::RunningService service(service_options("service"), clock_);
  record("a.outbox", "post", 3);
  copy("a.outbox", "b.outbox");
  record("a.outbox", "post", 3);
  {
    auto copied = open("b.outbox");
    quarantined(*copied);
  }
  const std::uint64_t recorded = spool::read_outbox_status(dir_ / "b.outbox")->recorded;
  const auto command = [&] {
    test::Process process({MGC_PROGRAM, "node", "new-epoch", "--outbox",
                           (dir_ / "b.outbox").string(), "--mgccomp", dsn()},
                          dir_ / "new-epoch");
    const int code = process.wait(seconds{20}).value_or(-1);
    EXPECT_TRUE(code == 0 || code == 1) << code << process.err();
    return code;
  };
  EXPECT_EQ(command(), 0);
  EXPECT_EQ(spool::read_outbox_status(dir_ / "b.outbox")->recorded, recorded - 3)
      << "what both had in common is stored";
  {
    auto copied = open("b.outbox");
    EXPECT_TRUE(copied->wait_receipted(seconds{20}));
  }
  EXPECT_EQ(command(), 1) << "nothing is left to do";
  record("a.outbox", "post", 1);
  ASSERT_TRUE(service.stop());
  expect_only(7 + recorded - 3, "");
  EXPECT_EQ(count().gaps, 0U);
  EXPECT_EQ(count().duplicates, 0U);
}

}  // namespace
}  // namespace mgc
