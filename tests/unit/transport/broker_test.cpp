#include "transport/broker.hpp"

#include <gtest/gtest.h>

namespace mgc::transport {
namespace {

TEST(BrokerUrl, ReadsSchemeHostAndPort) {
  const auto url = parse_broker_url("amqp://queue.example.org:1234");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "amqp");
  EXPECT_EQ(url->host, "queue.example.org");
  EXPECT_EQ(url->port, 1234);
}

TEST(BrokerUrl, KnowsTheUsualPorts) {
  EXPECT_EQ(parse_broker_url("amqp://h")->port, 5672);
  EXPECT_EQ(parse_broker_url("amqps://h/")->port, 5671);
}

TEST(BrokerUrl, ReadsIpv6InBrackets) {
  const auto url = parse_broker_url("amqp://[::1]:99");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 99);
  EXPECT_EQ(parse_broker_url("amqp://[::1]")->host, "::1");
}

TEST(BrokerUrl, RefusesWhatIsNoBrokerUrl) {
  for (const char* text : {"", "localhost", "amqp://", "http://h", "amqp://h:", "amqp://h:0",
                           "amqp://h:65536", "amqp://h:5672x", "amqp://h/vhost", "amqp://h?x=1",
                           "amqp://[::1", "amqp://[::1]x", "amqp://a b", "AMQP//h"}) {
    const auto url = parse_broker_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().action, Action::stop) << text;
  }
}

TEST(BrokerUrl, RefusesAPasswordWithoutRepeatingIt) {
  for (const char* text :
       {"amqp://user:geheim@host:5672", "user:geheim@host", "http://user:geheim@host"}) {
    const auto url = parse_broker_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("geheim"), std::string::npos) << text;
  }
}

TEST(BrokerUrl, IsShownWithoutControlCharacters) {
  const auto url = parse_broker_url("amqp://a\x1b[2Jb");
  ASSERT_FALSE(url);
  EXPECT_NE(url.error().message.find("a\\x1b[2Jb"), std::string::npos) << url.error().message;
}

TEST(BrokerAddress, IsShortPrintableText) {
  EXPECT_TRUE(check_address("compliance.receipts.n1"));
  EXPECT_TRUE(check_address(std::string(255, 'a')));
  EXPECT_FALSE(check_address(""));
  EXPECT_FALSE(check_address(std::string(256, 'a')));
  EXPECT_FALSE(check_address("a\nb"));
  EXPECT_FALSE(check_address("a\xff"));
}

}  // namespace
}  // namespace mgc::transport
