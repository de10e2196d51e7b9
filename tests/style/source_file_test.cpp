#include "tests/style/source_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace mgc::style {
namespace {

TEST(SplitCpp, KeepsCodeAndCommentsApartInPlace) {
  const CppText split = split_cpp("int a; // b\n/* c */ int d;\n");
  EXPECT_EQ(split.code, "int a;     \n        int d;\n");
  EXPECT_EQ(split.comments, "       // b\n/* c */       \n");
}

TEST(SplitCpp, BlanksWhatIsInsideLiterals) {
  EXPECT_EQ(split_cpp(R"(f("new \"x", '"', 1'000);)").code, "f(\"       \", ' ', 1'000);");
  EXPECT_EQ(split_cpp("f(R\"x(a\")b)x\", g);").code, "f(R\"        \", g);");
}

TEST(SplitCpp, KeepsIncludesAsTheyAre) {
  EXPECT_EQ(split_cpp("#include \"core/a.hpp\"\n").code, "#include \"core/a.hpp\"\n");
}

TEST(LineAt, StartsAtOne) {
  EXPECT_EQ(line_at("a\nb", 0), 1U);
  EXPECT_EQ(line_at("a\nb", 2), 2U);
}

TEST(ReadRepository, LeavesBuildTreesAndLeftoversOut) {
  const test::TempDir root;
  for (const char* folder : {"build", "core", ".ci", ".git", "demo/logs", "tests/fuzz/corpus"}) {
    std::filesystem::create_directories(root / folder);
  }
  for (const char* file : {"build/a.cpp", "core/a.cpp", ".ci/run", ".git/config", "demo/logs/b.log",
                           "tests/fuzz/corpus/a.cpp", "x.db", "n.outbox-wal", "README.md"}) {
    std::ofstream(root / file) << "text";
  }
  std::vector<std::string> paths;
  for (const SourceFile& file : read_repository(root.path())) paths.push_back(file.path);
  EXPECT_EQ(paths, (std::vector<std::string>{".ci/run", "README.md", "core/a.cpp"}));
}

}  // namespace
}  // namespace mgc::style
