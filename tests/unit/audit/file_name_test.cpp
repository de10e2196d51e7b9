#include "audit/file_name.hpp"

#include <gtest/gtest.h>

#include <set>

#include "audit/slice_export.hpp"

namespace mgc::audit {
namespace {

TEST(FileName, KeepsWhatItCanAndTheDigestOfAll) {
  // sha256sum of the text: ef145fa1fd9d1993...
  EXPECT_EQ(file_name_of("ma-chan://example.org/ubuntu"),
            "ma-chan-example-org-ubuntu-ef145fa1fd9d1993");
  EXPECT_EQ(file_name_of(""), "e3b0c44298fc1c14");
}

TEST(FileName, CanAlwaysBeOne) {
  std::set<std::string> names;
  const std::string long_name(1'024, 'x');
  for (const std::string& text :
       {std::string(), std::string("../../etc/passwd"), std::string(".."), std::string("/"),
        std::string("a/b"), std::string("a.b"), std::string("a-b"), std::string("nul\0nul", 7),
        std::string("\x1b]0;title\x07"), std::string("\xc3\xbc"), std::string("\xff"), long_name,
        long_name + "y", std::string("CON")}) {
    for (const std::string& name : {file_name_of(text), plain_file_name_of(text)}) {
      EXPECT_TRUE(check_file_name(name)) << name;
      EXPECT_LE(name.size(), 97U);
    }
    EXPECT_TRUE(names.insert(file_name_of(text)).second) << text;
  }
}

TEST(FileName, IsATextItselfWhereThatIsPlain) {
  EXPECT_EQ(plain_file_name_of("compliance"), "compliance");
  EXPECT_EQ(plain_file_name_of("compliance.3"), "compliance.3");
  EXPECT_TRUE(plain_file_name_of("a/b").starts_with("a-b-"));
}

}  // namespace
}  // namespace mgc::audit
