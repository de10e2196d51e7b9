#include <algorithm>

#include "core/failpoint.hpp"
#include "tests/fuzz/amqp_frames.hpp"
#include "tests/integration/queue_fixture.hpp"
#include "tests/support/raw_client.hpp"

namespace mgc::test {
namespace {

class QueueTrouble : public QueueTest {};

/// An AMQP frame on channel 0: a described list of `count` fields, and what follows it.
std::string frame(char type, char descriptor, char count, const std::string& fields,
                  const std::string& payload = {}) {
  const std::string list = std::string("\0\x53", 2) + descriptor + '\xc0' +
                           static_cast<char>(fields.size() + 1) + count + fields;
  const auto size = static_cast<char>(8 + list.size() + payload.size());
  return std::string(3, '\0') + size + '\x02' + type + std::string(2, '\0') + list + payload;
}

/// What an anonymous client says to open a sending link.
std::string open_link() {
  const std::string target = std::string("\0\x53\x29\xc0\x0d\x01\xa1\x0a", 8) + "compliance";
  return std::string("AMQP\3\1\0\0", 8) +
         frame(1, '\x41', 1,
               "\xa3\x09"
               "ANONYMOUS") +
         std::string("AMQP\0\1\0\0", 8) + frame(0, '\x10', 1, "\xa1\x03raw") +
         frame(0, '\x11', 4, "\x40\x43\x52\x7f\x52\x7f") +
         frame(0, '\x12', 10, "\xa1\x01l\x43\x42\x40\x40\x40" + target + "\x40\x40\x43");
}

/// Sends one message of those bytes; true when `outcome` is what the queue says of it.
bool sends(std::uint16_t port, const std::string& encoded, char outcome) {
  const RawClient client(port);
  client.send(open_link());
  const std::string described("\0\x53", 2);
  if (!client.hears(described + '\x13')) return false;  // a flow frame: there is credit
  client.send(frame(0, '\x14', 3, "\x43\x43\xa0\x01t", encoded));
  return client.hears(described + outcome);
}

TEST_F(QueueTrouble, RejectsWhatCannotBeDecodedWithoutDisturbingOthers) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->wait_open(patience()));
  constexpr char kAccepted = '\x24';
  constexpr char kRejected = '\x25';
  EXPECT_TRUE(sends(options_.port, std::string("\0\x53\x77\xa0\xff", 5), kRejected));
  EXPECT_TRUE(sends(options_.port, "\xff\xfe garbage", kRejected));
  EXPECT_TRUE(sends(options_.port, std::string("\0\x53\x75\xa0\x02ok", 7), kAccepted));
  EXPECT_EQ(depth(), 1U);
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(outcomes.count(Outcome::accepted), 1U);
}

TEST_F(QueueTrouble, WithholdsCreditAtTheQuotaAndResumesWhenDrained) {
  stop();
  options_.address_messages_max = 10;
  start();
  Outcomes outcomes;
  const auto link = sender(outcomes);
  for (std::uint64_t number = 0; number < 10; ++number)
    ASSERT_TRUE(link->send(text_message(number), number, patience(), {}));
  ASSERT_TRUE(outcomes.wait(10));
  const auto refused = link->send(
      text_message(10), 10, std::chrono::steady_clock::now() + std::chrono::milliseconds{50}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::reconnect);
  EXPECT_NE(refused.error().message.find("no credit"), std::string::npos);
  Inbox inbox;
  const auto consumer = receiver(inbox);
  accept(tokens(inbox.take(10)));
  EXPECT_TRUE(link->send(text_message(11), 11, patience(), {}));
  EXPECT_TRUE(outcomes.wait(11));
  EXPECT_EQ(outcomes.count(Outcome::accepted), 11U);
}

