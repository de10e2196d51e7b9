#include "transport/broker_kind.hpp"

#include <gtest/gtest.h>

namespace mgc::transport {
namespace {

TEST(BrokerKind, IsWhatTheBrokerSaysOfItself) {
  EXPECT_EQ(broker_kind("mgc-queue", ""), BrokerKind::embedded);
  EXPECT_EQ(broker_kind("rabbit@host", "RabbitMQ"), BrokerKind::rabbitmq);
  EXPECT_EQ(broker_kind("0f9c", "apache-activemq-artemis"), BrokerKind::artemis);
  EXPECT_EQ(broker_kind("qdrouterd", "qpid-dispatch-router"), BrokerKind::other);
  EXPECT_EQ(broker_kind("", ""), BrokerKind::other);
}

TEST(BrokerKind, RabbitIsAskedForAQueueThatIsThere) {
  EXPECT_EQ(link_address(BrokerKind::rabbitmq, "compliance"), "/amq/queue/compliance");
  EXPECT_EQ(link_address(BrokerKind::rabbitmq, "a/b%c d"), "/amq/queue/a%2Fb%c d");
  EXPECT_EQ(declaring_address("a/b"), "/queue/a%2Fb");
  for (const auto kind : {BrokerKind::embedded, BrokerKind::artemis, BrokerKind::other}) {
    EXPECT_EQ(link_address(kind, "a/b%c d"), "a/b%c d");
  }
}

TEST(BrokerKind, AMissingQueueComesWithTheWayOut) {
  const auto text = missing_queue("hr", "mq.example.org:5671", "NOT_FOUND");
  for (const char* part : {"'hr'", "mq.example.org:5671", "`mgc queue declare --address hr`"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  EXPECT_NE(missing_queue("hr.receipts.a.b", "h", "").find("declare --address hr --node a.b`"),
            std::string::npos);
}

}  // namespace
}  // namespace mgc::transport
