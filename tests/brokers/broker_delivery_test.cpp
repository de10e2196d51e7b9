// What every broker has to do for the pipeline.
#include <set>

#include "schema/limits.hpp"
#include "tests/brokers/broker_fixture.hpp"
#include "tests/support/fault_proxy.hpp"

namespace mgc::test {
namespace {

class BrokerDelivery : public BrokerTest {};

TEST_P(BrokerDelivery, AMessageComesAsItWasSent) {
  transport::Message message;
  message.id = "n1/3/77/10";
  message.group = "n1";
  message.content_type = "application/vnd.mgc.pack";
  message.content_encoding = "zstd";
  for (int byte = 0; byte < 256; ++byte) message.body += static_cast<char>(byte);
  Outcomes outcomes;
  Inbox inbox;
  const auto from = sender(outcomes);
  const auto to = receiver(inbox);
  ASSERT_TRUE(from->send(message, 1, patience(), {}));
  auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].received.fault, "");
  EXPECT_EQ(got[0].received.message.id, message.id);
  EXPECT_EQ(got[0].received.message.group, message.group);
  EXPECT_EQ(got[0].received.message.content_type, message.content_type);
  EXPECT_EQ(got[0].received.message.content_encoding, message.content_encoding);
  EXPECT_EQ(got[0].received.message.body, message.body);
}

TEST_P(BrokerDelivery, TheLargestPackPassesAndALargerMessageIsNamed) {
  Outcomes outcomes;
  Inbox inbox;
  const auto from = sender(outcomes);
  const auto to = receiver(inbox);
  const std::size_t most = schema::kPackBytesMax;
  ASSERT_TRUE(from->send(text_message(1, most), 1, patience(), {}));
  auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].received.fault, "");
  EXPECT_EQ(got[0].received.message.body.size(), most);
  transport::accept(tokens(std::move(got)));

  ASSERT_TRUE(from->send(text_message(2, most + 1), 2, patience(), {}));
  got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_NE(got[0].received.fault.find("more than"), std::string::npos) << got[0].received.fault;
  transport::accept(tokens(std::move(got)));
}

// More often than Artemis tries by itself before it calls a message dead (10).
TEST_P(BrokerDelivery, WhatIsNotAcceptedComesAgainHoweverOften) {
  put(0, 3);
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE(round);
    auto proxy = std::make_unique<FaultProxy>(port());
    Inbox inbox;
    auto options = broker();
    options.url = url(proxy->port());
    const auto link = *transport::Receiver::start({options, queue_, 8}, inbox.handler());
    auto got = inbox.take(3);
    ASSERT_EQ(got.size(), 3U);
    if (round % 2 == 1) {
      proxy.reset();  // the connection ends without a word
    } else {
      got.clear();  // gives all of them back
      ASSERT_TRUE(link->flush(patience()));
    }
  }
  Inbox inbox;
  const auto link = receiver(inbox);
  auto got = inbox.take(3);
  auto left = bodies(got);
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, numbers(0, 3));
  transport::accept(tokens(std::move(got)));
  ASSERT_TRUE(link->flush(patience()));
}

TEST_P(BrokerDelivery, NoMoreThanTheCreditIsInTheProcess) {
  constexpr std::uint32_t kCredit = 8;
  put(0, 50);
  Inbox inbox;
  const auto link = receiver(inbox, kCredit);
  std::vector<std::string> all;
  while (all.size() < 50) {
    auto got = inbox.take(1);
    ASSERT_FALSE(got.empty()) << all.size();
    EXPECT_LE(inbox.size() + got.size(), kCredit);
    for (const std::string& body : bodies(got)) all.push_back(body);
    transport::accept(tokens(std::move(got)));
  }
  EXPECT_EQ(all, numbers(0, 50));
}

