// A message that ends the service each time it is looked into, between others that do not.
#include <gtest/gtest.h>

#include "core/clock.hpp"
#include "db/session.hpp"
#include "tests/fault/pipeline_processes.hpp"
#include "tests/support/sample_events.hpp"
#include "transport/sender.hpp"

namespace mgc {
namespace {

class DeadlyMessage : public test::PipelineProcesses,
                      public testing::WithParamInterface<const char*> {
 protected:
  static constexpr std::uint64_t kGood = 40;
  static constexpr std::size_t kEvents = 5;  ///< of a pack

  void send(const std::string& node, std::uint64_t first_sequence, Bytes body) {
    if (!sender_) {
      transport::SenderOptions options;
      options.broker.url = broker();
      options.broker.client = "test";
      options.address = "compliance";
      auto started = transport::Sender::start(
          options, [](std::uint64_t, transport::Outcome, const std::string&) {});
      ASSERT_TRUE(started) << started.error().message;
      sender_ = std::move(*started);
    }
    transport::Message message;
    message.id = node + "/1/" + std::to_string(first_sequence);
    message.body = std::move(body);
    const auto sent = sender_->send(std::move(message), 1, now_.steady_now() + kPatience, {});
    ASSERT_TRUE(sent) << sent.error().message;
  }
  /// The next pack of the node whose packs are all to be stored.
  void send_good() {
    const std::uint64_t sequence = good_events_ + 1;
    Bytes body = test::pack_body("good", 1, sequence, kEvents, previous_);
    previous_ = test::sha256_of(body);
    good_events_ += kEvents;
    send("good", sequence, std::move(body));
  }
  std::string ask(const std::string& sql) {
    const auto session = db::open_session(mgccomp(), db::OpenMode::read_only);
    if (!session) return session.error().message;
    std::string answer;
    const auto asked = (*session)->query(sql, {}, [&](const db::Row& row) {
      answer = row.text(0);
      return false;
    });
    return asked ? answer : asked.error().message;
  }
  /// Starts the service again and again, as systemd would, until one of them has stored all; says
  /// how often it was killed.
  int run_until_all_is_stored(const std::string& bug) {
    int deaths = 0;
    const auto deadline = now_.steady_now() + kPatience;
    if (!service_) service_ = consume({}, bug);
    while (now_.steady_now() < deadline) {
      if (const auto ended = service_->wait(std::chrono::milliseconds{100})) {
        EXPECT_EQ(*ended, 128 + SIGKILL) << service_->err();
        ++deaths;
        service_ = consume({}, bug);
      }
      if (ask("SELECT count(*) FROM event") == std::to_string(good_events_) &&
          ask("SELECT count(*) FROM dead_letter") == "1") {
        return deaths;
      }
    }
    ADD_FAILURE() << "killed " << deaths
                  << " times, and not all is stored: " << audit("count").dump();
    return deaths;
  }

  SystemClock now_;
  std::uint64_t good_events_ = 0;
  Bytes previous_;
  std::unique_ptr<transport::Sender> sender_;
  std::unique_ptr<test::Process> service_;
};

TEST_P(DeadlyMessage, IsADeadLetterAfterThreeTrialsAndAllOthersAreStoredOnce) {
  start_queue();
  const Bytes deadly = test::pack_body("deadly", 1, 1, kEvents);
  for (std::uint64_t i = 0; i < kGood; ++i) {
    if (i == kGood / 2) send("deadly", 1, deadly);
    send_good();
  }
  const std::string bug = std::string(GetParam()) + ":deadly/1/1";
  const int deaths = run_until_all_is_stored(bug);
  EXPECT_GE(deaths, 1);
  EXPECT_LE(deaths, 4) << "once unseen, and three trials";
  EXPECT_EQ(ask("SELECT raw FROM dead_letter"), deadly);
  EXPECT_EQ(ask("SELECT message_id FROM dead_letter"), "deadly/1/1");
  EXPECT_NE(ask("SELECT reason FROM dead_letter").find("ended the service 3 times"),
            std::string::npos);
  EXPECT_EQ(ask("SELECT count(*) FROM attempt WHERE attempts > 0"), "1");

  // Its node has no receipt and sends it again, to this service and to the next one.
  for (const bool restart : {false, true}) {
    SCOPED_TRACE(restart);
    if (restart) {
      stop_service(*service_);
      service_ = consume({}, bug);
    }
    send("deadly", 1, deadly);
    send_good();
    EXPECT_EQ(run_until_all_is_stored(bug), 0);
  }
  stop_service(*service_);
  const auto counts = audit("count");
  EXPECT_EQ(counts.at("duplicates"), 0) << counts.dump();
  EXPECT_EQ(counts.at("gaps"), 0) << counts.dump();
  EXPECT_EQ(counts.at("dead_letters"), 1) << counts.dump();
  const auto verified = audit("verify");
  EXPECT_EQ(verified.at("ok"), true) << verified.dump(2);
}

INSTANTIATE_TEST_SUITE_P(Where, DeadlyMessage, testing::Values("die_on_decode", "die_on_write"),
                         [](const auto& where) { return std::string(where.param); });

}  // namespace
}  // namespace mgc
