// What happens to a broker, and that nothing is lost by it.
#include <atomic>
#include <set>
#include <thread>

#include "tests/brokers/broker_fixture.hpp"
#include "tests/support/pipeline.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::test {
namespace {

class BrokerTrouble : public BrokerTest {
 protected:
  /// Sends as a node does: what was not accepted is sent again.
  void send_all(transport::Sender& link, Outcomes& outcomes, std::uint64_t from, std::uint64_t to) {
    std::set<std::uint64_t> waiting;
    for (std::uint64_t number = from; number < to; ++number) waiting.insert(number);
    const auto deadline = in_seconds(60);
    while (!waiting.empty() && std::chrono::steady_clock::now() < deadline) {
      std::map<std::uint64_t, std::uint64_t> sent;
      for (const std::uint64_t number : waiting) {
        if (!link.send(text_message(number), tags_, deadline, {})) continue;
        sent[tags_++] = number;
      }
      ASSERT_TRUE(outcomes.wait(tags_, deadline));
      const auto heard = outcomes.heard();
      for (const auto& [tag, number] : sent) {
        if (heard.at(tag) == std::vector{Outcome::accepted}) waiting.erase(number);
      }
    }
    EXPECT_TRUE(waiting.empty()) << waiting.size() << " were never accepted";
  }
  /// Accepts what comes until each of the numbers has come at least once.
  void expect_all(Inbox& inbox, std::uint64_t from, std::uint64_t to) {
    const auto wanted = numbers(from, to);
    std::set<std::string> missing(wanted.begin(), wanted.end());
    const auto deadline = in_seconds(60);
    while (!missing.empty() && std::chrono::steady_clock::now() < deadline) {
      auto got = inbox.take(1, in_seconds(1));
      for (const std::string& body : bodies(got)) missing.erase(body);
      transport::accept(tokens(std::move(got)));
    }
    EXPECT_TRUE(missing.empty()) << missing.size() << " did not come, first " << *missing.begin();
  }

  void expect_outlives(const std::string& what) {
    Outcomes outcomes;
    Inbox inbox;
    const auto from = sender(outcomes);
    const auto to = receiver(inbox, 5);
    send_all(*from, outcomes, 0, 20);
    const auto in_hand = inbox.take(3);
    ASSERT_EQ(in_hand.size(), 3U);
    manage_broker(what);
    expect_all(inbox, 0, 20);
    send_all(*from, outcomes, 20, 30);
    expect_all(inbox, 20, 30);
  }