TEST_P(BrokerDelivery, TwoConsumersShareTheQueue) {
  Inbox one, two;
  const auto first = receiver(one, 4);
  const auto second = receiver(two, 4);
  ASSERT_TRUE(first->wait_open(patience()));
  ASSERT_TRUE(second->wait_open(patience()));
  put(0, 40);
  std::multiset<std::string> all;
  std::size_t shares[2] = {0, 0};
  const auto deadline = patience();
  while (all.size() < 40 && std::chrono::steady_clock::now() < deadline) {
    for (const int side : {0, 1}) {
      auto got = (side == 0 ? one : two).take(1, in_seconds(0));
      shares[side] += got.size();
      for (const std::string& body : bodies(got)) all.insert(body);
      transport::accept(tokens(std::move(got)));
    }
  }
  const auto expected = numbers(0, 40);
  EXPECT_EQ(all, std::multiset<std::string>(expected.begin(), expected.end()));
  EXPECT_GT(shares[0], 0U);
  EXPECT_GT(shares[1], 0U);
}

TEST_P(BrokerDelivery, AConsumerThatStopsLeavesTheRest) {
  put(0, 60);
  std::vector<std::string> all;
  {
    Inbox inbox;
    const auto link = receiver(inbox, 10);
    auto got = inbox.take(5);
    ASSERT_EQ(got.size(), 5U);
    link->stop_credit(patience());
    for (Delivery& more : inbox.take(inbox.size())) got.push_back(std::move(more));
    for (const std::string& body : bodies(got)) all.push_back(body);
    transport::accept(tokens(std::move(got)));
    ASSERT_TRUE(link->flush(patience()));
  }
  Inbox inbox;
  const auto link = receiver(inbox);
  auto rest = inbox.take(60 - all.size());
  for (const std::string& body : bodies(rest)) all.push_back(body);
  std::sort(all.begin(), all.end());
  auto expected = numbers(0, 60);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all, expected);
  transport::accept(tokens(std::move(rest)));
  ASSERT_TRUE(link->flush(patience()));
}

TEST_P(BrokerDelivery, WhatAConsumerRejectsGoesToTheDeadLetters) {
  if (rabbitmq()) admin({"dead-letters", queue_});
  put(7, 8);
  const std::string whom = embedded() ? url() : GetParam();
  ASSERT_EQ(administer(dir_ / "admin", {whom, "reject", queue_}), "");
  Inbox inbox;
  const auto link = receiver(inbox, 8, queue_ + ".dead");
  auto got = inbox.take(1);
  EXPECT_EQ(bodies(got), numbers(7, 8));
}

TEST_P(BrokerDelivery, DeclaringTwiceMakesNothingMore) {
  const auto again = declare();
  ASSERT_EQ(again.queues.size(), 3U);
  EXPECT_EQ(again.queues[0].address, queue_);
  EXPECT_EQ(again.queues[1].address, queue_ + ".dead");
  EXPECT_EQ(again.queues[2].address, queue_ + ".receipts.n1");
  for (const auto& queue : again.queues) EXPECT_FALSE(queue.made) << queue.address;
  if (embedded()) return;
  queue_ += ".new";
  for (const auto& queue : declare().queues) EXPECT_TRUE(queue.made) << queue.address;
}

class ArtemisSettings : public BrokerTest {};

TEST_P(ArtemisSettings, WhatTheOperatorSetStaysWhenAQueueIsDeclaredAgain) {
  admin({"full", queue_, "FAIL"});
  declare();
  Outcomes outcomes;
  const auto link = sender(outcomes);
  for (std::uint64_t number = 0; number < 3'000; ++number) {
    if (!link->send(text_message(number, 1024), number, in_seconds(1), {})) break;
    if (outcomes.count(Outcome::rejected) > 0) break;
  }
  EXPECT_GT(outcomes.count(Outcome::rejected), 0U) << "100 KiB was the limit";
  admin({"full", queue_, "PAGE"});
}

INSTANTIATE_TEST_SUITE_P(Brokers, ArtemisSettings, testing::Values("artemis"), broker_name);

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerDelivery,
                         testing::Values("embedded", "rabbitmq", "artemis"), broker_name);

}  // namespace
}  // namespace mgc::test
