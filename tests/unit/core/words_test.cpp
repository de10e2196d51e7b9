#include "core/words.hpp"

#include <gtest/gtest.h>

namespace mgc {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_EQ(words_of("Don't re-run foo_bar, v3.14!"),
            (Words{"don", "t", "re", "run", "foo", "bar", "v3", "14"}));
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_of(" -- "), Words{});
  EXPECT_EQ(words_of(std::string("a\0b", 3)), (Words{"a", "b"}));
}

TEST(Words, OfOtherScriptsEndAtTheirOwnSpacesAndPunctuation) {
  EXPECT_EQ(words_of("Привет, МИР"), (Words{"привет", "мир"}));
  EXPECT_EQ(words_of("«ÄÖ»—Żółć…"), (Words{"äö", "żółć"}));
  EXPECT_EQ(words_of("日本語、テキスト　終"), (Words{"日本語", "テキスト", "終"}));
}

TEST(Words, TheTwoSmallSigmasAreOne) { EXPECT_EQ(words_of("σοφός"), words_of("ΣΟΦΌΣ")); }

TEST(Words, AccentsAreADifferenceAndSoIsWhatIsNoUtf8) {
  EXPECT_NE(words_of("resume"), words_of("résumé"));
  EXPECT_EQ(words_of("RÉSUMÉ"), Words{"résumé"});
  EXPECT_EQ(words_of("caf\xE9 noir"), (Words{"caf", "noir"}));
  EXPECT_EQ(words_of("\U0001F427penguin"), Words{"penguin"});
}

TEST(Words, NoLetterBeyondAsciiFoldsIntoAscii) {
  for (const char* letter : {"\u0130", "\u212A", "\u017F"}) {
    const Words words = words_of(letter);
    ASSERT_EQ(words.size(), 1U) << letter;
    for (const char byte : words[0]) EXPECT_GE(static_cast<unsigned char>(byte), 0x80) << letter;
  }
}

}  // namespace
}  // namespace mgc
