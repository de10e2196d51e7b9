#include <set>

#include "schema/limits.hpp"
#include "spool/queue_store.hpp"
#include "tests/integration/queue_fixture.hpp"

namespace mgc::test {
namespace {

class QueueDelivery : public QueueTest {};

TEST_F(QueueDelivery, AcceptsOnlyWhatTheStoreHolds) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->send(text_message(1), 7, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(outcomes.heard(), (Outcomes::Heard{{7, {Outcome::accepted}}}));
  stop();
  auto store = spool::QueueStore::open(options_.store, clock_);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->stats("compliance").messages, 1U);
}

TEST_F(QueueDelivery, ReceivesInOrderAndRemovesWhatIsAccepted) {
  put(0, 300);
  Inbox inbox;
  const auto link = receiver(inbox, 50);
  std::vector<std::string> seen;
  while (seen.size() < 300) {
    auto some = inbox.take(25);
    ASSERT_EQ(some.size(), 25U);
    for (const auto& body : bodies(some)) seen.push_back(body);
    accept(tokens(std::move(some)));
  }
  EXPECT_EQ(seen, numbers(0, 300));
  EXPECT_TRUE(await_depth(0));
}

TEST_F(QueueDelivery, KeepsTheFieldsOfAMessage) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  transport::Message message = text_message(1);
  message.id = "n/1/5";
  message.group = "n";
  message.content_type = "application/vnd.mgc.pack";
  message.content_encoding = "zstd";
  message.body = std::string("\x28\xb5\x2f\xfd\0\xff", 6);
  ASSERT_TRUE(link->send(message, 1, patience(), {}));
  Inbox inbox;
  const auto consumer = receiver(inbox);
  const auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  const auto& received = got[0].received;
  EXPECT_EQ(received.fault, "");
  EXPECT_EQ(received.delivery_count, 0U);
  EXPECT_EQ(received.message.id, message.id);
  EXPECT_EQ(received.message.group, message.group);
  EXPECT_EQ(received.message.content_type, message.content_type);
  EXPECT_EQ(received.message.content_encoding, message.content_encoding);
  EXPECT_EQ(received.message.body, message.body);
}

TEST_F(QueueDelivery, NeverHasMoreUnsettledThanTheCredit) {
  put(0, 40);
  Inbox inbox;
  const auto link = receiver(inbox, 10);
  auto first = inbox.take(10);
  ASSERT_EQ(first.size(), 10U);
  // Had the queue more credit, these would be handed out before the status answers.
  EXPECT_TRUE(transport::read_queue_status(broker(), std::chrono::seconds{10}));
  EXPECT_EQ(inbox.size(), 0U);
  accept(tokens(std::move(first)));
  EXPECT_EQ(inbox.take(10).size(), 10U);
}

TEST_F(QueueDelivery, RedeliversWhatADeadReceiverHadInHand) {
  put(0, 5);
  {
    Inbox inbox;
    const auto link = receiver(inbox);
    auto got = inbox.take(5);
    ASSERT_EQ(got.size(), 5U);
    std::vector<Delivery> first_two;
    first_two.push_back(std::move(got[0]));
    first_two.push_back(std::move(got[1]));
    accept(tokens(std::move(first_two)));
    ASSERT_TRUE(link->flush(patience()));
  }
  Inbox inbox;
  const auto link = receiver(inbox);
  const auto again = inbox.take(3);
  EXPECT_EQ(bodies(again), numbers(2, 5));
  for (const auto& delivery : again) EXPECT_EQ(delivery.received.delivery_count, 1U);
}

TEST_F(QueueDelivery, RedeliversAfterARestart) {
  put(0, 3);
  Inbox inbox;
  const auto link = receiver(inbox);
  auto before = inbox.take(3);
  ASSERT_EQ(before.size(), 3U);
  stop();
  start();
  const auto after = inbox.take(3);
  EXPECT_EQ(bodies(after), numbers(0, 3));
  for (const auto& delivery : after) EXPECT_EQ(delivery.received.delivery_count, 1U);
  accept(tokens(std::move(before)));  // of the connection before: settles nothing
  put(3, 4);                          // has come and gone behind it
  EXPECT_EQ(depth(), 4U);
}

TEST_F(QueueDelivery, ReleasesADroppedToken) {
  put(0, 2);
  Inbox inbox;
  const auto link = receiver(inbox);
  auto got = inbox.take(2);
  ASSERT_EQ(got.size(), 2U);
  got.erase(got.begin());
  const auto again = inbox.take(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].received.message.body, "0");
  EXPECT_EQ(again[0].received.delivery_count, 1U);
}

