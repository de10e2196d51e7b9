#include "core/text_query.hpp"

#include <gtest/gtest.h>

#include "core/utf8.hpp"

namespace mgc {
namespace {

using Kind = TextQuery::Kind;

/// The query as text_of() writes it; "byte N: ..." where it is refused.
std::string read(std::string_view text) {
  const auto query = parse_text_query(text);
  return query ? text_of(*query) : query.error().message;
}

TextQuery phrase(std::vector<SoughtWord> words) { return {Kind::phrase, std::move(words), {}}; }

TEST(TextQuery, WordsAreAllWanted) {
  const auto query = parse_text_query("Kernel PANIC");
  ASSERT_TRUE(query);
  EXPECT_EQ(*query, (TextQuery{Kind::all, {}, {phrase({{"kernel"}}), phrase({{"panic"}})}}));
  EXPECT_EQ(read("kernel AND panic"), "kernel panic");
}

TEST(TextQuery, OneTermIsAPhraseOfItsWords) {
  EXPECT_EQ(parse_text_query(R"("oops: kern*")").value(), phrase({{"oops"}, {"kern", true}}));
  EXPECT_EQ(read("foo_bar"), R"("foo bar")");
  EXPECT_EQ(read("don't"), R"("don t")");
  EXPECT_EQ(read("re-run"), R"("re run")") << "only a leading - leaves out";
  EXPECT_EQ(read("http://a.example/x?y=1"), R"("http a example x y 1")");
  EXPECT_EQ(read("\u201Cdry run\u201D"), R"("dry run")") << "as a text editor quotes";
}

TEST(TextQuery, ExcludesAndChooses) {
  EXPECT_EQ(read("a -b"), "a -b");
  EXPECT_EQ(read("a NOT b"), "a -b");
  EXPECT_EQ(read("NOT b"), "-b");
  EXPECT_EQ(read("a OR b OR c"), "a OR b OR c");
  EXPECT_EQ(read("(a OR b) -(c \"d e\")"), R"((a OR b) -(c "d e"))");
  EXPECT_EQ(read("((a))"), "a");
  EXPECT_EQ(read("or and not"), "or and not") << "only capitals are more than words";
  EXPECT_EQ(read(R"("OR" "AND")"), "or and");
  EXPECT_EQ(read("--a"), "--a");
}

TEST(TextQuery, EndsWordsAtSpacesOfEveryScript) {
  EXPECT_EQ(read("日本\u3000語 a\u00A0b"), "日本 語 a b");
  EXPECT_EQ(read(std::string("a\0b\tc\nd", 7)), "a b c d");
}

TEST(TextQuery, WhatIsOfAnotherFormIsRefusedWithItsPlace) {
  EXPECT_EQ(read(""), "byte 1: a word or phrase is wanted");
  EXPECT_EQ(read("  "), "byte 3: a word or phrase is wanted");
  EXPECT_EQ(read("a ()"), "byte 4: a word or phrase is wanted");
  EXPECT_EQ(read(R"(a "")"), R"(byte 3: "": a letter or digit is wanted)");
  EXPECT_EQ(read(R"(a " -! ")"), R"(byte 3: " -! ": a letter or digit is wanted)");
  EXPECT_EQ(read("a \U0001F427"), "byte 3: \"\U0001F427\": a letter or digit is wanted");
  EXPECT_EQ(read("a \"b"), "byte 3: the quotation mark is not closed");
  EXPECT_EQ(read("a (b"), "byte 3: the parenthesis is not closed");
  EXPECT_EQ(read("a) b"), "byte 2: no parenthesis is open");
  EXPECT_EQ(read("a OR"), "byte 5: a word or phrase is wanted");
  EXPECT_EQ(read("OR a"), R"(byte 1: OR stands between two terms; as a word it is "OR")");
  EXPECT_EQ(read("a AND OR b"), R"(byte 7: OR stands between two terms; as a word it is "OR")");
  EXPECT_EQ(read("a b OR c"), "byte 5: AND and OR are mixed: put one of them into parentheses");
  EXPECT_EQ(read("a OR b c"), "byte 8: AND and OR are mixed: put one of them into parentheses");
  EXPECT_EQ(read("a - b"), "byte 3: - stands right before what is left out");
  EXPECT_EQ(read("a -"), "byte 4: a word or phrase is wanted");
}

TEST(TextQuery, AStarIsTheEndOfAWord) {
  EXPECT_EQ(read("kern*"), "kern*");
  EXPECT_EQ(read("foo-ba*"), R"("foo ba*")");
  EXPECT_EQ(read("*"), "byte 1: \"*\": a letter or digit is wanted");
  EXPECT_EQ(read("*kern"), "byte 1: *kern: * stands at the end");
  EXPECT_EQ(read("k*n"), "byte 1: k*n: * stands at the end");
  EXPECT_EQ(read("kern**"), "byte 1: kern**: * stands at the end");
  EXPECT_EQ(read(R"("a* b")"), "byte 1: a* b: * stands at the end");
  EXPECT_EQ(read("c++*"), "byte 1: c++*: * follows a letter or digit");
  EXPECT_EQ(read("kern -\"a b\"*"), "byte 12: \"*\": a letter or digit is wanted");
}

TEST(TextQuery, WhatIsTooMuchIsRefusedWithTheLimit) {
  std::string terms = "t";
  for (int i = 1; i < 64; ++i) terms += " t";
  EXPECT_TRUE(parse_text_query(terms));
  EXPECT_EQ(read(terms + " u"), "byte 129: at most 64 terms are wanted");
  std::string hundred_thousand;
  for (int i = 0; i < 100'000; ++i) hundred_thousand += "t ";
  EXPECT_EQ(read(hundred_thousand), "200000 bytes; at most 4096 are wanted");
  EXPECT_EQ(read(std::string(1 << 20, '(')), "1048576 bytes; at most 4096 are wanted");
  EXPECT_EQ(read(std::string(16, '(') + "a" + std::string(16, ')')), "a");
  EXPECT_EQ(read(std::string(17, '(') + "a" + std::string(17, ')')),
            "byte 18: at most 16 levels are wanted");
  EXPECT_EQ(read(std::string(4096, '(')), "byte 18: at most 16 levels are wanted");
  EXPECT_EQ(read(std::string(4096, '-')), "byte 17: at most 16 levels are wanted");
  EXPECT_TRUE(parse_text_query(std::string(4096, 'x')));
}

TEST(TextQuery, AMessageIsFitToBeShown) {
  EXPECT_EQ(read("caf\xE9"), "not UTF-8");
  EXPECT_EQ(read("\xED\xA0\x80"), "not UTF-8") << "a surrogate alone";
  EXPECT_EQ(read("\"\x1b[2J*!\""), "byte 1: \\x1b[2J*!: * stands at the end");
  const std::string penguins = [] {
    std::string text;
    for (int i = 0; i < 500; ++i) text += "\U0001F427";
    return text;
  }();
  const std::string message = read(penguins);
  EXPECT_LT(message.size(), 120U);
  EXPECT_EQ(printable(message), message) << "it is cut between letters";
}

TEST(TextQuery, AsWrittenIsReadBack) {
  for (const char* text : {"a", "a b", "a OR b", "-a", "-(a b)", "-(a OR -b)", "--a",
                           R"("a b*" (c OR (d -e)) NOT ("f g" OR h*))", "(a b) OR (c d)"}) {
    const auto query = parse_text_query(text);
    ASSERT_TRUE(query) << text;
    EXPECT_EQ(parse_text_query(text_of(*query)).value(), *query) << text;
  }
}

}  // namespace
}  // namespace mgc
