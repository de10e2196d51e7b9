// The logins of a client, against a peer that speaks TLS and SASL and nothing after it. The
// embedded queue knows ANONYMOUS only, so it cannot refuse a password.
#include <filesystem>
#include <fstream>

#include "tests/integration/queue_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/process.hpp"

namespace mgc::test {
namespace {

class Sasl : public testing::Test {
 protected:
  /// Starts the peer with `arguments` and waits until it listens.
  void serve(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"/usr/bin/python3", "-B",    MGC_SASL_PEER,     "--cert",
                                        file("server.pem"), "--key", file("server.key")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    peer_.emplace(command, dir_ / "peer");
    ASSERT_TRUE(prints("\n")) << peer_->err();
    options_.url = "amqps://localhost:" + peer_->out().substr(5, peer_->out().find('\n') - 5);
    options_.ca_file = file("ca.pem");
    options_.client = "test";
    options_.reconnect_first = std::chrono::milliseconds{10};
    options_.reconnect_max = std::chrono::milliseconds{100};
  }
  [[nodiscard]] std::string file(const std::string& name) const { return certificates_.file(name); }

  void log_in_with_password(const std::string& password) {
    options_.user = "node";
    options_.password_file = dir_ / "password";
    std::ofstream(options_.password_file) << password << '\n';
    std::filesystem::permissions(options_.password_file, std::filesystem::perms::owner_all);
  }
  void log_in_with_certificate() {
    options_.client_certificate = file("client.pem");
    options_.client_key = file("client.key");
  }
  /// Waits until the peer printed `part`.
  [[nodiscard]] bool prints(const std::string& part) const {
    const auto deadline = patience();
    while (peer_->out().find(part) == std::string::npos) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  [[nodiscard]] std::unique_ptr<transport::Sender> sender() {
    return *transport::Sender::start({options_, "compliance"}, outcomes_.handler());
  }
  /// What is said of the login once the peer has heard of it; `part` is waited for.
  [[nodiscard]] bool says(transport::Sender& link, const std::string& part) {
    const auto deadline = patience();
    do {
      said_ = link.wait_open(in_seconds(1)).error().message;
    } while (said_.find(part) == std::string::npos && std::chrono::steady_clock::now() < deadline);
    return said_.find(part) != std::string::npos;
  }

  TempDir dir_;
  const Certificates certificates_{dir_ / "tls"};
  std::optional<Process> peer_;
  transport::BrokerOptions options_;
  Outcomes outcomes_;
  std::string said_;
};

TEST_F(Sasl, AWrongPasswordIsSaidAndAMendedOneIsTaken) {
  serve({"--mechanisms", "PLAIN", "--password", "the-right-one"});
  log_in_with_password("the-wrong-one");
  const auto link = sender();
  EXPECT_TRUE(says(*link, "the broker refuses our login")) << said_;
  EXPECT_EQ(said_.find("the-wrong-one"), std::string::npos) << said_;
  EXPECT_EQ(peer_->out().find("right password"), std::string::npos);
  log_in_with_password("the-right-one");
  EXPECT_TRUE(prints("PLAIN, the right password")) << peer_->out();
}

TEST_F(Sasl, ThePasswordIsNotInTheLogOfTheProgram) {
  serve({"--mechanisms", "PLAIN", "--password", "the-right-one"});
  log_in_with_password("the-wrong-one");
  Process status({MGC_PROGRAM, "--log-level", "debug", "queue", "status", "--broker", options_.url,
                  "--broker-ca", file("ca.pem"), "--broker-user", "node", "--broker-password-file",
                  options_.password_file.string()},
                 dir_ / "status");
  EXPECT_EQ(status.wait(std::chrono::seconds{kPatienceSeconds}), 3) << "could not be reached";
  EXPECT_NE(status.err().find("the broker refuses our login"), std::string::npos) << status.err();
  EXPECT_EQ((status.out() + status.err()).find("the-wrong-one"), std::string::npos);
}

TEST_F(Sasl, ABrokerWithoutOurKindOfLoginIsNamed) {
  serve({"--mechanisms", "SCRAM-SHA-256,PLAIN"});
  const auto link = sender();  // with neither a user nor a certificate
  EXPECT_TRUE(says(*link, "takes no login of the kind that we have")) << said_;
  EXPECT_NE(said_.find("localhost"), std::string::npos) << said_;
}

TEST_F(Sasl, APasswordIsOnlyForAPeerThatOffersPlain) {
  serve({"--mechanisms", "ANONYMOUS,EXTERNAL"});
  log_in_with_password("the-right-one");
  const auto link = sender();
  EXPECT_TRUE(says(*link, "takes no login of the kind that we have")) << said_;
  EXPECT_EQ(peer_->out().find("ANONYMOUS"), std::string::npos) << "nobody's login instead of ours";
}

TEST_F(Sasl, ABrokerThatOffersNoSaslIsNamed) {
  serve({"--no-sasl"});
  log_in_with_password("the-right-one");
  const auto link = sender();
  EXPECT_TRUE(says(*link, "no SASL")) << said_;
}

TEST_F(Sasl, ACertificateIsTheLogin) {
  serve({"--ca", file("ca.pem"), "--mechanisms", "PLAIN,ANONYMOUS,EXTERNAL"});
  log_in_with_certificate();
  const auto link = sender();
  EXPECT_TRUE(prints("EXTERNAL")) << peer_->out();
  EXPECT_EQ(peer_->out().find("ANONYMOUS"), std::string::npos) << peer_->out();
}

TEST_F(Sasl, AUserWithACertificateLogsInByPassword) {
  serve({"--ca", file("ca.pem"), "--mechanisms", "PLAIN,EXTERNAL", "--password", "the-right-one"});
  log_in_with_password("the-right-one");
  log_in_with_certificate();
  const auto link = sender();
  EXPECT_TRUE(prints("PLAIN, the right password")) << peer_->out();
}

}  // namespace
}  // namespace mgc::test
