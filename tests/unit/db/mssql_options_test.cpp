#include "db/mssql/options.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "db/odbc/connection_string.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::db::mssql {
namespace {

std::string refusal(const std::string& parameters) {
  const auto options = parse_options(parameters);
  if (options) return "accepted: " + options->connection_string;
  EXPECT_EQ(options.error().action, Action::stop);
  return options.error().message;
}

TEST(MssqlOptions, BeyondLoopbackTheServerIsVerified) {
  const auto options = parse_options(
      "Driver=ODBC Driver 18 for SQL Server;Server=tcp:db.example.com,1433;Database=mgccomp;UID=w");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_NE(options->connection_string.find("Encrypt=yes;"), std::string::npos);
  EXPECT_EQ(options->name, "tcp:db.example.com,1433/mgccomp");
  EXPECT_NE(options->maintenance_string.find("Database=master;"), std::string::npos);
}

TEST(MssqlOptions, NothingMayWeakenTheVerification) {
  const std::string server = "Driver=ODBC Driver 18 for SQL Server;Server=db.example.com;";
  EXPECT_NE(refusal(server + "TrustServerCertificate=YES").find("stand in"), std::string::npos);
  EXPECT_NE(refusal(server + "Encrypt=no").find("must be yes"), std::string::npos);
  EXPECT_NE(refusal(server + "Encrypt=Optional").find("must be yes"), std::string::npos);
  EXPECT_NE(refusal("Driver=FreeTDS;Server=db.example.com").find("freetds.conf"),
            std::string::npos);
  EXPECT_NE(refusal("Driver=FreeTDS;Servername=db;Encryption=off").find("must be require"),
            std::string::npos);
}

TEST(MssqlOptions, WhatLooksLikeLoopbackIsNot) {
  const auto options = parse_options("Driver=ODBC Driver 18;Server=127.0.0.1.example.com");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_NE(options->connection_string.find("Encrypt=yes;"), std::string::npos);
}

TEST(MssqlOptions, AnEntryOfOdbcIniCannotTrustEverybody) {
  const auto options = parse_options("DSN=archive");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_NE(options->connection_string.find("TrustServerCertificate=no;"), std::string::npos);
}

TEST(MssqlOptions, FreeTdsGoesByItsOwnFile) {
  const auto options = parse_options("Driver=FreeTDS;Servername=archive;Database=mgccomp");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_NE(options->connection_string.find("Encryption=require;"), std::string::npos);
  EXPECT_EQ(options->warnings.size(), 1U);
}

TEST(MssqlOptions, OverLoopbackNothingIsEncrypted) {
  const auto options = parse_options("Driver=FreeTDS;Server=127.0.0.1;Port=1433");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->connection_string,
            "Driver=FreeTDS;Server=127.0.0.1;Port=1433;TDS_Version=7.3;");
}

TEST(MssqlOptions, APasswordComesFromAFileOnly) {
  EXPECT_NE(refusal("DSN=archive;PWD=secret").find("password_file"), std::string::npos);
  EXPECT_EQ(refusal("DSN=archive;PWD=secret").find("secret"), std::string::npos);
  const test::TempDir directory;
  const auto file = directory / "password";
  std::ofstream(file) << "se;cr}et\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  const auto options = parse_options("DSN=archive;password_file=" + file.string());
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_NE(options->connection_string.find("PWD={se;cr}}et};"), std::string::npos);
  EXPECT_EQ(options->connection_string.find("password_file"), std::string::npos);
}

TEST(MssqlOptions, TimeOutsAreOurs) {
  const auto options = parse_options("DSN=archive;lock_timeout=3;statement_timeout=30");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->lock_timeout, std::chrono::seconds(3));
  EXPECT_EQ(options->statement_timeout, std::chrono::seconds(30));
  EXPECT_NE(refusal("DSN=archive;lock_timeout=soon").find("lock_timeout"), std::string::npos);
}

TEST(OdbcConnectionString, ValuesInBracesMayHoldAnything) {
  const auto text = odbc::ConnectionString::parse(" a = b ;C={d;e}}f};;");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->find("A"), "b");
  EXPECT_EQ(text->find("c"), "d;e}f");
  EXPECT_EQ(text->text(), "a=b;C={d;e}}f};");
  const auto tab = odbc::ConnectionString::parse("a={\tb}");
  ASSERT_TRUE(tab) << tab.error().message;
  EXPECT_EQ(tab->text(), "a={\tb};");
}

TEST(OdbcConnectionString, WhatIsNoneIsRefusedWithoutShowingIt) {
  for (const char* wrong : {"secret", "a={secret", "a={x}secret", "a=1;A=secret", "x;PWD=secret",
                            "Server=.;x;PWD=secret"}) {
    const auto text = odbc::ConnectionString::parse(wrong);
    ASSERT_FALSE(text) << wrong;
    EXPECT_EQ(text.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace mgc::db::mssql
