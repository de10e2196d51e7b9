#include "core/text_match.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

TextQuery query_of(std::string_view text) { return parse_text_query(text).value(); }
bool finds(std::string_view query, std::string_view text) { return matches(text, query_of(query)); }

/// Lists as "a|b*, c".
std::string needed(std::string_view query) {
  std::string text;
  for (const auto& list : needed_words(query_of(query))) {
    if (!text.empty()) text += ", ";
    for (const SoughtWord& word : list) {
      if (&word != &list.front()) text += '|';
      text += word.text + (word.is_prefix ? "*" : "");
    }
  }
  return text;
}

TEST(TextMatch, WordsMayStandAnywhere) {
  EXPECT_TRUE(finds("panic kernel", "Kernel: not syncing, PANIC"));
  EXPECT_FALSE(finds("panic kernel", "kernels panic"));
  EXPECT_FALSE(finds("panic", ""));
}

TEST(TextMatch, APhraseStandsInItsOrderWithoutAnythingBetween) {
  EXPECT_TRUE(finds(R"("kernel panic")", "a kernel -- PANIC!"));
  EXPECT_FALSE(finds(R"("kernel panic")", "panic kernel"));
  EXPECT_FALSE(finds(R"("kernel panic")", "kernel did panic"));
  EXPECT_TRUE(finds(R"("a a b")", "a a a b")) << "an attempt that fails is begun again behind it";
  EXPECT_FALSE(finds(R"("a b c")", "a b"));
  EXPECT_TRUE(finds("foo_bar", "the foo bar")) << "what parts words is no difference";
}

TEST(TextMatch, APrefixIsTheBeginningOfAWord) {
  EXPECT_TRUE(finds("kern*", "two kernels"));
  EXPECT_TRUE(finds("kern*", "a kern"));
  EXPECT_FALSE(finds("kern*", "microkernel"));
  EXPECT_TRUE(finds(R"("two kern*")", "two kernels"));
  EXPECT_FALSE(finds(R"("two kern*")", "kernels two"));
  EXPECT_TRUE(finds("прив*", "ПРИВЕТ"));
  EXPECT_TRUE(finds("na\u00EF*", "NA\u00CFVE"));
}

TEST(TextMatch, LeavesOutAndChooses) {
  EXPECT_TRUE(finds("kernel -panic", "kernel build"));
  EXPECT_FALSE(finds("kernel -panic", "kernel panic"));
  EXPECT_TRUE(finds("-panic", "")) << "a text without words is one without that word";
  EXPECT_TRUE(finds("oops OR panic", "an oops"));
  EXPECT_FALSE(finds("oops OR panic", "a kernel"));
  EXPECT_TRUE(finds("-(a b)", "a"));
  EXPECT_FALSE(finds("-(a OR b)", "a"));
  EXPECT_TRUE(finds("--a", "a"));
  EXPECT_FALSE(finds("(oops OR panic) -(test \"dry run\")", "oops, a test of the dry run"));
}

TEST(TextMatch, TakesTextsOfAnyBytes) {
  EXPECT_TRUE(finds("noir", "caf\xE9 noir"));
  EXPECT_TRUE(finds("secret", std::string_view("a\0secret", 8)));
  std::string large;
  for (int i = 0; i < 300'000; ++i) large += "y ";
  EXPECT_TRUE(finds(R"("y zebra")", large + "zebra"));
  EXPECT_FALSE(finds(R"("y zebra")", large));
}

TEST(TextMatch, AnythingHoldsWhereNothingIsAsked) {
  EXPECT_TRUE(matches("", TextQuery{}));
  EXPECT_TRUE(needed_words(TextQuery{}).empty());
}

TEST(TextMatch, NeedsWhatEveryHitHas) {
  EXPECT_EQ(needed("kernel panics"), "kernel, panics");
  EXPECT_EQ(needed(R"("the kernel pan*")"), "kernel, the, pan*") << "the longest first";
  EXPECT_EQ(needed("kernel -panic"), "kernel");
  EXPECT_EQ(needed("-panic"), "");
  EXPECT_EQ(needed("oops OR pan*"), "oops|pan*");
  EXPECT_EQ(needed("oops OR -panic"), "") << "a text may have neither";
  EXPECT_EQ(needed("(oops OR panic) kernel"), "kernel, oops|panic");
  EXPECT_EQ(needed("(a kernel) OR (\"big oops\" b)"), "kernel|oops") << "one of each";
  EXPECT_EQ(needed("(a OR -b) c"), "c");
}

TEST(TextMatch, NeedsNoMoreThanAnIndexIsAskedFor) {
  std::string many = "long";
  for (int i = 0; i < 60; ++i) many += " a" + std::to_string(i % 10);
  const auto lists = needed_words(query_of(many));
  ASSERT_EQ(lists.size(), 16U);
  EXPECT_EQ(lists.front().front().text, "long");
}

}  // namespace
}  // namespace mgc
