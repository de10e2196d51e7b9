#include "tests/style/tree_rules.hpp"

#include <gtest/gtest.h>

namespace mgc::style {
namespace {

TEST(SourcesAreBuilt, FindsAnOrphan) {
  const std::vector<SourceFile> files = {
      {"CMakeLists.txt", "add_subdirectory(db)"},
      {"db/CMakeLists.txt", "mgc_module(db SOURCES store.cpp sqlite/load.cpp other_reader.cpp)"},
      {"db/reader.cpp", ""},
      {"db/sqlite/load.cpp", ""},
      {"db/store.cpp", ""},
      {"tests/unit/db/store_test.cpp", ""}};
  const Findings expected = {{"db/reader.cpp", 0, "no CMakeLists.txt names it"},
                             {"tests/unit/db/store_test.cpp", 0, "no CMakeLists.txt names it"}};
  EXPECT_EQ(check_sources_are_built(files), expected);
}

TEST(ScriptsAreRun, FindsAnOrphan) {
  EXPECT_EQ(
      check_scripts_are_run({{"tests/a/CMakeLists.txt", ""}, {"tests/a/b_test.py", ""}}).size(),
      1U);
  EXPECT_TRUE(check_scripts_are_run(
                  {{"tests/a/CMakeLists.txt", "run(b_test.py)"}, {"tests/a/b_test.py", ""}})
                  .empty());
}

TEST(CompileFlags, FindsAFileWithoutAWarning) {
  const std::string all = "g++ -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -c a.cpp";
  const std::string less = "g++ -Wall -Wextra -Wpedantic -Wconversion -Wshadow=local -Werror";
  const Findings expected = {{"/r/db/b.cpp", 0, "compiled without -Wshadow"}};
  EXPECT_EQ(check_compile_flags({{"/r/db/a.cpp", all}, {"/r/db/b.cpp", less}}, "/r", "/r/build"),
            expected);
}

TEST(CompileFlags, DoNotConcernGeneratedCode) {
  EXPECT_TRUE(check_compile_flags({{"/r/build/dev/a.pb.cc", "g++"}}, "/r", "/r/build/dev").empty());
}

}  // namespace
}  // namespace mgc::style