TEST_F(QueueDelivery, SharesMessagesBetweenCompetingConsumers) {
  Inbox left;
  Inbox right;
  const auto one = receiver(left, 10);
  const auto two = receiver(right, 10);
  ASSERT_TRUE(one->wait_open(patience()));
  ASSERT_TRUE(two->wait_open(patience()));
  put(0, 20);
  auto mine = bodies(left.take(10));
  const auto others = bodies(right.take(10));
  mine.insert(mine.end(), others.begin(), others.end());
  EXPECT_EQ(std::set<std::string>(mine.begin(), mine.end()).size(), 20U);
}

TEST_F(QueueDelivery, KeepsAddressesApart) {
  put(0, 2, "one");
  put(5, 6, "two");
  Inbox inbox;
  const auto link = receiver(inbox, 10, "two");
  EXPECT_EQ(bodies(inbox.take(1)), numbers(5, 6));
  EXPECT_EQ(depth("one"), 2U);
}

TEST_F(QueueDelivery, CarriesTheLargestPack) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->send(text_message(1, schema::kPackBytesMax), 1, patience(), {}));
  Inbox inbox;
  const auto consumer = receiver(inbox);
  const auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].received.fault, "");
  EXPECT_EQ(got[0].received.message.body.size(), schema::kPackBytesMax);
}

TEST_F(QueueDelivery, SaysWhyABodyIsTooLargeAndKeepsEveryByte) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->send(text_message(1, schema::kPackBytesMax + 1), 1, patience(), {}));
  Inbox inbox;
  const auto consumer = receiver(inbox);
  const auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_NE(got[0].received.fault.find("2097153 bytes"), std::string::npos);
  EXPECT_GT(got[0].received.message.body.size(), schema::kPackBytesMax + 1);
}

TEST_F(QueueDelivery, RejectsAMessageThatNoPackNeeds) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->send(text_message(1, schema::kPackBytesMax + 128 * 1024), 1, patience(), {}));
  ASSERT_TRUE(link->send(text_message(2), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  EXPECT_EQ(outcomes.heard(),
            (Outcomes::Heard{{1, {Outcome::rejected}}, {2, {Outcome::accepted}}}));
  EXPECT_EQ(depth(), 1U);
}

TEST_F(QueueDelivery, StopsCreditAndFlushesWhatWasAccepted) {
  put(0, 30);
  Inbox inbox;
  auto link = receiver(inbox, 10);
  auto got = inbox.take(10);
  ASSERT_EQ(got.size(), 10U);
  link->stop_credit(patience());
  accept(tokens(std::move(got)));
  EXPECT_TRUE(link->flush(patience()));
  EXPECT_TRUE(await_depth(20));
  EXPECT_EQ(inbox.size(), 0U);  // settled, and yet nothing more came
}

TEST_F(QueueDelivery, DrainsTheCreditOfAnEmptyQueue) {
  Inbox inbox;
  const auto link = receiver(inbox);
  ASSERT_TRUE(link->wait_open(patience()));
  link->stop_credit(patience());
  put(0, 1);
  EXPECT_TRUE(transport::read_queue_status(broker(), std::chrono::seconds{10}));
  EXPECT_EQ(inbox.size(), 0U);
}

/// Puts `encoded` AMQP messages into the store of a stopped queue, as another client's would be.
void store_encoded(const std::filesystem::path& file, const Clock& clock,
                   const std::vector<std::string>& encoded) {
  auto store = spool::QueueStore::open(file, clock);
  ASSERT_TRUE(store) << store.error().message;
  spool::QueueChange change;
  for (const std::string& each : encoded) change.appends.push_back({"compliance", each});
  ASSERT_TRUE((*store)->apply(change));
}

TEST_F(QueueDelivery, SaysWhyABodyIsNoBinary) {
  stop();
  const std::string text("\x00\x53\x77\xa1\x05hello", 10);    // amqp-value, a string
  const std::string binary("\x00\x53\x77\xa0\x05hello", 10);  // amqp-value, binary
  store_encoded(options_.store, clock_, {text, binary});
  start();
  Inbox inbox;
  const auto link = receiver(inbox);
  const auto got = inbox.take(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].received.fault, "the body is string, not one binary section");
  EXPECT_NE(got[0].received.message.body.find(text), std::string::npos);
  EXPECT_EQ(got[1].received.fault, "");
  EXPECT_EQ(got[1].received.message.body, "hello");
}

TEST_F(QueueDelivery, SaysThatABodyCannotBeDecoded) {
  stop();
  store_encoded(options_.store, clock_, {std::string("\x00\x53\x77\xa0\xff", 5)});
  start();
  Inbox inbox;
  const auto link = receiver(inbox);
  const auto got = inbox.take(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].received.fault, "the body is described, not one binary section");
}

}  // namespace
}  // namespace mgc::test
