#include "tests/style/code_rules.hpp"

#include <gtest/gtest.h>

namespace mgc::style {
namespace {

/// A function whose body has `lines` lines between its braces.
std::string function_of(const std::string& head, int lines) {
  std::string text = head + " {\n";
  for (int i = 0; i < lines; ++i) text += "  call();\n";
  return text + "}\n";
}

TEST(FunctionLength, CountsFromHeadToClosingBrace) {
  EXPECT_TRUE(check_function_length({"core/a.cpp", function_of("int a()", 58)}).empty());
  const Findings expected = {{"core/a.cpp", 2, "a function of 61 lines; at most 60"}};
  EXPECT_EQ(check_function_length({"core/a.cpp", "\n" + function_of("int a()", 59)}), expected);
}

TEST(FunctionLength, SeesFunctionsInsideClassesAndNamespaces) {
  const std::string text =
      "namespace mgc {\nclass A final : public B {\n public:\n  A(int b) : b_{b}"
      ", c_(1)" +
      function_of("", 70) + "};\n}\n";
  EXPECT_EQ(check_function_length({"core/a.hpp", text}).size(), 1U);
}

TEST(FunctionLength, IsNotFooledByBracesInTextAndComments) {
  const std::string text =
      "const char* a = \"{ ( {\"; // {\nconst char b = '{';\nint c = 1'000;\n" +
      function_of("int d()", 10) + function_of("int e()", 70);
  const auto functions = functions_of(split_cpp(text).code);
  ASSERT_EQ(functions.size(), 2U);
  EXPECT_EQ(functions[0].head, "int d()");
  EXPECT_EQ(functions[1].lines(), 72U);
}

TEST(FunctionLength, DoesNotCountTablesClassesOrEnums) {
  const std::string text = "struct A {\n" + std::string(80, '\n') + "};\nenum class B : int {\n" +
                           std::string(80, '\n') + "};\nconstexpr int kTable[] = {\n" +
                           std::string(80, '\n') + "};\n";
  EXPECT_TRUE(functions_of(text).empty());
}

TEST(FunctionLength, EndsWithItsOwnBrace) {
  const auto functions = functions_of(
      "template <typename T>\nclass Q {\n public:\n  int a() const { return f([] { return 1; }); "
      "}\n"
      "  struct In {\n    int x{0};\n  };\n  void b() noexcept {\n    if (x) {\n    }\n  }\n};\n");
  ASSERT_EQ(functions.size(), 2U);
  EXPECT_EQ(functions[0].lines(), 1U);
  EXPECT_EQ(functions[1].first_line, 8U);
  EXPECT_EQ(functions[1].last_line, 11U);
}

TEST(Catches, MustNotBeEmpty) {
  EXPECT_EQ(check_catches({"db/a.cpp", "try { a(); } catch (const E& e) { // why\n }"}).size(), 1U);
  EXPECT_TRUE(check_catches({"db/a.cpp", "try {} catch (const E& e) { f(e); }"}).empty());
}

TEST(Catches, OfEverythingRethrowOrMakeAnError) {
  EXPECT_EQ(check_catches({"db/a.cpp", "try {} catch (...) { count++; }"}).size(), 1U);
  EXPECT_EQ(check_catches({"db/a.cpp", "try {} catch (...) { log_error(\"x\"); }"}).size(), 1U);
  EXPECT_TRUE(check_catches({"db/a.cpp", "try {} catch (...) { count++; throw; }"}).empty());
  EXPECT_TRUE(check_catches({"db/a.cpp", "try {} catch (...) { return Error{a, b}; }"}).empty());
  EXPECT_TRUE(check_catches({"db/a.cpp", "try {} catch (...) { return native_error(); }"}).empty());
}

TEST(Locks, AreInGuardedAlone) {
  EXPECT_EQ(check_locks({"db/a.hpp", "std::mutex a;\nstd::unique_lock b(a);"}).size(), 2U);
  EXPECT_TRUE(check_locks({"core/guarded.hpp", "std::mutex a;"}).empty());
  EXPECT_TRUE(check_locks({"db/a.hpp", "// std::mutex\n"}).empty());
}

TEST(Ownership, HasNoNakedNewOrDelete) {
  EXPECT_EQ(check_ownership({"db/a.cpp", "auto* a = new int(1);\ndelete a;\n"}).size(), 2U);
  EXPECT_TRUE(check_ownership({"db/a.cpp", "A(const A&) = delete;\n// new day\n"}).empty());
}

TEST(Ownership, HasNoDetachedThreadAndNoOpenNamespace) {
  EXPECT_EQ(check_ownership({"db/a.cpp", "\nusing namespace std;\n"}),
            (Findings{{"db/a.cpp", 2, "using namespace at file scope"}}));
  EXPECT_EQ(check_ownership({"db/a.cpp", "void f() {\n  t.detach();\n}"}).size(), 1U);
  EXPECT_TRUE(check_ownership({"db/a.cpp", "void f() {\n  using namespace x;\n}"}).empty());
}

TEST(Clang, HasNoRangesThatOnlyOtherCompilersKnow) {
  EXPECT_EQ(check_clang({"db/a.cpp", "auto a = b | std::views::transform(f);"}).size(), 1U);
  EXPECT_EQ(check_clang({"db/a.cpp", "std::ranges::unique(a);"}).size(), 1U);
  EXPECT_TRUE(check_clang({"db/a.cpp", "std::ranges::sort(a); std::unique(b, e);"}).empty());
}

TEST(Tests, NeitherSleepNorSkip) {
  EXPECT_EQ(check_tests_run({"tests/a_test.cpp", "std::this_thread::sleep_for(1s);"}).size(), 1U);
  EXPECT_EQ(check_tests_run({"tests/a_test.cpp", "GTEST_SKIP() << 1;"}).size(), 1U);
  EXPECT_EQ(check_tests_run({"tests/a_test.cpp", "TEST(A, DISABLED_B) {}"}).size(), 1U);
  EXPECT_TRUE(check_tests_run({"tests/a_test.cpp", "// sleep_for(1s)\n"}).empty());
}

TEST(HeaderGuard, IsTheFirstThingAfterComments) {
  EXPECT_TRUE(check_header_guard({"core/a.hpp", "// About a.\n#pragma once\n"}).empty());
  EXPECT_EQ(check_header_guard({"core/a.hpp", "#include <map>\n#pragma once\n"}).size(), 1U);
  EXPECT_EQ(check_header_guard({"core/a.hpp", "// #pragma once\nint a;\n"}).size(), 1U);
}

TEST(Includes, FollowTheDependencyRule) {
  EXPECT_TRUE(check_includes({"db/a.cpp", "#include \"schema/pack.hpp\"\n"}).empty());
  EXPECT_EQ(check_includes({"db/a.cpp", "#include <map>\n#include \"spool/outbox.hpp\"\n"}),
            (Findings{{"db/a.cpp", 2, "\"spool/outbox.hpp\" breaks the dependency rule"}}));
  EXPECT_EQ(check_includes({"core/a.cpp", "#include \"schema/pack.hpp\"\n"}).size(), 1U);
  EXPECT_EQ(check_includes({"producer/a.cpp", "#include \"consumer/a.hpp\"\n"}).size(), 1U);
  EXPECT_EQ(check_includes({"app/a.cpp", "#include \"tests/support/temp_dir.hpp\"\n"}).size(), 1U);
  EXPECT_TRUE(check_includes({"tests/a_test.cpp", "#include \"app/a.hpp\"\n"}).empty());
}

TEST(Includes, KeepLibrariesInTheirFolder) {
  EXPECT_EQ(check_includes({"consumer/a.cpp", "#include <proton/sender.hpp>\n"}).size(), 1U);
  EXPECT_EQ(check_includes({"consumer/a.cpp", "#include <soci/soci.h>\n"}).size(), 1U);
  EXPECT_EQ(check_includes({"spool/a.cpp", "#include \"mgc/v1/pack.pb.h\"\n"}).size(), 1U);
  EXPECT_TRUE(check_includes({"transport/a.cpp", "#include <proton/sender.hpp>\n"}).empty());
  EXPECT_TRUE(check_includes({"db/a.cpp", "#include <soci/soci.h>\n"}).empty());
  EXPECT_TRUE(
      check_includes({"tests/unit/schema/a_test.cpp", "#include \"mgc/v1/pack.pb.h\"\n"}).empty());
}

TEST(Includes, StartAtTheRepositoryRoot) {
  EXPECT_EQ(check_includes({"db/a.cpp", "#include \"store.hpp\"\n"}).size(), 1U);
  EXPECT_TRUE(
      check_includes({"db/a.cpp", "const char* a = R\"(\n#include \"b.hpp\"\n)\";"}).empty());
}

}  // namespace
}  // namespace mgc::style
