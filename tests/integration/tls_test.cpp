// TLS between the clients and the embedded queue, and against peers that are not what they should
// be. Certificates are made by tests/servers/tls.py.
#include <cstdlib>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/process.hpp"

namespace mgc::test {
namespace {

class Tls : public QueueTest {
 protected:
  void SetUp() override {
    Process openssl({"/usr/bin/python3", "-B", MGC_CERTIFICATES, certificates_.string()},
                    dir_ / "certificates");
    ASSERT_EQ(openssl.wait(std::chrono::seconds{30}), 0) << openssl.err();
    serve("server");
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return certificates_ / name;
  }
  /// A queue whose own certificate is `name`.
  void serve(const std::string& name) {
    stop();
    options_.tls = {file("ca.pem"), file(name + ".pem"), file(name + ".key")};
    start();
  }
  /// A client with the right CA and certificate.
  [[nodiscard]] transport::BrokerOptions client() const {
    transport::BrokerOptions options = broker();
    options.url = "amqps://localhost:" + std::to_string(options_.port);
    options.ca_file = file("ca.pem");
    options.client_certificate = file("client.pem");
    options.client_key = file("client.key");
    return options;
  }
  /// Why `options` does not get in; empty when it does.
  static std::string refusal(const transport::BrokerOptions& options, int seconds = 2) {
    Outcomes outcomes;
    const auto link = transport::Sender::start({options, "compliance"}, outcomes.handler());
    if (!link) return link.error().message;
    const auto open = (*link)->wait_open(in_seconds(seconds));
    return open ? "" : open.error().message;
  }
  static void expect_said(const std::string& refusal, const std::string& part) {
    EXPECT_NE(refusal.find(part), std::string::npos) << refusal;
  }

  const std::filesystem::path certificates_ = dir_ / "tls";
};

TEST_F(Tls, ANameOrAnAddressOfTheCertificateIsServed) {
  auto options = client();
  EXPECT_EQ(refusal(options, kPatienceSeconds), "");
  options.url = "amqps://127.0.0.1:" + std::to_string(options_.port);
  EXPECT_EQ(refusal(options, kPatienceSeconds), "");
}

TEST_F(Tls, CarriesManyMessagesOfAllSizesBothWays) {
  Outcomes outcomes;
  Inbox inbox;
  const auto sender = *transport::Sender::start({client(), "compliance"}, outcomes.handler());
  const auto receiver = *transport::Receiver::start({client(), "compliance"}, inbox.handler());
  std::vector<std::size_t> sizes = {1, 100, 16'384, 16'385, 300'000, 2 * 1024 * 1024};
  for (std::size_t i = 0; i < 500; ++i) sizes.push_back(i * 37);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    ASSERT_TRUE(sender->send(text_message(i, sizes[i]), i, patience(), {}));
  }
  ASSERT_TRUE(outcomes.wait(sizes.size()));
  EXPECT_EQ(outcomes.count(Outcome::accepted), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto one = inbox.take(1);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].received.message.body, text_message(i, sizes[i]).body) << i;
    transport::accept(tokens(std::move(one)));
  }
  EXPECT_TRUE(await_depth(0));
}

TEST_F(Tls, AnotherNameIsRefused) {
  serve("wrong_name");
  expect_said(refusal(client()), "for another name");
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
  serve("expired");
  expect_said(refusal(client()), "has expired");
}

TEST_F(Tls, ThePrivateCaReplacesTheSystems) {
  ASSERT_EQ(::setenv("SSL_CERT_FILE", file("ca.pem").c_str(), 1), 0);
  auto options = client();
  options.ca_file.clear();
  EXPECT_EQ(refusal(options, kPatienceSeconds), "") << "the system's is the right one";
  options.ca_file = file("other_ca.pem");
  expect_said(refusal(options), "not signed by a CA that we trust");
}

TEST_F(Tls, AClientWithoutACertificateIsRefused) {
  auto options = client();
  options.client_certificate.clear();
  options.client_key.clear();
  expect_said(refusal(options), "wants a certificate of ours");
  EXPECT_EQ(refusal(client(), kPatienceSeconds), "") << "the others are still served";
}

TEST_F(Tls, AClientWithACertificateOfAnotherCaIsRefused) {
  auto options = client();
  options.client_certificate = file("other_client.pem");
  options.client_key = file("other_client.key");
  expect_said(refusal(options), "refuses our certificate");
}

TEST_F(Tls, PlainTextToATlsPortIsRefused) {
  auto options = broker();
  expect_said(refusal(options), "one for amqps://");
}

TEST_F(Tls, TlsToAPlainPortIsRefused) {
  stop();
  options_.tls = {};
  start();
  expect_said(refusal(client()), "amqp:// instead of amqps://");
}

TEST_F(Tls, BeyondLoopbackItListensForCertificatesOnly) {
  stop();
  options_.host = "0.0.0.0";
  start();
  EXPECT_EQ(refusal(client(), kPatienceSeconds), "");
  stop();
  options_.tls = {};
  const auto plain = transport::QueueServer::start(options_, clock_);
  ASSERT_FALSE(plain);
  expect_said(plain.error().message, "without TLS");
  options_.tls.certificate = file("server.pem");
  options_.tls.key = file("server.key");
  const auto anybody = transport::QueueServer::start(options_, clock_);
  ASSERT_FALSE(anybody);
  expect_said(anybody.error().message, "the CA of its clients");
}

TEST_F(Tls, OlderThanTls12IsNotSpoken) {
  stop();
  const std::string port = std::to_string(options_.port);
  Process old(
      {"/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:" + port, "-tls1_1", "-www", "-cipher",
       "DEFAULT@SECLEVEL=0", "-cert", file("server.pem"), "-key", file("server.key")},
      dir_ / "s_server");
  std::string said;
  const auto deadline = patience();
  while (said.find("TLS 1.2") == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    said = refusal(client(), 1);  // until it listens
  }
  expect_said(said, "speaks no TLS 1.2");
}

}  // namespace
}  // namespace mgc::test
