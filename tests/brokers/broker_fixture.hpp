#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/process.hpp"
#include "tests/support/servers.hpp"
#include "transport/queue_declare.hpp"

namespace mgc::test {

/// What `admin.py` says on stderr when it did not succeed; empty when it did.
inline std::string administer(const std::filesystem::path& output,
                              std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/bin/python3", "-B", MGC_BROKER_TESTS "/admin.py"});
  Process process(arguments, output);
  const auto code = process.wait(std::chrono::seconds{90});
  return code == 0 ? "" : process.err() + " (code " + std::to_string(code.value_or(-1)) + ")";
}

/// A queue of the test's own at each of the brokers: the embedded one, which lives in the test, and
/// the real ones, over TLS with a password.
class BrokerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (embedded()) start_embedded();
    declare();
  }

  [[nodiscard]] bool embedded() const { return GetParam() == "embedded"; }
  [[nodiscard]] bool rabbitmq() const { return GetParam() == "rabbitmq"; }
  [[nodiscard]] bool artemis() const { return GetParam() == "artemis"; }

  void start_embedded() {
    transport::QueueServerOptions options;
    options.port = port_;
    options.store = dir_ / "queue.db";
    auto started = transport::QueueServer::start(options, clock_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    port_ = server_->port();
  }
  [[nodiscard]] int port() const {
    return embedded() ? port_ : server(GetParam()).at("amqps_port").get<int>();
  }
  [[nodiscard]] std::string url(int port) const {
    return (embedded() ? "amqp://127.0.0.1:" : "amqps://localhost:") + std::to_string(port);
  }
  [[nodiscard]] std::string url() const { return url(port()); }
  [[nodiscard]] transport::BrokerOptions broker() const {
    transport::BrokerOptions options;
    options.url = url();
    options.client = "test-" + queue_;
    options.reconnect_first = std::chrono::milliseconds{10};
    options.reconnect_max = std::chrono::milliseconds{200};
    if (embedded()) return options;
    const auto facts = server(GetParam());
    options.ca_file = server("tls").at("ca").get<std::string>();
    options.user = facts.at("user");
    options.password_file = facts.at("password_file").get<std::string>();
    return options;
  }
  transport::Declared declare() {
    auto declared = transport::declare_queues(broker(), queue_, {"n1"}, std::chrono::seconds{20});
    EXPECT_TRUE(declared) << declared.error().message;
    return declared ? *declared : transport::Declared{};
  }
  std::unique_ptr<transport::Sender> sender(Outcomes& outcomes, std::string address = {}) {
    transport::SenderOptions options;
    options.broker = broker();
    options.address = address.empty() ? queue_ : std::move(address);
    return *transport::Sender::start(options, outcomes.handler());
  }
  std::unique_ptr<transport::Receiver> receiver(Inbox& inbox, std::uint32_t credit = 128,
                                                std::string address = {}) {
    transport::ReceiverOptions options;
    options.broker = broker();
    options.address = address.empty() ? queue_ : std::move(address);
    options.credit_max = credit;
    return *transport::Receiver::start(options, inbox.handler());
  }
  /// Sends `from` .. `to` - 1 and waits until the broker has accepted them.
  void put(std::uint64_t from, std::uint64_t to) {
    Outcomes outcomes;
    const auto link = sender(outcomes);
    for (std::uint64_t number = from; number < to; ++number) {
      const auto sent = link->send(text_message(number), number, patience(), {});
      ASSERT_TRUE(sent) << sent.error().message;
    }
    ASSERT_TRUE(outcomes.wait(to - from));
    ASSERT_EQ(outcomes.count(Outcome::accepted), to - from);
  }
  void admin(std::vector<std::string> what) {
    what.insert(what.begin(), GetParam());
    ASSERT_EQ(administer(dir_ / "admin", what), "");
  }
  /// `what` of servers.py: restart, kill, pause or resume. The embedded one can only be restarted.
  void manage_broker(const std::string& what) {
    if (embedded()) {
      server_.reset();
      return start_embedded();
    }
    const std::filesystem::path facts = std::getenv("MGC_TEST_SERVERS");
    Process manage({"/usr/bin/python3", "-B", MGC_SERVERS_PROGRAM, what, "--dir",
                    facts.parent_path().string(), GetParam()},
                   dir_ / what);
    ASSERT_EQ(manage.wait(std::chrono::seconds{180}), 0) << manage.err();
  }

  TempDir dir_;
  SystemClock clock_;
  std::uint16_t port_ = 0;
  std::unique_ptr<transport::QueueServer> server_;
  std::string queue_ = [] {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = test->name();
    return "t." + name.substr(0, name.find('/')) + "." +
           std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  }();
};

inline std::string broker_name(const testing::TestParamInfo<std::string>& one) { return one.param; }

}  // namespace mgc::test