TEST_F(QueueTrouble, GivesReceiptAddressesTheirOwnQuota) {
  stop();
  options_.receipts_messages_max = 2;
  start();
  Outcomes outcomes;
  const auto link = sender(outcomes, "compliance.receipts.n1");
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(link->send(text_message(2), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  EXPECT_FALSE(link->send(text_message(3), 3, std::chrono::steady_clock::now(), {}));
}

TEST_F(QueueTrouble, GivesEverySendOneOutcomeAcrossRestarts) {
  constexpr std::uint64_t kMessages = 600;
  Outcomes outcomes;
  const auto link = sender(outcomes);
  for (std::uint64_t number = 0; number < kMessages; ++number) {
    if (number % 200 == 100) {
      stop();
      start();
    }
    ASSERT_TRUE(link->send(text_message(number), number, patience(), {}));
  }
  ASSERT_TRUE(outcomes.wait(kMessages));
  const auto heard = outcomes.heard();
  ASSERT_EQ(heard.size(), kMessages);
  std::uint64_t resent = 0;
  for (const auto& [tag, each] : heard) {
    ASSERT_EQ(each.size(), 1U) << tag;
    if (each[0] == Outcome::accepted) continue;
    ASSERT_TRUE(link->send(text_message(tag), tag + kMessages, patience(), {}));
    ++resent;
  }
  ASSERT_TRUE(outcomes.wait(kMessages + resent));
  ASSERT_EQ(outcomes.count(Outcome::accepted), kMessages);
  Inbox inbox;
  const auto consumer = receiver(inbox, 2'000);
  const auto got = bodies(inbox.take(depth()));
  for (const std::string& number : numbers(0, kMessages))
    EXPECT_NE(std::find(got.begin(), got.end(), number), got.end()) << number;
}

TEST_F(QueueTrouble, ReportsUnsettledSendsAsLostWhenTheSenderEnds) {
  stop();
  Outcomes outcomes;
  {
    start();
    const auto link = sender(outcomes);
    ASSERT_TRUE(link->wait_open(patience()));
    for (std::uint64_t number = 0; number < 50; ++number)
      ASSERT_TRUE(link->send(text_message(number, 100'000), number, patience(), {}));
  }
  EXPECT_EQ(outcomes.heard().size(), 50U);
  EXPECT_EQ(outcomes.count(Outcome::accepted) + outcomes.count(Outcome::lost), 50U);
}

TEST_F(QueueTrouble, SaysThatNoBrokerIsThere) {
  stop();
  Outcomes outcomes;
  const auto link = sender(outcomes);
  const auto opened =
      link->wait_open(std::chrono::steady_clock::now() + std::chrono::milliseconds{200});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().action, Action::reconnect);
  EXPECT_EQ(opened.error().message,
            "no broker at 127.0.0.1:" + std::to_string(options_.port) +
                " (Connection refused); start one with `mgc queue`, or name another one with "
                "--broker");
  const auto sent = link->send(text_message(1), 1, std::chrono::steady_clock::now(), {});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("no broker at 127.0.0.1"), std::string::npos);
}

TEST_F(QueueTrouble, EndsASendThatWaitsWhenAskedTo) {
  stop();
  Outcomes outcomes;
  const auto link = sender(outcomes);
  std::stop_source source;
  const std::jthread stopper([&source] { source.request_stop(); });
  const auto sent = link->send(text_message(1), 1, SteadyTime::max(), source.get_token());
  EXPECT_FALSE(sent);
  EXPECT_TRUE(outcomes.heard().empty());
}

TEST_F(QueueTrouble, SaysThatThePortIsInUse) {
  transport::QueueServerOptions options = options_;
  options.store = dir_ / "other.db";
  const auto second = transport::QueueServer::start(options, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().action, Action::stop);
  EXPECT_EQ(second.error().message,
            "port " + std::to_string(options_.port) +
                " on 127.0.0.1 cannot be used (Address already in use); stop the program that has "
                "it, or choose another one with --listen");
}

TEST_F(QueueTrouble, RefusesAStoreThatAnotherQueueHas) {
  transport::QueueServerOptions options = options_;
  options.port = 0;
  const auto second = transport::QueueServer::start(options, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().action, Action::stop);
}

TEST_F(QueueTrouble, ListensOnLoopbackOnly) {
  for (const char* host : {"0.0.0.0", "192.0.2.1", "::"}) {
    transport::QueueServerOptions options = options_;
    options.host = host;
    const auto server = transport::QueueServer::start(options, clock_);
    ASSERT_FALSE(server) << host;
    EXPECT_EQ(server.error().action, Action::stop);
    EXPECT_NE(server.error().message.find("listen on 127.0.0.1"), std::string::npos);
  }
}

TEST_F(QueueTrouble, SaysWhichAddressWasRefused) {
  Outcomes outcomes;
  const auto link = sender(outcomes, "$queue.secret");
  const auto opened =
      link->wait_open(std::chrono::steady_clock::now() + std::chrono::milliseconds{200});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("begin with '$'"), std::string::npos)
      << opened.error().message;
}

TEST_F(QueueTrouble, CutsOffGarbageWithoutDisturbingOthers) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->wait_open(patience()));
  const RawClient silent(options_.port);
  ASSERT_TRUE(silent.connected());
  for (const std::string& garbage :
       {std::string(4'096, '\xff'), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("AMQP\0\1\0\0\xff\xff\xff\xff\0\0\0\0", 16)}) {
    const RawClient noisy(options_.port);
    ASSERT_TRUE(noisy.connected());
    noisy.send(garbage);
    EXPECT_TRUE(noisy.is_cut_off());
  }
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(outcomes.heard(), (Outcomes::Heard{{1, {Outcome::accepted}}}));
  EXPECT_FALSE(server_->failure());
}

TEST_F(QueueTrouble, SendsAgainWhatWasStoredAndNotAccepted) {
  Outcomes outcomes;
  const auto link = sender(outcomes);
  ASSERT_TRUE(link->wait_open(patience()));
  arm_failpoints("queue.before_accept=error@1");
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  arm_failpoints("");
  EXPECT_EQ(outcomes.count(Outcome::released), 1U);
  EXPECT_EQ(depth(), 1U);
}

TEST_F(QueueTrouble, ReopensAConnectionWhoseBrokerIsSilent) {
  stop();
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  void* raw = &address;
  ASSERT_EQ(::bind(listener, static_cast<sockaddr*>(raw), length), 0);
  ASSERT_EQ(::listen(listener, 10), 0);
  ASSERT_EQ(::getsockname(listener, static_cast<sockaddr*>(raw), &length), 0);
  transport::SenderOptions options;
  options.broker = broker();
  options.broker.url = "amqp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  options.broker.watchdog = std::chrono::milliseconds{50};
  options.address = "compliance";
  Outcomes outcomes;
  const auto link = transport::Sender::start(options, outcomes.handler());
  std::vector<int> connections;  // kept open: the sender alone decides to come again
  while (connections.size() < 3) connections.push_back(::accept(listener, nullptr, nullptr));
  for (const int connection : connections) {
    EXPECT_GE(connection, 0);
    ::close(connection);
  }
  ::close(listener);
}

TEST_F(QueueTrouble, DoesNotTakeAnIdleConnectionForASilentOne) {
  transport::SenderOptions options;
  options.broker = broker();
  options.broker.watchdog = std::chrono::milliseconds{800};
  options.address = "compliance";
  Outcomes outcomes;
  const auto link = *transport::Sender::start(options, outcomes.handler());
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  const auto idle = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'000};
  EXPECT_FALSE(outcomes.wait(2, idle));
  // A link that is open takes both without waiting; one that is opened again would refuse.
  ASSERT_TRUE(link->send(text_message(2), 2, std::chrono::steady_clock::now(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  ASSERT_TRUE(link->send(text_message(3), 3, std::chrono::steady_clock::now(), {}));
  ASSERT_TRUE(outcomes.wait(3));
  EXPECT_EQ(outcomes.count(Outcome::accepted), 3U);
}

TEST_F(QueueTrouble, DoesNotTakeAnIdleReceiverForASilentBroker) {
  put(0, 1);
  transport::ReceiverOptions options;
  options.broker = broker();
  options.broker.watchdog = std::chrono::milliseconds{800};
  options.address = "compliance";
  Inbox inbox;
  const auto link = *transport::Receiver::start(options, inbox.handler());
  auto held = inbox.take(1);
  ASSERT_EQ(held.size(), 1U);
  const auto idle = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'000};
  EXPECT_TRUE(inbox.take(1, idle).empty());
  link->stop_credit(patience());
  accept(tokens(std::move(held)));  // does nothing on another connection
  EXPECT_TRUE(await_depth(0));
}

TEST_F(QueueTrouble, GivesReleasedDeliveriesNewCreditOnlyAfterAWhile) {
  put(0, 4);
  Inbox inbox;
  const auto link = receiver(inbox, 4);
  auto got = inbox.take(4);
  ASSERT_EQ(got.size(), 4U);
  const auto released = std::chrono::steady_clock::now();
  got.clear();
  ASSERT_EQ(inbox.take(4).size(), 4U);
  EXPECT_GE(std::chrono::steady_clock::now() - released, std::chrono::seconds{1});
}

TEST_F(QueueTrouble, ShowsItsStatusToOtherPrograms) {
  put(0, 3);
  Inbox inbox;
  const auto link = receiver(inbox, 10, "idle");
  ASSERT_TRUE(link->wait_open(patience()));
  const auto status = transport::read_queue_status(broker(), std::chrono::seconds{10});
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(status->size(), 2U);
  EXPECT_EQ((*status)[0].address, "compliance");
  EXPECT_EQ((*status)[0].messages, 3U);
  EXPECT_GT((*status)[0].bytes, 0U);
  EXPECT_EQ((*status)[0].consumers, 0U);
  EXPECT_EQ((*status)[1].address, "idle");
  EXPECT_EQ((*status)[1].consumers, 1U);
}

TEST_F(QueueTrouble, SaysThatNoQueueAnswersTheStatusQuestion) {
  stop();
  const auto status = transport::read_queue_status(broker(), std::chrono::milliseconds{100});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().action, Action::reconnect);
}

// Proton passes over such a frame without a word and reads no more; found by tests/fuzz.
TEST_F(QueueTrouble, AFrameThatIsNoneGivesBackWhatItsClientWasHanded) {
  put(0, 1);
  const RawClient client(options_.port);
  client.send(fuzz::amqp::sasl_anonymous() + fuzz::amqp::open_and_begin() +
              fuzz::amqp::attach_both("compliance"));
  ASSERT_TRUE(client.hears(Bytes("\x00\x53\x75\xa0\x01", 5) + "0"));
  client.send(fuzz::amqp::frame("hello"));
  EXPECT_TRUE(client.is_cut_off());
  Inbox inbox;
  const auto link = receiver(inbox);
  EXPECT_EQ(bodies(inbox.take(1)), numbers(0, 1));
}

// Proton ends the process at such a frame; found by tests/fuzz.
TEST_F(QueueTrouble, ATransferWithoutDeliveryIdEndsOnlyItsConnection) {
  namespace amqp = fuzz::amqp;
  const RawClient client(options_.port);
  client.send(amqp::sasl_anonymous() + amqp::open_and_begin() + amqp::attach_both("compliance"));
  ASSERT_TRUE(client.hears("compliance"));  // the queue has opened the links too
  const Bytes none = amqp::kNull + amqp::kNull + amqp::kNull + amqp::kNull;
  client.send(amqp::frame(amqp::described('\x14', 6, amqp::small(0) + none + amqp::kTrue)));
  EXPECT_TRUE(client.is_cut_off());
  put(0, 1);
}

}  // namespace
}  // namespace mgc::test
