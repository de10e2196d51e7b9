// TLS between the clients and the embedded queue, and against peers that are not what they should
// be.
#include <sys/socket.h>

#include <cstdlib>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/process.hpp"
#include "transport/socket.hpp"

namespace mgc::test {
namespace {

class Tls : public QueueTest {
 protected:
  void SetUp() override { serve("server"); }

  [[nodiscard]] std::string file(const std::string& name) const { return certificates_.file(name); }
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

  const Certificates certificates_{dir_ / "tls"};
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

/// The queue as a program, whose log the test reads.
class TlsProgram : public Tls {
 protected:
  void SetUp() override {
    Tls::SetUp();
    stop();
    queue_.emplace(std::vector<std::string>{MGC_PROGRAM, "queue", "--listen",
                                            "127.0.0.1:" + std::to_string(options_.port), "--store",
                                            options_.store.string(), "--tls-cert",
                                            file("server.pem"), "--tls-key", file("server.key"),
                                            "--tls-client-ca", file("ca.pem")},
                   dir_ / "queue");
    ASSERT_EQ(refusal(client(), kPatienceSeconds), "");
  }
  /// Waits until the program logs `part`.
  [[nodiscard]] bool logs(const std::string& part) const {
    const auto deadline = patience();
    while (queue_->err().find(part) == std::string::npos) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::optional<Process> queue_;
};

TEST_F(TlsProgram, LogsWhoWasRefusedAndWhy) {
  auto options = client();
  options.client_certificate.clear();
  options.client_key.clear();
  EXPECT_NE(refusal(options), "");
  EXPECT_TRUE(logs("a client was refused: the peer shows no certificate")) << queue_->err();
  options.client_certificate = file("other_client.pem");
  options.client_key = file("other_client.key");
  EXPECT_NE(refusal(options), "");
  EXPECT_TRUE(logs("not signed by a CA that we trust")) << queue_->err();
  EXPECT_EQ(refusal(client(), kPatienceSeconds), "");
}

// Of TLS 1.2, whose sessions a client can resume by their number alone.
TEST_F(TlsProgram, AClientThatAsksForItsSessionBeginsAnew) {
  const std::string command =
      "exec openssl s_client -connect 127.0.0.1:" + std::to_string(options_.port) +
      " -tls1_2 -reconnect -CAfile " + file("ca.pem") + " -cert " + file("client.pem") + " -key " +
      file("client.key") + " </dev/null";
  Process again({"/bin/sh", "-c", command}, dir_ / "s_client");
  EXPECT_EQ(again.wait(std::chrono::seconds{kPatienceSeconds}), 0) << again.err();
  EXPECT_EQ(again.out().find("Reused"), std::string::npos) << again.out();
  EXPECT_EQ(queue_->err().find("refused"), std::string::npos) << queue_->err();
}

TEST_F(Tls, AHandshakeThatStallsHoldsNobodyAndEnds) {
  stop();
  options_.open_timeout = std::chrono::seconds{1};
  start();
  const auto stalled =
      transport::start_connect((*transport::resolve("127.0.0.1", options_.port))[0]);
  ASSERT_TRUE(stalled);
  std::vector<pollfd> polled = {{stalled->fd(), POLLOUT, 0}};
  transport::poll_until(polled, patience());
  const std::string begun("\x16\x03\x01\x02\x00\x01", 6);  // the head of a ClientHello
  ASSERT_EQ(::send(stalled->fd(), begun.data(), begun.size(), MSG_NOSIGNAL), 6);
  EXPECT_EQ(refusal(client(), kPatienceSeconds), "");
  polled[0].events = POLLIN;
  transport::poll_until(polled, patience());
  char byte = 0;
  EXPECT_EQ(::recv(stalled->fd(), &byte, 1, 0), 0) << "the queue closes it";
}

TEST_F(Tls, APeerThatSaysNothingIsNamed) {
  const auto silent = transport::listen_on((*transport::resolve("127.0.0.1", 0))[0]);
  ASSERT_TRUE(silent);
  const std::string address = "localhost:" + std::to_string(transport::local_port(*silent));
  auto options = client();
  options.url = "amqps://" + address;
  expect_said(refusal(options, 1), "no answer from " + address);
  options.watchdog = std::chrono::milliseconds{200};
  expect_said(refusal(options, 3), "no progress for 200 ms");
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