  std::uint64_t tags_ = 0;
};

TEST_P(BrokerTrouble, WhatWasAcceptedOutlivesARestart) { expect_outlives("restart"); }

TEST_P(BrokerTrouble, WhatWasAcceptedOutlivesAKill) { expect_outlives("kill"); }

// What the receiver holds is delivered again only when its connection was ended.
TEST_P(BrokerTrouble, AnAdministratorWhoClosesConnectionsLosesNothing) {
  Outcomes outcomes;
  Inbox inbox;
  const auto from = sender(outcomes);
  const auto to = receiver(inbox, 5);
  send_all(*from, outcomes, 0, 20);
  const auto held = inbox.take(5);
  ASSERT_EQ(held.size(), 5U);
  if (embedded()) {
    manage_broker("restart");
  } else {
    admin({"close"});
  }
  auto again = inbox.take(5);
  EXPECT_EQ(bodies(again), bodies(held)) << "the connection was not ended";
  send_all(*from, outcomes, 20, 30);
  transport::accept(tokens(std::move(again)));
  expect_all(inbox, 5, 30);
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerTrouble, testing::Values("embedded", "rabbitmq", "artemis"),
                         broker_name);

class SilentServer : public BrokerTrouble {
 protected:
  void TearDown() override { manage_broker("resume"); }
};

// As a machine that hangs: its kernel still acknowledges what it gets.
TEST_P(SilentServer, IsLeftAndWhatWasSentArrivesWhenItAnswersAgain) {
  transport::SenderOptions options;
  options.broker = broker();
  options.broker.idle_timeout = std::chrono::milliseconds{1'000};
  options.broker.watchdog = std::chrono::milliseconds{2'000};
  options.address = queue_;
  Outcomes outcomes;
  const auto from = *transport::Sender::start(options, outcomes.handler());
  ASSERT_TRUE(from->send(text_message(0), 0, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  manage_broker("pause");
  ASSERT_TRUE(from->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2)) << "it is still waited for";
  EXPECT_EQ(outcomes.count(Outcome::accepted), 1U);
  manage_broker("resume");
  tags_ = 2;
  send_all(*from, outcomes, 1, 3);
  Inbox inbox;
  const auto to = receiver(inbox);
  expect_all(inbox, 0, 3);
}

INSTANTIATE_TEST_SUITE_P(Brokers, SilentServer, testing::Values("rabbitmq", "artemis"),
                         broker_name);

class MissingQueue : public BrokerTrouble {
 protected:
  static void expect_way_out(const Result<void>& open, const std::string& queue) {
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error().action, Action::stop);
    const std::string fix = "`mgc queue declare --address " + queue;
    EXPECT_NE(open.error().message.find(fix), std::string::npos) << open.error().message;
  }
};

TEST_P(MissingQueue, IsRefusedWithTheWayOutAndWaitedFor) {
  queue_ += ".later";
  Outcomes outcomes;
  Inbox inbox;
  const auto from = sender(outcomes);
  const auto to = receiver(inbox);
  expect_way_out(from->wait_open(patience()), queue_);
  expect_way_out(to->wait_open(patience()), queue_);
  const auto sent = from->send(text_message(0), 0, in_seconds(1), {});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("queue declare"), std::string::npos) << sent.error().message;
  declare();
  send_all(*from, outcomes, 0, 3);
  expect_all(inbox, 0, 3);
}

TEST_P(MissingQueue, WhenItIsDeletedNothingIsAcceptedUntilItIsThereAgain) {
  Outcomes outcomes;
  Inbox inbox;
  const auto from = sender(outcomes);
  const auto to = receiver(inbox);
  send_all(*from, outcomes, 0, 3);
  expect_all(inbox, 0, 3);
  admin({"delete", queue_});
  const std::uint64_t before = tags_;
  for (int i = 0; i < 20; ++i) {
    if (!from->send(text_message(tags_), tags_, in_seconds(1), {})) break;
    ++tags_;
  }
  ASSERT_TRUE(outcomes.wait(tags_));
  EXPECT_EQ(outcomes.count(Outcome::accepted), before) << "accepted by a queue that is not there";
  declare();
  send_all(*from, outcomes, 100, 105);
  expect_all(inbox, 100, 105);
}

TEST_P(MissingQueue, ANodeMakesItsReceiptQueueWhereItMay) {
  transport::ReceiverOptions options;
  options.broker = broker();
  options.address = queue_ + ".receipts.new-node";
  options.declare_missing = true;
  Inbox inbox;
  const auto to = *transport::Receiver::start(options, inbox.handler());
  if (artemis()) return expect_way_out(to->wait_open(patience()), queue_ + " --node new-node");
  const auto open = to->wait_open(patience());
  ASSERT_TRUE(open) << open.error().message;
  Outcomes outcomes;
  const auto from = sender(outcomes, options.address);
  send_all(*from, outcomes, 0, 1);
  expect_all(inbox, 0, 1);
}

INSTANTIATE_TEST_SUITE_P(Brokers, MissingQueue, testing::Values("rabbitmq", "artemis"),
                         broker_name);

class RabbitAlarm : public BrokerTrouble {
 protected:
  void TearDown() override { admin({"alarm", "off"}); }
};

TEST_P(RabbitAlarm, TheSendersWindowBoundsWhatWaitsAndNothingIsLost) {
  constexpr std::size_t kWindow = 50;
  for (const char* what : {"memory", "disk"}) {
    SCOPED_TRACE(what);
    admin({"alarm", what});
    transport::SenderOptions options;
    options.broker = broker();
    options.address = queue_;
    options.unsettled_messages_max = kWindow;
    Outcomes outcomes;
    const auto from = *transport::Sender::start(options, outcomes.handler());
    std::uint64_t sent = 0;
    while (sent < 3 * kWindow && from->send(text_message(sent), sent, in_seconds(2), {})) ++sent;
    std::size_t settled = 0;
    for (const auto& [tag, heard] : outcomes.heard()) settled += heard.size();
    EXPECT_LE(sent - settled, kWindow);
    RecordProperty(what, std::to_string(settled) + " accepted of " + std::to_string(sent));
    admin({"alarm", "off"});
    ASSERT_TRUE(outcomes.wait(sent, in_seconds(60)));
    Inbox inbox;
    const auto to = receiver(inbox);
    tags_ = 0;
    Outcomes later;
    const auto again = sender(later);
    send_all(*again, later, outcomes.count(Outcome::accepted), sent);
    expect_all(inbox, 0, sent);
  }
}

// publish() hears nothing of it, whatever the broker takes meanwhile, and all is stored in the end.
TEST_P(RabbitAlarm, ANodeGoesOnRecordingAndAllOfItIsStored) {
  const std::string mgccomp = "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  ASSERT_TRUE(db::init_database(mgccomp, db::Schema::mgccomp, clock_));
  consumer::ServiceOptions of_service;
  of_service.broker = broker();
  of_service.address = queue_;
  of_service.mgccomp = mgccomp;
  RunningService service(of_service, clock_);
  producer::PublisherOptions options;
  options.node = "n1";
  options.outbox = dir_ / "n1.outbox";
  options.broker = broker();
  options.address = queue_;
  options.receipt_wait = std::chrono::seconds{2};
  options.watermark_interval = std::chrono::seconds{0};
  const auto publisher = *producer::Publisher::open(options);
  ASSERT_TRUE(publisher->publish(chat_event("before")));
  ASSERT_TRUE(publisher->wait_receipted(std::chrono::seconds{30}));

  admin({"alarm", "memory"});
  std::uint64_t recorded = 1;
  for (; recorded < 500; ++recorded) {
    ASSERT_TRUE(publisher->publish(chat_event("post " + std::to_string(recorded))));
  }
  const auto under_alarm = publisher->status();
  ASSERT_TRUE(under_alarm);
  EXPECT_EQ(under_alarm->recorded, recorded);
  RecordProperty("accepted under the alarm", std::to_string(under_alarm->accepted));
  admin({"alarm", "off"});
  EXPECT_TRUE(publisher->wait_receipted(std::chrono::seconds{60}));
  ASSERT_TRUE(service.stop());
  const auto counts = (*db::ComplianceReader::open(mgccomp))->count();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->events, recorded);
  EXPECT_EQ(counts->duplicates + counts->gaps + counts->dead_letters, 0U);
}

INSTANTIATE_TEST_SUITE_P(Brokers, RabbitAlarm, testing::Values("rabbitmq"), broker_name);

class ArtemisFull : public BrokerTrouble {
 protected:
  /// Sends messages of 1 KiB until the broker takes no more; how many it was given.
  std::uint64_t fill(transport::Sender& link, Outcomes& outcomes) {
    std::uint64_t sent = 0;
    while (sent < 3'000) {
      if (!link.send(text_message(sent, 1024), sent, in_seconds(1), {})) break;
      if (outcomes.count(Outcome::rejected) > 0) break;
      ++sent;
    }
    return sent;
  }
  std::size_t empty(Inbox& inbox, std::size_t count) {
    std::set<std::string> ids;
    const auto deadline = in_seconds(60);
    while (ids.size() < count && std::chrono::steady_clock::now() < deadline) {
      auto got = inbox.take(1, in_seconds(1));
      for (const Delivery& one : got) ids.insert(one.received.message.id);
      transport::accept(tokens(std::move(got)));
    }
    return ids.size();
  }
};

TEST_P(ArtemisFull, UnderBlockTheSenderWaitsAndGoesOn) {
  admin({"full", queue_, "BLOCK"});
  Outcomes outcomes;
  const auto from = sender(outcomes);
  const std::uint64_t sent = fill(*from, outcomes);
  ASSERT_LT(sent, 3'000U) << "it was never full";
  EXPECT_EQ(outcomes.count(Outcome::rejected), 0U);
  Inbox inbox;
  const auto to = receiver(inbox);
  EXPECT_EQ(empty(inbox, sent), sent);
  ASSERT_TRUE(from->send(text_message(9'999), 9'999, patience(), {}));
  EXPECT_EQ(empty(inbox, 1), 1U);
}

TEST_P(ArtemisFull, UnderFailWhatIsAcceptedIsStoredAndTheRestIsRejected) {
  admin({"full", queue_, "FAIL"});
  Outcomes outcomes;
  const auto from = sender(outcomes);
  const std::uint64_t sent = fill(*from, outcomes);
  ASSERT_LT(sent, 3'000U) << "it was never full";
  ASSERT_TRUE(outcomes.wait(sent));
  EXPECT_GT(outcomes.count(Outcome::rejected), 0U);
  const std::size_t accepted = outcomes.count(Outcome::accepted);
  Inbox inbox;
  const auto to = receiver(inbox);
  EXPECT_EQ(empty(inbox, accepted), accepted) << "accepted is stored";
  admin({"full", queue_, "PAGE"});
}

INSTANTIATE_TEST_SUITE_P(Brokers, ArtemisFull, testing::Values("artemis"), broker_name);

}  // namespace
}  // namespace mgc::test
