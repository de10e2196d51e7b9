#include "audit/signed_note.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "audit/base64.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

// The example of c2sp.org/signed-note.
constexpr const char* kKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr const char* kNote =
    "This is an example message.\n\n"
    "\xE2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjO"
    "BH3mFXmRKuwHjG1Yu72IneyaQM=\n";

std::vector<VerifierKey> known() { return {VerifierKey::read(kKey).value()}; }

TEST(VerifierKey, IsReadAndWrittenAsTheSpecificationSays) {
  const auto key = VerifierKey::read(kKey);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->name(), "example.com/foo");
  EXPECT_EQ(key->text(), kKey);
}

TEST(VerifierKey, IsRefusedWhenAnyOfItIsChanged) {
  const std::string key = kKey;
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string other = key;
    other[i] = other[i] == 'B' ? 'C' : 'B';
    EXPECT_FALSE(VerifierKey::read(other)) << other;
  }
  for (const char* none : {"", "+", "a+b", "++", "name+00000000+AQ=="}) {
    EXPECT_FALSE(VerifierKey::read(none)) << none;
  }
  for (const char* name : {"", "a b", "a+b", "a\nb", "\xC2\xA0"}) {
    EXPECT_FALSE(VerifierKey::of(name, Bytes(32, 'k'))) << name;
  }
}

TEST(SignedNote, OpensWithTheKeyOfTheSpecification) {
  const auto text = open_note(kNote, known());
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "This is an example message.\n");
}

TEST(SignedNote, IsRefusedWhenAnyByteIsChanged) {
  const std::string note = kNote;
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (const int bit : {0, 1, 5, 7}) {
      std::string other = note;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      EXPECT_FALSE(open_note(other, known())) << i << ": " << other;
    }
  }
  for (std::size_t size = 0; size < note.size(); ++size) {
    EXPECT_FALSE(open_note(note.substr(0, size), known())) << size;
  }
}

TEST(SignedNote, NeedsOneKnownSignatureAndNoFalseOne) {
  const SigningKey mine = SigningKey::make("mine").value();
  const SigningKey other = SigningKey::make("other").value();
  const std::vector<VerifierKey> both = {mine.verifier(), other.verifier()};
  const std::string note = sign_note("text\n", mine);
  const std::string line_of_other =
      sign_note("text\n", other).substr(std::string("text\n\n").size());
  const std::string false_line = sign_note("else\n", other).substr(std::string("else\n\n").size());
  EXPECT_TRUE(open_note(note, both));
  EXPECT_TRUE(open_note(note + line_of_other, both));
  EXPECT_FALSE(open_note(note, std::vector{other.verifier()})) << "signed by nobody who is known";
  EXPECT_FALSE(open_note(note, {}));
  EXPECT_FALSE(open_note(note + false_line, both)) << "a known key's signature of another text";
  EXPECT_TRUE(open_note(note + false_line, std::vector{mine.verifier()})) << "of an unknown key";
  EXPECT_EQ(unverified_text(note).value(), "text\n");
}

TEST(SigningKey, IsReadBackFromFilesForItsOwnerOnly) {
  const test::TempDir dir;
  const SigningKey key = SigningKey::make("example.org/mgc").value();
  ASSERT_TRUE(key.write(dir / "key"));
  EXPECT_EQ(fs::status(dir / "key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto read = SigningKey::read(dir / "key");
  ASSERT_TRUE(read) << read.error().message;
  const auto keys = read_verifier_keys(dir / "key.pub");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_TRUE(open_note(sign_note("text\n", *read), *keys));
}

TEST(SigningKey, ReadsTheKeyOfRfc8410) {
  const test::TempDir dir;
  std::ofstream(dir / "key") << "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                "-----END PRIVATE KEY-----\n";
  fs::permissions(dir / "key", fs::perms::owner_read);
  const Bytes info =
      from_base64("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").value();
  std::ofstream(dir / "key.pub") << VerifierKey::of("rfc", info.substr(12)).value().text() << '\n';
  const auto read = SigningKey::read(dir / "key");
  EXPECT_TRUE(read) << read.error().message;
}

TEST(SigningKey, IsNeverOverwritten) {
  const test::TempDir dir;
  ASSERT_TRUE(SigningKey::make("a").value().write(dir / "key"));
  const auto kept = read_verifier_keys(dir / "key.pub").value().front().text();
  EXPECT_FALSE(SigningKey::make("b").value().write(dir / "key"));
  fs::remove(dir / "key.pub");
  EXPECT_FALSE(SigningKey::make("b").value().write(dir / "key"));
  EXPECT_FALSE(fs::exists(dir / "key.pub"));
  std::ofstream(dir / "key.pub") << kept << '\n';
  EXPECT_EQ(SigningKey::read(dir / "key").value().verifier().text(), kept);
}

TEST(SigningKey, IsRefusedWhenOthersMayReadItOrItsPublicPartIsOfAnother) {
  const test::TempDir dir;
  ASSERT_TRUE(SigningKey::make("a").value().write(dir / "key"));
  ASSERT_TRUE(SigningKey::make("a").value().write(dir / "other"));
  fs::permissions(dir / "key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_FALSE(SigningKey::read(dir / "key"));
  fs::permissions(dir / "key", fs::perms::group_read, fs::perm_options::remove);
  EXPECT_TRUE(SigningKey::read(dir / "key"));
  fs::rename(dir / "other.pub", dir / "key.pub");
  EXPECT_FALSE(SigningKey::read(dir / "key"));
  EXPECT_FALSE(SigningKey::read(dir / "none"));
}

TEST(Base64, TakesOnlyWhatItWrites) {
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"),
                                   std::string("foo"), std::string(1000, '\xff')}) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  for (const char* none : {"Zg", "Zg=", "Zh==", "Z===", "====", " Zg==", "Zg==\n", "Zm9v\n", "Zm-_",
                           "Zg==Zg==", "Z=g="}) {
    EXPECT_FALSE(from_base64(none)) << none;
  }
}

}  // namespace
}  // namespace mgc::audit
