#include "db/dsn.hpp"

#include <gtest/gtest.h>

namespace mgc::db {
namespace {

TEST(Dsn, IsTakenApart) {
  const auto dsn = parse_dsn("sqlite3://db=mgccomp.db timeout=3");
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->engine, "sqlite3");
  EXPECT_EQ(dsn->parameters, "db=mgccomp.db timeout=3");
}

TEST(Dsn, AnUnknownEngineIsToldWhichAreKnown) {
  for (const char* text : {"oracle://service=x password=hunter2", "postgres//x", "mgccomp.db", "",
                           "://db=x", "password=hunter2"}) {
    const auto dsn = parse_dsn(text);
    ASSERT_FALSE(dsn) << text;
    EXPECT_EQ(dsn.error().action, Action::stop);
    EXPECT_NE(dsn.error().message.find("sqlite3"), std::string::npos) << dsn.error().message;
    EXPECT_EQ(dsn.error().message.find("hunter2"), std::string::npos) << dsn.error().message;
  }
}

}  // namespace
}  // namespace mgc::db
