#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/password_file.hpp"
#include "db/postgresql/server_options.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::db::postgresql {
namespace {

std::string keyword(const ServerOptions& options, const std::string& key) {
  const auto found =
      std::ranges::find(options.libpq, key, &std::pair<std::string, std::string>::first);
  return found == options.libpq.end() ? "" : found->second;
}

TEST(PostgresqlOptions, ReadsTheFormOfLibpq) {
  const auto options = parse_parameters(
      "host=/run/postgresql port=5433  dbname='my store' user='o\\'neill' sslcert=a.pem"
      " schema=hr password_file=/etc/mgc/pw lock_timeout=3 statement_timeout=9");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->database, "my store");
  EXPECT_EQ(options->schema, "hr");
  EXPECT_EQ(options->password_file, "/etc/mgc/pw");
  EXPECT_EQ(keyword(*options, "user"), "o'neill");
  EXPECT_EQ(keyword(*options, "sslcert"), "a.pem");
  EXPECT_EQ(options->lock_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options->statement_timeout_for(OpenMode::read_write), std::chrono::seconds(9));
  EXPECT_EQ(options->statement_timeout_for(OpenMode::read_only), std::chrono::seconds(9));
  EXPECT_EQ(options->name, "/run/postgresql:5433/my store schema hr");
}

TEST(PostgresqlOptions, WhatIsNotSaidIsSafe) {
  const auto options = parse_parameters("host=db.example.org dbname=mgccomp");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->schema, "public");
  EXPECT_EQ(options->lock_timeout, std::chrono::seconds(10));
  EXPECT_EQ(options->statement_timeout_for(OpenMode::read_write), std::chrono::seconds(60));
  EXPECT_EQ(options->statement_timeout_for(OpenMode::read_only), std::chrono::seconds(0))
      << "searches take long";
  EXPECT_EQ(options->statement_timeout_for(OpenMode::look_up), std::chrono::seconds(30));
  EXPECT_EQ(keyword(*options, "sslmode"), "verify-full");
  EXPECT_EQ(keyword(*options, "gssencmode"), "disable");
  EXPECT_EQ(keyword(*options, "connect_timeout"), "10");
  EXPECT_EQ(keyword(*options, "tcp_user_timeout"), "30000");
  EXPECT_EQ(options->name, "db.example.org:5432/mgccomp");
}

TEST(PostgresqlOptions, AServerBeyondThisMachineIsVerified) {
  struct Case {
    const char* text;
    const char* sslmode;
    bool warns;
  };
  const Case cases[] = {
      {"host=db.example.org", "verify-full", false},
      {"host=db.example.org sslmode=verify-full", "verify-full", false},
      {"host=db.example.org sslmode=require", "require", true},
      {"host=db.example.org sslmode=disable", "disable", true},
      {"host=localhost,db.example.org", "verify-full", false},
      {"host=localhost hostaddr=192.0.2.1", "verify-full", false},
      {"host=127.0.0.1.example.org", "verify-full", false},
      {"host=localhost", "", false},
      {"host=127.0.0.1", "", false},
      {"host=127.0.0.2 sslmode=disable", "disable", false},
      {"host=::1", "", false},
      {"host=/run/postgresql", "", false},
      {"host=@abstract", "", false},
  };
  for (const Case& c : cases) {
    const auto options = parse_parameters(std::string(c.text) + " dbname=x");
    ASSERT_TRUE(options) << c.text;
    EXPECT_EQ(keyword(*options, "sslmode"), c.sslmode) << c.text;
    EXPECT_EQ(!options->warning.empty(), c.warns) << c.text;
  }
}

TEST(PostgresqlOptions, RefusesWhatItCannotKeep) {
  for (const char* text :
       {"", "dbname=x", "host=a", "host=a dbname=", "host=a dbname=x password=secret",
        "host=a dbname=x options=-cfsync=off", "host=a dbname=x service=y", "host=a dbname='x",
        "host=a dbname=x what", "host=a dbname=x schema=A", "host=a dbname=x schema=pg_x",
        "host=a dbname=x schema=1a", "host=a dbname=x schema=a;b",
        "host=a dbname=x schema=", "host=a dbname=x lock_timeout=x",
        "host=a dbname=x lock_timeout=-1", "host=a dbname=x statement_timeout=1s"}) {
    const auto options = parse_parameters(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().action, Action::stop);
    EXPECT_EQ(options.error().message.find("secret"), std::string::npos);
  }
}

TEST(PostgresqlOptions, NoValueCanAddAKeyword) {
  const auto options = parse_parameters("host=localhost dbname=x user='a\\' sslmode=\\'disable'");
  ASSERT_TRUE(options);
  const std::string text = connect_string(*options, "d'b\\", "p'w sslmode=disable");
  EXPECT_NE(text.find("user='a\\' sslmode=\\'disable'"), std::string::npos) << text;
  EXPECT_NE(text.find("dbname='d\\'b\\\\'"), std::string::npos) << text;
  EXPECT_NE(text.find("password='p\\'w sslmode=disable'"), std::string::npos) << text;
}

TEST(PasswordFile, HoldsOneLineThatOnlyItsOwnerReads) {
  namespace fs = std::filesystem;
  const test::TempDir directory;
  const std::string file = (directory / "password").string();
  EXPECT_FALSE(read_password(file)) << "it is not there";
  EXPECT_FALSE(read_password(directory.path().string()));
  std::ofstream(file) << "correct horse\nnext line\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::group_read);
  const auto open = read_password(file);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("chmod 600"), std::string::npos) << open.error().message;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(read_password(file).value(), "correct horse");
  std::ofstream(file, std::ios::trunc) << "\n";
  EXPECT_FALSE(read_password(file)) << "it is empty";
}

}  // namespace
}  // namespace mgc::db::postgresql
