#include "audit/formats/zip.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/audit/formats/unzip.hpp"

namespace mgc::audit {
namespace {

TEST(Zip, GivesItsFilesBack) {
  Bytes all;
  for (int byte = 0; byte < 100'000; ++byte) all.push_back(static_cast<char>(byte * 7));
  const auto files = test::unzip(zip_of({{"one.json", "{}"}, {"two.bin", all}, {"none", ""}}));
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files.at("one.json"), "{}");
  EXPECT_EQ(files.at("two.bin"), all);
  EXPECT_EQ(files.at("none"), "");
}

// Offset 10 of a local header has the time and the date (APPNOTE.TXT, 4.3.7).
TEST(Zip, HasTheFirstTimeThatAZipCanHave) {
  const Bytes bytes = zip_of({{"a", "b"}});
  EXPECT_EQ(bytes.substr(0, 4), "PK\x03\x04");
  EXPECT_EQ(bytes.substr(10, 4), std::string("\0\0\x21\0", 4));
}

}  // namespace
}  // namespace mgc::audit
