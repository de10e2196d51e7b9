#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.hpp"
#include "transport/broker.hpp"

namespace mgc::transport {
namespace {

class BrokerLogin : public testing::Test {
 protected:
  std::filesystem::path password_file(const std::string& content, std::filesystem::perms perms) {
    const auto path = directory_ / "password";
    std::ofstream(path) << content;
    std::filesystem::permissions(path, perms);
    return path;
  }
  std::filesystem::path good_file() {
    return password_file("geheim\n", std::filesystem::perms::owner_read);
  }
  /// What check_broker() says against `options_`; empty when nothing.
  std::string refusal() const {
    const auto checked = check_broker(options_);
    if (checked) return {};
    EXPECT_EQ(checked.error().action, Action::stop);
    EXPECT_EQ(checked.error().message.find("geheim"), std::string::npos);
    return checked.error().message;
  }

  test::TempDir directory_;
  BrokerOptions options_;
};

TEST_F(BrokerLogin, TakesSeveralUrlsInOrder) {
  options_.url = "amqps://a,amqps://b:99,amqps://c";
  const auto urls = check_broker(options_);
  ASSERT_TRUE(urls);
  ASSERT_EQ(urls->size(), 3U);
  EXPECT_EQ((*urls)[1].host, "b");
  EXPECT_EQ((*urls)[1].port, 99);
  EXPECT_EQ((*urls)[2].host, "c");
}

TEST_F(BrokerLogin, RefusesListsThatAreNotWhole) {
  for (const char* text : {"", ",", "amqp://a,", ",amqp://a", "amqp://a,,amqp://b", "amqp://a b"}) {
    options_.url = text;
    EXPECT_NE(refusal(), "") << text;
  }
  options_.url = "amqp://a,amqps://b";
  EXPECT_NE(refusal().find("mix"), std::string::npos) << refusal();
}

TEST_F(BrokerLogin, APasswordIsNeverSentInTheClear) {
  options_.user = "node";
  options_.password_file = good_file();
  EXPECT_NE(refusal().find("in the clear"), std::string::npos) << refusal();
  options_.url = "amqps://a";
  EXPECT_EQ(refusal(), "");
}

TEST_F(BrokerLogin, APasswordFileIsForItsOwnerOnly) {
  options_.url = "amqps://a";
  options_.user = "node";
  EXPECT_NE(refusal().find("name both"), std::string::npos) << refusal();
  options_.password_file = directory_ / "missing";
  EXPECT_NE(refusal().find("missing"), std::string::npos) << refusal();
  using std::filesystem::perms;
  options_.password_file = password_file("geheim\n", perms::owner_read | perms::group_read);
  EXPECT_NE(refusal().find("chmod 600"), std::string::npos) << refusal();
  std::filesystem::remove(options_.password_file);
  options_.password_file = password_file("\nsecond line\n", perms::owner_all);
  EXPECT_NE(refusal().find("first line"), std::string::npos) << refusal();
}

TEST_F(BrokerLogin, APasswordIsOneShortLine) {
  options_.url = "amqps://a";
  options_.user = "node";
  using std::filesystem::perms;
  options_.password_file = password_file(std::string(1024, 'p') + "\r\nmore", perms::owner_all);
  EXPECT_EQ(refusal(), "");
  password_file(std::string(1025, 'p'), perms::owner_all);
  EXPECT_NE(refusal().find("more than 1024 bytes"), std::string::npos) << refusal();
  password_file(std::string("a\0b", 3), perms::owner_all);
  EXPECT_NE(refusal().find("NUL"), std::string::npos) << refusal();
}

TEST_F(BrokerLogin, CertificatesWantTlsAndTheirKeys) {
  options_.ca_file = directory_ / "ca.pem";
  EXPECT_NE(refusal().find("amqps://"), std::string::npos) << refusal();
  options_.url = "amqps://a";
  EXPECT_NE(refusal().find("ca.pem"), std::string::npos) << refusal();
  options_.ca_file.clear();
  options_.client_certificate = directory_ / "cert.pem";
  EXPECT_NE(refusal().find("name both"), std::string::npos) << refusal();
  options_.client_key = directory_ / "key.pem";
  EXPECT_NE(refusal().find("cert.pem"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace mgc::transport
