#include "audit/proof_file.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "audit/bounded_line.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::audit {
namespace {

constexpr const char* kHead = "c2sp.org/tlog-proof@v1\n";

/// The texts of a file with these bytes; "!" for what is refused, which is the last one.
std::vector<std::string> texts_of(const std::string& bytes) {
  const test::TempDir dir;
  std::ofstream(dir / "proofs.tlog", std::ios::binary) << bytes;
  ProofFile file(dir / "proofs.tlog");
  EXPECT_TRUE(file.is_open());
  std::vector<std::string> texts;
  while (true) {
    const auto text = file.next();
    if (!text) {
      EXPECT_EQ(text.error().action, Action::reject);
      texts.emplace_back("!");
      return texts;
    }
    if (!*text) return texts;
    texts.push_back(**text);
  }
}
using Texts = std::vector<std::string>;

TEST(ProofFile, HasATextForEachProof) {
  const std::string one = std::string(kHead) + "index 1\n\nnote\n";
  const std::string two = std::string(kHead) + "index 2\n\nnote\n";
  EXPECT_EQ(texts_of(""), Texts{});
  EXPECT_EQ(texts_of(one + "\n" + two + "\n"), (Texts{one, two}));
}

TEST(ProofFile, WantsAnEmptyLineBehindEach) {
  const std::string proof = std::string(kHead) + "index 1\n";
  EXPECT_EQ(texts_of(proof), Texts{"!"});
  EXPECT_EQ(texts_of(proof + proof + "\n"), Texts{"!"});
  EXPECT_EQ(texts_of(proof + "\n" + proof), (Texts{proof, "!"}));
}

TEST(ProofFile, RefusesWhatBeginsOrEndsOtherwise) {
  const std::string proof = std::string(kHead) + "index 1\n";
  EXPECT_EQ(texts_of("\n" + proof + "\n"), Texts{"!"});
  EXPECT_EQ(texts_of("more\n" + proof + "\n"), Texts{"!"});
  EXPECT_EQ(texts_of(proof + "\nno line end"), Texts{"!"});
}

TEST(ProofFile, KeepsNoMoreOfALineOrAProofThanOneCanHave) {
  const std::string line((std::size_t{1} << 20) - 1, 'x');
  std::string many = kHead;
  for (int i = 0; i < 5; ++i) many += line + '\n';
  EXPECT_EQ(texts_of(many + "\n"), Texts{"!"});
  EXPECT_EQ(texts_of(kHead + std::string(ProofFile::kProofBytesMax + 1, 'x') + "\n\n"), Texts{"!"});
}

TEST(BoundedLine, ReadsLinesOfAnyLengthUpToTheGreatest) {
  for (const std::size_t bytes : {0U, 1U, 16'382U, 16'383U, 16'384U, 32'766U, 32'767U, 100'000U}) {
    const std::string whole(bytes, 'x');
    std::istringstream in(whole + "\nnext\n");
    std::string line;
    ASSERT_EQ(read_line(in, line, 100'000), LineEnd::whole) << bytes;
    EXPECT_TRUE(line == whole) << bytes;
    ASSERT_EQ(read_line(in, line, 100'000), LineEnd::whole) << bytes;
    EXPECT_EQ(line, "next");
    EXPECT_EQ(read_line(in, line, 100'000), LineEnd::none) << bytes;
  }
}

TEST(BoundedLine, SaysWhatIsCutAndKeepsNoMore) {
  std::string line;
  std::istringstream unfinished("begun");
  EXPECT_EQ(read_line(unfinished, line, 10), LineEnd::cut);
  std::istringstream large(std::string(10'000'000, 'x') + "\n");
  EXPECT_EQ(read_line(large, line, 100'000), LineEnd::cut);
  EXPECT_LT(line.size(), 100'000U + 16'384U);
  std::istringstream nul(std::string("a\0b\n", 4));
  EXPECT_EQ(read_line(nul, line, 10), LineEnd::whole);
  EXPECT_EQ(line, std::string("a\0b", 3));
}

}  // namespace
}  // namespace mgc::audit
