#include <gtest/gtest.h>

#include <functional>

#include "tests/style/code_rules.hpp"
#include "tests/style/source_file.hpp"
#include "tests/style/text_rules.hpp"
#include "tests/style/tree_rules.hpp"

namespace mgc::style {
namespace {

/// The rules over this repository: none finds anything.
class Repository : public testing::Test {
 protected:
  static void SetUpTestSuite() { files() = read_repository(MGC_SOURCE_DIR); }
  static std::vector<SourceFile>& files() {
    static std::vector<SourceFile> read;
    return read;
  }
  static Findings each(const std::function<Findings(const SourceFile&)>& rule) {
    Findings all;
    for (const SourceFile& file : files()) {
      const Findings found = rule(file);
      all.insert(all.end(), found.begin(), found.end());
    }
    return all;
  }
};

TEST_F(Repository, IsRead) { EXPECT_GT(files().size(), 50U) << "in " MGC_SOURCE_DIR; }
TEST_F(Repository, KeepsLinesNarrow) { EXPECT_EQ(each(check_line_width), Findings{}); }
TEST_F(Repository, KeepsFilesShort) { EXPECT_EQ(each(check_file_length), Findings{}); }
TEST_F(Repository, KeepsFunctionsShort) { EXPECT_EQ(each(check_function_length), Findings{}); }
TEST_F(Repository, NamesTheIssueOfOpenPoints) { EXPECT_EQ(each(check_open_points), Findings{}); }
TEST_F(Repository, HasTellingNames) { EXPECT_EQ(each(check_names), Findings{}); }
TEST_F(Repository, HasOneTitleADocument) { EXPECT_EQ(each(check_markdown_heading), Findings{}); }
TEST_F(Repository, HasNoDeadCMakeCode) { EXPECT_EQ(each(check_cmake_comments), Findings{}); }
TEST_F(Repository, FollowsTheDependencyRule) { EXPECT_EQ(each(check_includes), Findings{}); }
TEST_F(Repository, SwallowsNoException) { EXPECT_EQ(each(check_catches), Findings{}); }
TEST_F(Repository, LocksInOnePlace) { EXPECT_EQ(each(check_locks), Findings{}); }
TEST_F(Repository, OwnsWhatItAllocates) { EXPECT_EQ(each(check_ownership), Findings{}); }
TEST_F(Repository, CompilesWithClang) { EXPECT_EQ(each(check_clang), Findings{}); }
TEST_F(Repository, RunsItsTests) { EXPECT_EQ(each(check_tests_run), Findings{}); }
TEST_F(Repository, GuardsItsHeaders) { EXPECT_EQ(each(check_header_guard), Findings{}); }
TEST_F(Repository, BuildsEverySource) { EXPECT_EQ(check_sources_are_built(files()), Findings{}); }
TEST_F(Repository, RunsEveryTestScript) { EXPECT_EQ(check_scripts_are_run(files()), Findings{}); }

TEST_F(Repository, NamesNoPathOfAMachine) {
  EXPECT_EQ(each([](const SourceFile& file) { return check_machine_paths(file, MGC_SOURCE_DIR); }),
            Findings{});
}

TEST_F(Repository, CompilesWithWarningsAsErrors) {
  const auto commands = read_compile_commands(MGC_BUILD_DIR);
  EXPECT_FALSE(commands.empty());
  EXPECT_EQ(check_compile_flags(commands, MGC_SOURCE_DIR, MGC_BUILD_DIR), Findings{});
}

}  // namespace
}  // namespace mgc::style
