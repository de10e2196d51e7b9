#include "tests/style/text_rules.hpp"

#include <gtest/gtest.h>

namespace mgc::style {
namespace {

TEST(LineWidth, IsCountedInCharacters) {
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\xC3\xA9";
  EXPECT_TRUE(check_line_width({"core/a.cpp", wide + "\n"}).empty());
  const Findings expected = {{"core/a.cpp", 2, "a line of more than 100 characters"}};
  EXPECT_EQ(check_line_width({"core/a.cpp", "int a;\n" + wide + "x\n"}), expected);
}

TEST(LineWidth, IsNotLimitedInProse) {
  EXPECT_TRUE(check_line_width({"docs/a.md", std::string(300, 'x')}).empty());
  EXPECT_TRUE(check_line_width({"tests/package-lock.json", std::string(300, 'x')}).empty());
}

TEST(FileLength, EndsAtFourHundredLines) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\n";
  EXPECT_TRUE(check_file_length({"core/a.cpp", text}).empty());
  EXPECT_EQ(check_file_length({"core/a.cpp", text + "int a;\n"}).size(), 1U);
}

TEST(OpenPoints, NameTheirIssue) {
  const std::string todo = std::string("TO") + "DO";
  EXPECT_EQ(check_open_points({"core/a.cpp", "// " + todo + ": later\n"}).size(), 1U);
  EXPECT_EQ(check_open_points({"run", "# FIX" + std::string("ME\n")}).size(), 1U);
  EXPECT_TRUE(check_open_points({"core/a.cpp", "// " + todo + "(#12): later\n"}).empty());
}

TEST(MachinePaths, OfAHomeOrOfTheCheckoutAreFound) {
  const std::string home = "/ho" + std::string("me/anna/x");
  EXPECT_EQ(check_machine_paths({"run", "a=" + home}, "/srv/mgc").size(), 1U);
  EXPECT_EQ(check_machine_paths({"run", "a\nb /srv/mgc/x"}, "/srv/mgc"),
            (Findings{{"run", 2, "the path of this checkout"}}));
  EXPECT_TRUE(check_machine_paths({"run", "https://example.org/home/anna"}, "/srv/mgc").empty());
  EXPECT_TRUE(check_machine_paths({"run", "$DIR/home/anna"}, "/srv/mgc").empty());
}

TEST(Names, SayWhatIsInside) {
  EXPECT_EQ(check_names({"core/util.hpp", ""}).size(), 1U);
  EXPECT_EQ(check_names({"common/a.hpp", ""}).size(), 1U);
  EXPECT_TRUE(check_names({"core/commonality.hpp", ""}).empty());
}

TEST(MarkdownHeading, IsOneOutsideOfFences) {
  EXPECT_TRUE(check_markdown_heading({"a.md", "# A\n```sh\n# comment\n```\n"}).empty());
  EXPECT_EQ(check_markdown_heading({"a.md", "# A\n# B\n"}).size(), 1U);
  EXPECT_EQ(check_markdown_heading({"a.md", "text\n"}).size(), 1U);
}

TEST(CMakeComments, HoldNoCode) {
  EXPECT_EQ(check_cmake_comments({"CMakeLists.txt", "x()\n# add_library(foo a.cpp)\n"}).size(), 1U);
  EXPECT_TRUE(check_cmake_comments({"CMakeLists.txt", "# module(NAME SOURCES file...)\n"}).empty());
  EXPECT_TRUE(check_cmake_comments({"CMakeLists.txt", "# Why (and how).\n"}).empty());
}

}  // namespace
}  // namespace mgc::style
