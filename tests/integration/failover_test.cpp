// Several broker URLs, and a broker that stops answering without closing.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/process.hpp"

namespace mgc::test {
namespace {

/// A second queue beside the fixture's.
class Failover : public QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    transport::QueueServerOptions options;
    options.port = 0;
    options.store = dir_ / "second.db";
    second_ = *transport::QueueServer::start(options, clock_);
  }
  static std::string url(std::uint16_t port) { return "amqp://127.0.0.1:" + std::to_string(port); }
  [[nodiscard]] transport::BrokerOptions both() const {
    transport::BrokerOptions options = broker();
    options.url = url(options_.port) + "," + url(second_->port());
    return options;
  }

  std::unique_ptr<transport::QueueServer> second_;
};

TEST_F(Failover, TheNextOneIsTakenWhenTheFirstIsDown) {
  stop();
  Outcomes outcomes;
  const auto link = *transport::Sender::start({both(), "compliance"}, outcomes.handler());
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(second_->status().at(0).messages, 1U);
}

TEST_F(Failover, TheNextOneIsTakenWhenTheFirstGoesAway) {
  Outcomes outcomes;
  const auto link = *transport::Sender::start({both(), "compliance"}, outcomes.handler());
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  EXPECT_EQ(depth(), 1U) << "the first is the first";
  stop();
  ASSERT_TRUE(link->send(text_message(2), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  EXPECT_EQ(outcomes.count(Outcome::accepted), 2U);
  EXPECT_EQ(second_->status().at(0).messages, 1U);
}

// A broker that opens the link and then ends each connection is as good as one that is down.
TEST_F(Failover, TheNextOneIsTakenWhenTheFirstShowsUsOutAtOnce) {
  transport::BrokerOptions to_second = broker();
  to_second.url = url(second_->port());
  Outcomes outcomes;
  const auto link = *transport::Sender::start({to_second, "compliance"}, outcomes.handler());
  ASSERT_TRUE(link->send(text_message(2), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));

  FaultProxy first(options_.port);
  first.cut_at(std::string("\0\x53\x13", 3), Cut::request);  // a flow frame: the link is open
  transport::BrokerOptions options = to_second;
  options.url = url(static_cast<std::uint16_t>(first.port())) + "," + to_second.url;
  options.reconnect_first = options.reconnect_max = std::chrono::hours{1};
  Inbox inbox;
  const auto receiver = *transport::Receiver::start({options, "compliance"}, inbox.handler());
  EXPECT_EQ(bodies(inbox.take(1)), (std::vector<std::string>{"2"}));
}

/// A port that neither accepts nor refuses, as a machine that is switched off: its backlog is full.
class SilentPort {
 public:
  SilentPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(sockets_[0], raw, size) != 0 || ::listen(sockets_[0], 0) != 0 ||
        ::getsockname(sockets_[0], raw, &size) != 0) {
      throw std::runtime_error("no silent port");
    }
    port_ = ntohs(address.sin_port);
    for (std::size_t i = 1; i < sockets_.size(); ++i) ::connect(sockets_[i], raw, size);
  }
  ~SilentPort() {
    for (const int socket : sockets_) ::close(socket);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  static int open() { return ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }
  std::array<int, 6> sockets_{open(), open(), open(), open(), open(), open()};
  std::uint16_t port_ = 0;
};

TEST_F(Failover, TheNextOneIsTakenWhenTheFirstDoesNotEvenRefuse) {
  const SilentPort silent;
  transport::BrokerOptions options = broker();
  options.url = url(silent.port()) + "," + url(second_->port());
  options.connect_timeout = std::chrono::milliseconds{200};
  options.watchdog = std::chrono::hours{1};
  Outcomes outcomes;
  const auto link = *transport::Sender::start({options, "compliance"}, outcomes.handler());
  const auto open = link->wait_open(patience());
  ASSERT_TRUE(open) << open.error().message;
  // A port that answered would end at once, and otherwise.
  options.url = url(silent.port());
  const auto alone = *transport::Sender::start({options, "compliance"}, outcomes.handler());
  std::string said;
  const auto deadline = patience();
  while (said.find("timed out") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    said = alone->wait_open(in_seconds(1)).error().message;
  }
  EXPECT_NE(said.find("timed out"), std::string::npos) << said;
}

TEST_F(Failover, WithNoneUpEachIsNamed) {
  stop();
  const std::uint16_t second = second_->port();
  auto options = both();
  second_.reset();
  Outcomes outcomes;
  const auto link = *transport::Sender::start({options, "compliance"}, outcomes.handler());
  std::string said;
  const auto deadline = patience();
  while (said.find(std::to_string(second)) == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    said = link->wait_open(in_seconds(1)).error().message;
  }
  EXPECT_NE(said.find(std::to_string(options_.port)), std::string::npos) << said;
  EXPECT_NE(said.find(std::to_string(second)), std::string::npos) << said;
}

/// A queue in a process of its own, which can be stopped without ending its connections.
class SilentBroker : public Failover {
 protected:
  void SetUp() override {
    Failover::SetUp();
    stop();
    process_.emplace(std::vector<std::string>{MGC_PROGRAM, "queue", "--listen",
                                              "127.0.0.1:" + std::to_string(options_.port),
                                              "--store", options_.store.string()},
                     dir_ / "queue");
    Outcomes outcomes;
    const auto link = *transport::Sender::start({broker(), "compliance"}, outcomes.handler());
    ASSERT_TRUE(link->wait_open(patience()));
  }
  [[nodiscard]] transport::BrokerOptions impatient(transport::BrokerOptions options) const {
    options.idle_timeout = std::chrono::milliseconds{500};
    options.watchdog = std::chrono::milliseconds{1'000};
    return options;
  }

  std::optional<Process> process_;
};

TEST_F(SilentBroker, AReceiverTakesTheNextOneAndLosesNothing) {
  transport::BrokerOptions first = broker();
  Outcomes outcomes;
  const auto to_first = *transport::Sender::start({first, "compliance"}, outcomes.handler());
  ASSERT_TRUE(to_first->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  first.url = url(second_->port());
  const auto to_second = *transport::Sender::start({first, "compliance"}, outcomes.handler());

  Inbox inbox;
  const auto receiver =
      *transport::Receiver::start({impatient(both()), "compliance"}, inbox.handler());
  auto held = inbox.take(1);
  ASSERT_EQ(held.size(), 1U);
  process_->kill(SIGSTOP);
  ASSERT_TRUE(to_second->send(text_message(2), 2, patience(), {}));
  auto other = inbox.take(1);
  ASSERT_EQ(bodies(other), (std::vector<std::string>{"2"}));
  transport::accept(tokens(std::move(other)));
  transport::accept(tokens(std::move(held)));  // of a connection that is over: does nothing
  process_->kill(SIGCONT);
  second_.reset();  // back to the first, which still has its message
  EXPECT_EQ(bodies(inbox.take(1)), (std::vector<std::string>{"1"}));
}

TEST_F(SilentBroker, ASenderSaysSoAndSendsAgainElsewhere) {
  Outcomes outcomes;
  const auto link =
      *transport::Sender::start({impatient(both()), "compliance"}, outcomes.handler());
  ASSERT_TRUE(link->send(text_message(1), 1, patience(), {}));
  ASSERT_TRUE(outcomes.wait(1));
  process_->kill(SIGSTOP);
  ASSERT_TRUE(link->send(text_message(2), 2, patience(), {}));
  ASSERT_TRUE(outcomes.wait(2));
  EXPECT_EQ(outcomes.heard()[2], (std::vector<Outcome>{Outcome::lost}));
  ASSERT_TRUE(link->send(text_message(2), 3, patience(), {}));
  ASSERT_TRUE(outcomes.wait(3));
  EXPECT_EQ(second_->status().at(0).messages, 1U);
}

}  // namespace
}  // namespace mgc::test
