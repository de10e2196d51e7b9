// Who gets in at the real brokers, and what the others are told. TLS by itself is tested in
// tests/integration/tls_test.cpp.
#include <fstream>

#include "tests/brokers/broker_fixture.hpp"

namespace mgc::test {
namespace {

class BrokerLogin : public BrokerTest {
 protected:
  /// Why `options` does not get in for now; empty when it does.
  [[nodiscard]] std::string refusal(const transport::BrokerOptions& options) const {
    Outcomes outcomes;
    const auto link = transport::Sender::start({options, queue_}, outcomes.handler());
    if (!link) return link.error().message;
    const auto open = (*link)->wait_open(patience());
    return open ? "" : open.error().message;
  }
  /// It does not get in, and sooner or later (brokers let such clients wait) is told `part`.
  void expect_refused(const transport::BrokerOptions& options, const std::string& part) const {
    Outcomes outcomes;
    const auto link = transport::Sender::start({options, queue_}, outcomes.handler());
    ASSERT_TRUE(link) << link.error().message;
    std::string said;
    const auto deadline = patience();
    while (said.find(part) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      const auto open =
          (*link)->wait_open(std::chrono::steady_clock::now() + std::chrono::milliseconds{100});
      ASSERT_FALSE(open) << "it got in";
      said = open.error().message;
    }
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
  /// With the certificate `name` of tests/servers/tls.py instead of a password.
  [[nodiscard]] transport::BrokerOptions by_certificate(const std::string& name) const {
    transport::BrokerOptions options = broker();
    options.user.clear();
    options.password_file.clear();
    options.client_certificate = server("tls").at(name + "_cert").get<std::string>();
    options.client_key = server("tls").at(name + "_key").get<std::string>();
    return options;
  }
};

TEST_P(BrokerLogin, APasswordOverTlsGetsIn) { EXPECT_EQ(refusal(broker()), ""); }

TEST_P(BrokerLogin, ACertificateGetsIn) { EXPECT_EQ(refusal(by_certificate("client")), ""); }

TEST_P(BrokerLogin, AWrongPasswordIsRefused) {
  auto options = broker();
  options.password_file = dir_ / "password";
  std::ofstream(options.password_file) << "wrong\n";
  std::filesystem::permissions(options.password_file, std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_write);
  expect_refused(options, "login");
}

TEST_P(BrokerLogin, NobodyIsRefused) {
  auto options = broker();
  options.user.clear();
  options.password_file.clear();
  expect_refused(options, "login");
}

TEST_P(BrokerLogin, NobodyWithoutTlsIsRefusedToo) {
  transport::BrokerOptions options;
  const int port = server(GetParam()).at("amqp_port");
  options.url = "amqp://localhost:" + std::to_string(port);
  options.client = "test";
  expect_refused(options, "login");
}

TEST_P(BrokerLogin, ACertificateOfAnotherCaIsRefused) {
  expect_refused(by_certificate("other_client"), "certificate");
}

TEST_P(BrokerLogin, AnUnknownCaIsRefused) {
  auto options = broker();
  options.ca_file = server("tls").at("other_ca").get<std::string>();
  expect_refused(options, "not signed by a CA that we trust");
}

// The same broker by an address that its certificate does not have.
TEST_P(BrokerLogin, AnotherNameIsRefused) {
  auto options = broker();
  const int port = server(GetParam()).at("amqps_port");
  options.url = "amqps://[::ffff:127.0.0.1]:" + std::to_string(port);
  expect_refused(options, "for another name");
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerLogin, testing::Values("rabbitmq", "artemis"), broker_name);

}  // namespace
}  // namespace mgc::test
