#include <gtest/gtest.h>

#include "db/mariadb/server_options.hpp"

namespace mgc::db::mariadb {
namespace {

ServerOptions parsed(std::string_view text) {
  const auto options = parse_parameters(text);
  EXPECT_TRUE(options) << options.error().message;
  return options ? *options : ServerOptions{};
}

TEST(MariadbOptions, ReadsThemAll) {
  const auto options = parsed(
      "host=db.example.org  port=3307 db=mgccomp user=mgc password_file='/etc/mgc/my file' "
      "tls_ca=\"/etc/mgc/ca.pem\" tls_cert=c tls_key=k lock_timeout=3 statement_timeout=0");
  EXPECT_EQ(options.host, "db.example.org");
  EXPECT_EQ(options.port, 3307U);
  EXPECT_EQ(options.database, "mgccomp");
  EXPECT_EQ(options.user, "mgc");
  EXPECT_EQ(options.password_file, "/etc/mgc/my file");
  EXPECT_EQ(options.tls_ca, "/etc/mgc/ca.pem");
  EXPECT_EQ(options.tls_cert, "c");
  EXPECT_EQ(options.tls_key, "k");
  EXPECT_EQ(options.lock_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options.statement_timeout_for(OpenMode::read_write), std::chrono::seconds(0));
  EXPECT_EQ(options.name, "db.example.org:3307/mgccomp");
}

TEST(MariadbOptions, WritersHaveATimeOutAndReadersNone) {
  const auto options = parsed("unix_socket=/run/mysqld/mysqld.sock dbname=mgccomp_audit");
  EXPECT_EQ(options.statement_timeout_for(OpenMode::read_write), std::chrono::seconds(60));
  EXPECT_EQ(options.statement_timeout_for(OpenMode::read_only), std::chrono::seconds(0));
  EXPECT_EQ(options.statement_timeout_for(OpenMode::look_up), std::chrono::seconds(30));
  EXPECT_EQ(options.name, "/run/mysqld/mysqld.sock/mgccomp_audit");
}

TEST(MariadbOptions, AServerBeyondThisMachineIsVerified) {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
    EXPECT_FALSE(parsed("db=x host=" + std::string(host)).needs_tls()) << host;
    EXPECT_TRUE(parsed("db=x tls_ca=ca host=" + std::string(host)).needs_tls()) << host;
  }
  for (const char* host : {"db", "10.0.0.1", "127.0.0.1.example.org", "localhost.example.org"}) {
    EXPECT_TRUE(parsed("db=x host=" + std::string(host)).needs_tls()) << host;
  }
  EXPECT_FALSE(parsed("db=x unix_socket=/run/x").needs_tls());
}

TEST(MariadbOptions, WhatIsWrongIsNamedAndAPasswordNeverShown) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "host="},
      {"db=x", "host="},
      {"host=a unix_socket=b db=x", "one of the two"},
      {"host=a", "db="},
      {"host=a db=bad`name", "db="},
      {"host=a db=x password=hunter2", "password_file"},
      {"host=a db=x pass=hunter2", "password_file"},
      {"host=a db=x port=0", "port"},
      {"host=a db=x port=65536", "port"},
      {"host=a db=x lock_timeout=-1", "lock_timeout"},
      {"host=a db=x statement_timeout=1s", "statement_timeout"},
      {"host=a db=x local_infile=1", "local_infile"},
      {"host=a db=x tls_cert=c", "tls_key"},
      {"host=localhost db=x tls_cert=c tls_key=k", "tls_ca"},
      {"host=a db='x", "quote"},
      {"hunter2", "without a value"},
  };
  for (const auto& [text, said] : cases) {
    const auto options = parse_parameters(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().action, Action::stop);
    EXPECT_NE(options.error().message.find(said), std::string::npos) << options.error().message;
    EXPECT_EQ(options.error().message.find("hunter2"), std::string::npos)
        << options.error().message;
  }
  const std::string longest(58, 'x');
  EXPECT_TRUE(parse_parameters("host=a db=" + longest));
  EXPECT_FALSE(parse_parameters("host=a db=" + longest + "x"));
}

}  // namespace
}  // namespace mgc::db::mariadb
