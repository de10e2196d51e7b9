#include "audit/checkpoint.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

constexpr const char* kText =
    "example.org/mgc/compliance\n"
    "10\n"
    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n"
    "checkpoint 3\n"
    "block 2 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    "dead-letters 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

Checkpoint sample() {
  schema::Hasher hasher;
  return {.origin = "example.org/mgc/compliance",
          .events = {10, hasher.sha256("abc")},
          .number = 3,
          .block = 2,
          .block_digest = hasher.sha256(""),
          .letters = {0, schema::CompactRange().root()}};
}

TEST(Checkpoint, IsTheTextOfALogWithExtensionLines) {
  EXPECT_EQ(checkpoint_text(sample()), kText);
  const auto read = read_checkpoint(kText);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, sample());
}

TEST(Checkpoint, IsRefusedInAnyOtherForm) {
  const std::string text = kText;
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(read_checkpoint(text.substr(0, size))) << size;
  }
  const auto replaced = [&](const char* part, const char* by) {
    std::string other = text;
    return other.replace(other.find(part), std::string(part).size(), by);
  };
  for (const std::string& other :
       {text + "more\n", replaced("10\n", "010\n"), replaced("10\n", "+10\n"),
        replaced("10\n", "-10\n"), replaced("10\n", "\n"),
        replaced("10\n", "18446744073709551616\n"), replaced("block 2", "block  2"),
        replaced("block 2 ", "block 2"), replaced("checkpoint", "Checkpoint"),
        replaced("Fa0=\n", "Fa0\n"), replaced("dead", "live"),
        replaced("example.org/mgc/compliance\n", "\n")}) {
    EXPECT_FALSE(read_checkpoint(other)) << other;
  }
}

TEST(Origin, HoldsTheLaneAsAPartOfAUrl) {
  EXPECT_EQ(origin_of("example.org/mgc", "compliance.3"), "example.org/mgc/compliance.3");
  EXPECT_EQ(url_part("../a b\n%\xC3\xA9"), "..%2Fa%20b%0A%25%C3%A9");
}

}  // namespace
}  // namespace mgc::audit
