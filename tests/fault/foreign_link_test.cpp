// A broker that attaches a link which nobody asked for, as one changed byte of an attach makes it
// do.
#include <string>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/fault_proxy.hpp"

namespace mgc::test {
namespace {

class ForeignLink : public QueueTest {
 protected:
  /// The first connection is changed, every later one is not.
  void change_first(WayFaults Faults::*way, const std::function<void(std::string&)>& change) {
    proxy_.emplace(options_.port);
    proxy_->plan([way, change](int number) {
      Faults faults;
      if (number == 0) (faults.*way).change = change;
      return faults;
    });
  }
  [[nodiscard]] transport::BrokerOptions through_proxy() const {
    transport::BrokerOptions options = broker();
    options.url = "amqp://127.0.0.1:" + std::to_string(proxy_->port());
    return options;
  }
  std::unique_ptr<transport::Receiver> receiver_through_proxy(Inbox& inbox) {
    transport::ReceiverOptions options;
    options.broker = through_proxy();
    options.address = "compliance";
    return *transport::Receiver::start(options, inbox.handler());
  }
  /// One message arrives where it was sent to, and its outcome is told once.
  void expect_sent_once() {
    Outcomes outcomes;
    const auto link =
        *transport::Sender::start({through_proxy(), "compliance"}, outcomes.handler());
    const auto sent = link->send(text_message(0), 0, patience(), {});
    ASSERT_TRUE(sent) << sent.error().message;
    ASSERT_TRUE(outcomes.wait(1));
    EXPECT_EQ(outcomes.count(Outcome::accepted), 1U);
    EXPECT_EQ(depth(), 1U);
    EXPECT_EQ(proxy_->accepted(), 2);
  }

  std::optional<FaultProxy> proxy_;
};

/// The name of a link in an attach: str8 and its length before it.
void change_name(std::string& bytes) {
  const auto at = bytes.find("\xa1\x24");
  if (at != std::string::npos && bytes.size() > at + 2) bytes[at + 2] ^= '\x02';
}

void change_address(std::string& bytes) {
  const auto at = bytes.find("compliance");
  if (at != std::string::npos) bytes[at] = 'd';
}

// Proton's binding would give such a link credit and accept what comes on it: the message would be
// gone from the queue before anybody stored it.
TEST_F(ForeignLink, GivesAReceiverNothing) {
  put(0, 1);
  change_first(&Faults::to_client, change_name);
  Inbox inbox;
  const auto link = receiver_through_proxy(inbox);
  const auto held = inbox.take(1);
  EXPECT_EQ(bodies(held), numbers(0, 1));
  EXPECT_EQ(proxy_->accepted(), 2);
  EXPECT_EQ(depth(), 1U) << "accepted by nobody, and gone";
  EXPECT_EQ(inbox.size(), 0U);
}

TEST_F(ForeignLink, GivesAReceiverOfAnotherQueueNothing) {
  put(0, 1);
  put(1, 2, "dompliance");
  change_first(&Faults::to_server, change_address);
  Inbox inbox;
  const auto link = receiver_through_proxy(inbox);
  EXPECT_EQ(bodies(inbox.take(1)), numbers(0, 1));
  EXPECT_EQ(proxy_->accepted(), 2);
  EXPECT_TRUE(await_depth(1, "dompliance"));
}

TEST_F(ForeignLink, TakesNothingFromASender) {
  change_first(&Faults::to_client, change_name);
  expect_sent_once();
}

TEST_F(ForeignLink, ToAnotherQueueTakesNothingFromASender) {
  change_first(&Faults::to_server, change_address);
  expect_sent_once();
  EXPECT_EQ(depth("dompliance"), 0U);
}

}  // namespace
}  // namespace mgc::test
