// What each broker says of a message that was delivered to a process that is gone, and that such
// messages come one at a time to the next one.
#include "tests/brokers/broker_fixture.hpp"
#include "tests/support/fault_proxy.hpp"

namespace mgc::test {
namespace {

class BrokerCareful : public BrokerTest {
 protected:
  std::unique_ptr<transport::Receiver> careful(Inbox& inbox, const std::string& url,
                                               std::uint32_t unsaid) {
    transport::ReceiverOptions options;
    options.broker = broker();
    options.broker.url = url;
    options.address = queue_;
    options.credit_max = 8;
    options.careful_start = true;
    options.careful_messages = unsaid;
    return *transport::Receiver::start(options, inbox.handler());
  }
};

TEST_P(BrokerCareful, WhatADeadProcessHadComesOneAtATimeAndSaysSo) {
  put(0, 5);
  {
    auto proxy = std::make_unique<FaultProxy>(port());
    Inbox inbox;
    const auto link = careful(inbox, url(proxy->port()), 0);
    const auto first = inbox.take(5);  // new ones: all at once
    ASSERT_EQ(first.size(), 5U);
    for (const Delivery& one : first) EXPECT_FALSE(one.received.suspect);
    proxy.reset();  // without a word, as when it is killed
  }
  put(5, 8);
  Inbox inbox;
  const auto link = careful(inbox, url(), artemis() ? 5 : 0);
  for (std::uint64_t number = 0; number < 5; ++number) {
    auto got = inbox.take(1);
    ASSERT_EQ(bodies(got), numbers(number, number + 1));
    EXPECT_TRUE(got[0].received.suspect) << number;
    ASSERT_TRUE(link->flush(patience()));
    EXPECT_EQ(inbox.size(), 0U) << "another one came before this was settled";
    transport::accept(tokens(std::move(got)));
  }
  auto rest = inbox.take(3);
  EXPECT_EQ(bodies(rest), numbers(5, 8));
  for (const Delivery& one : rest) EXPECT_FALSE(one.received.suspect);
  transport::accept(tokens(std::move(rest)));
  ASSERT_TRUE(link->flush(patience()));
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerCareful, testing::Values("embedded", "rabbitmq", "artemis"),
                         broker_name);

}  // namespace
}  // namespace mgc::test
