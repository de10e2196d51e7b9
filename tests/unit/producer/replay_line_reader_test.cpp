#include "producer/replay/line_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>
#include <vector>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/producer/gzip_file.hpp"

namespace mgc::producer {
namespace {

using test::gzip;
using test::TempDir;
using test::write_file;

struct ReadFile {
  std::vector<std::string> lines;
  std::string error;
};

ReadFile read_all(const std::filesystem::path& path) {
  ReadFile out;
  auto reader = LineReader::open(path);
  if (!reader) return {{}, reader.error().message};
  for (;;) {
    auto line = (*reader)->next();
    if (!line) {
      out.error = line.error().message;
      return out;
    }
    if (!*line) return out;
    EXPECT_EQ((*line)->number, out.lines.size() + 1);
    out.lines.emplace_back((*line)->text);
  }
}

std::vector<std::string> lines_of(const std::string& bytes) {
  const TempDir dir;
  write_file(dir / "log", bytes);
  return read_all(dir / "log").lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, GivesLinesWithoutTheirEnds) {
  EXPECT_EQ(lines_of("a\nb\n"), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of("a\r\n\r\nb"), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of("a\r\r\nb\rc\n"), (Lines{"a", "b\rc"}));
  EXPECT_EQ(lines_of("\xef\xbb\xbf"
                     "a\n"),
            (Lines{"a"}));
  EXPECT_EQ(lines_of(std::string("a\0b\n\0", 5)),
            (Lines{std::string("a\0b", 3), std::string(1, 0)}));
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n"), Lines{""});
}

TEST(LineReader, GivesLinesThatReachOverItsBlocks) {
  const std::string a(70'000, 'a');
  const std::string b(200'000, 'b');
  EXPECT_EQ(lines_of(a + "\n" + b + "\nc"), (Lines{a, b, "c"}));
}

TEST(LineReader, CutsAnOverLongLineAndGoesOn) {
  const TempDir dir;
  write_file(dir / "log", "a\n" + std::string(3 * kLineBytesMax, 'x') + "\nb\n" +
                              std::string(kLineBytesMax, 'y') + "\n");
  auto reader = LineReader::open(dir / "log");
  ASSERT_TRUE(reader);
  EXPECT_EQ((**(*reader)->next()).text, "a");
  const Line cut = **(*reader)->next();
  EXPECT_TRUE(cut.over_long);
  EXPECT_EQ(cut.bytes, 3 * kLineBytesMax);
  EXPECT_EQ(cut.text.size(), kOverLongKept);
  EXPECT_EQ(cut.offset, 2U);
  EXPECT_EQ((**(*reader)->next()).text, "b");
  const Line longest = **(*reader)->next();
  EXPECT_FALSE(longest.over_long);
  EXPECT_EQ(longest.text.size(), kLineBytesMax);
}

TEST(LineReader, ReadsGzipWithSeveralMembers) {
  const TempDir dir;
  write_file(dir / "log.gz", gzip("a\nb") + gzip("c\n") + gzip("") + std::string(512, '\0'));
  const ReadFile read = read_all(dir / "log.gz");
  EXPECT_EQ(read.lines, (Lines{"a", "bc"}));
  EXPECT_EQ(read.error, "");
}

TEST(LineReader, SaysThatGzipEndsInTheMiddleAfterTheReadableLines) {
  const TempDir dir;
  std::string text;
  for (int at = 0; at < 20'000; ++at) text += "line " + std::to_string(at * 7919 % 100'003) + "\n";
  const std::string whole = gzip(text);
  write_file(dir / "log.gz", whole.substr(0, whole.size() / 2));
  const ReadFile read = read_all(dir / "log.gz");
  EXPECT_GT(read.lines.size(), 5'000U);
  EXPECT_NE(read.error.find("ends in the middle"), std::string::npos) << read.error;
  for (const std::string& line : read.lines) EXPECT_TRUE(text.find(line + "\n") != text.npos);
}

TEST(LineReader, SaysThatGzipIsDamagedAfterEverythingBeforeIt) {
  const TempDir dir;
  std::string bytes = gzip("a\nb\nc\n");
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);  // in the checksum
  write_file(dir / "log.gz", bytes);
  const ReadFile read = read_all(dir / "log.gz");
  EXPECT_EQ(read.lines, (Lines{"a", "b", "c"}));
  EXPECT_NE(read.error.find("damaged"), std::string::npos) << read.error;
}

TEST(LineReader, StandsAtTheLineStartWhenTheDataBreaksOffInsideALine) {
  const TempDir dir;
  std::string text = "first\n" + std::string(400'000, 'x');
  std::mt19937_64 random(1);
  for (std::size_t at = 6; at < text.size(); ++at)
    text[at] = static_cast<char>('a' + random() % 26);
  const std::string whole = gzip(text + "\nlast\n");
  write_file(dir / "log.gz", whole.substr(0, whole.size() / 2));
  auto reader = LineReader::open(dir / "log.gz");
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->next());
  EXPECT_FALSE((*reader)->next());
  EXPECT_EQ((*reader)->position().bytes, 6U);
  schema::Hasher hasher;
  EXPECT_EQ((*reader)->sha256(), hasher.sha256("first\n"));
}

TEST(LineReader, ResumesBehindEveryLineWithTheSameDigest) {
  const TempDir dir;
  const std::string text = "one\r\n\ntwo\nthree";
  write_file(dir / "log", text);
  auto whole = LineReader::open(dir / "log");
  ASSERT_TRUE(whole);
  while ((*whole)->next()->has_value()) {
    const ReadPosition position = (*whole)->position();
    schema::Hasher hasher;
    EXPECT_EQ((*whole)->sha256(), hasher.sha256(text.substr(0, position.bytes)));
    auto again = LineReader::open(dir / "log");
    ASSERT_TRUE(again);
    const schema::Digest digest = (*whole)->sha256();
    EXPECT_TRUE(*(*again)->resume(position, schema::bytes_of(digest)));
    if (position.bytes == text.size()) {
      EXPECT_FALSE(*(*again)->next());
      break;
    }
    EXPECT_EQ((**(*again)->next()).number, position.line_number + 1);
  }
}

TEST(LineReader, KnowsAnotherFileByItsDigestOrLength) {
  const TempDir dir;
  write_file(dir / "log", "one\ntwo\n");
  schema::Hasher hasher;
  const schema::Digest other = hasher.sha256("0ne\n");
  EXPECT_FALSE(*(*LineReader::open(dir / "log"))->resume({4, 1}, schema::bytes_of(other)));
  const schema::Digest longer = hasher.sha256("one\ntwo\nthree\n");
  EXPECT_FALSE(*(*LineReader::open(dir / "log"))->resume({14, 3}, schema::bytes_of(longer)));
}

TEST(LineReader, MarksTheRestOfALineThatHadNoEnd) {
  const TempDir dir;
  schema::Hasher hasher;
  const schema::Digest digest = hasher.sha256("one\ntw");
  write_file(dir / "log", "one\ntwo\nthree\n");
  auto reader = LineReader::open(dir / "log");
  ASSERT_TRUE(*(*reader)->resume({6, 2}, schema::bytes_of(digest)));
  const Line rest = **(*reader)->next();
  EXPECT_TRUE(rest.continued);
  EXPECT_EQ(rest.text, "o");
  EXPECT_EQ(rest.number, 2U);
  EXPECT_EQ((**(*reader)->next()).number, 3U);

  write_file(dir / "log", "one\ntw\r\nthree\n");
  reader = LineReader::open(dir / "log");
  ASSERT_TRUE(*(*reader)->resume({6, 2}, schema::bytes_of(digest)));
  const Line next = **(*reader)->next();
  EXPECT_FALSE(next.continued) << "only the line end was missing";
  EXPECT_EQ(next.text, "three");
  EXPECT_EQ(next.number, 3U);
}

TEST(LineReader, RefusesWhatIsNoRegularFile) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_NE(read_all(dir.path()).error.find("is a directory"), std::string::npos);
  EXPECT_NE(read_all(dir / "none").error.find("cannot be opened"), std::string::npos);
  EXPECT_NE(read_all(dir / "fifo").error.find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace mgc::producer
