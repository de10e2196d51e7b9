#include "db/sqlite/connection.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace mgc::db::sqlite {
namespace {

TEST(Connection, ReadsTheFormsThatSociKnows) {
  EXPECT_EQ(parse_parameters("db=a.db")->file, "a.db");
  EXPECT_EQ(parse_parameters("dbname=a.db")->file, "a.db");
  EXPECT_EQ(parse_parameters("db=\"my store.db\" timeout=0")->file, "my store.db");
  EXPECT_EQ(parse_parameters("db=\"my store.db\" timeout=0")->timeout_seconds, 0);
  EXPECT_EQ(parse_parameters(" timeout=7  db='a b'")->file, "a b");
  EXPECT_EQ(parse_parameters("/var/lib/mgc/a b.db")->file, "/var/lib/mgc/a b.db");
}

TEST(Connection, RefusesWhatItCannotKeep) {
  for (const char* text : {"", "db=", "timeout=1", "db=:memory:", "db=file:x?mode=ro", "db=\"a",
                           "db=a timeout=x", "db=a timeout=-1", "db=a synchronous=OFF", "db=a b"}) {
    const auto options = parse_parameters(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().action, Action::stop);
  }
}

TEST(Connection, OpensAFileWithSpacesInItsName) {
  const test::TempDir directory;
  const std::string file = (directory / "my store.db").string();
  const auto opened = Connection::open({file, 1}, OpenMode::create);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Connection, SaysWhyAFileCannotBeOpened) {
  const test::TempDir directory;
  struct Case {
    std::string file;
    OpenMode mode;
    const char* said;
  };
  const Case cases[] = {
      {directory.path().string(), OpenMode::create, "is a directory"},
      {(directory / "no/such/a.db").string(), OpenMode::create, "does not exist; create it"},
      {(directory / "missing.db").string(), OpenMode::read_write, "run mgc db init"},
      {(directory / "missing.db").string(), OpenMode::read_only, "run mgc db init"},
  };
  for (const Case& c : cases) {
    const auto opened = Connection::open({c.file, 1}, c.mode);
    ASSERT_FALSE(opened) << c.file;
    EXPECT_EQ(opened.error().action, Action::stop);
    EXPECT_NE(opened.error().message.find(c.said), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find(c.file), std::string::npos) << opened.error().message;
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "missing.db"));
}

}  // namespace
}  // namespace mgc::db::sqlite
