#include "producer/replay/log_sample.hpp"

#include <gtest/gtest.h>

#include <random>

#include "producer/replay/log_time.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/producer/gzip_file.hpp"

namespace mgc::producer {
namespace {

using test::TempDir;
using test::write_file;

std::string detected(const std::filesystem::path& path) {
  auto sample = read_sample(path);
  if (!sample) return sample.error().message;
  auto format = detect_format(*sample, path);
  return format ? std::string(to_string(*format)) : format.error().message;
}

std::string detected(const std::string& name, const std::string& bytes) {
  const TempDir dir;
  write_file(dir / name, bytes);
  return detected(dir / name);
}

TEST(LogSample, TellsTheFormatsApart) {
  const std::string data = MGC_TEST_DATA "/logs/";
  EXPECT_EQ(detected(data + "2006-03-05.log"), "ubuntu");
  EXPECT_EQ(detected(data + "#mgc.20170207.log"), "mirc");
  EXPECT_EQ(detected(data + "irssi.log"), "irssi");
  EXPECT_EQ(detected(data + "irc.libera.#mgc.weechatlog"), "weechat");
  EXPECT_EQ(detected(data + "chat.jsonl"), "jsonl");
}

TEST(LogSample, TakesPostsAloneByTheNameOfTheFile) {
  const std::string posts = "[10:00] <a> x\n[10:01] <b> y\n";
  EXPECT_EQ(detected("2006-03-05.log", posts), "ubuntu");
  EXPECT_EQ(detected("channel.log", posts), "mirc");
}

TEST(LogSample, RefusesWhatIsNoChatLogAndNamesTheFormats) {
  const std::string message = detected("text", "Dear Sir,\n\nthis is a letter.\n");
  EXPECT_NE(message.find("not a chat log of a known format (ubuntu, mirc, irssi"), message.npos);
  EXPECT_NE(
      detected("page.html", "<html>\n<p> text\n<b class=\"x\"> y\n</html>\n").find("not a chat"),
      std::string::npos);
  EXPECT_NE(detected("half", "[10:00] <a> x\nfoo\nbar\n").find("not a chat"), std::string::npos);
}

TEST(LogSample, RefusesBinaryFilesWhateverTheFormat) {
  std::mt19937_64 random(7);
  std::string noise;
  for (int at = 0; at < 20'000; ++at) noise.push_back(static_cast<char>(random() % 256));
  noise[0] = 'x';
  EXPECT_NE(detected("noise", noise).find("binary"), std::string::npos);
  EXPECT_NE(detected("elf",
                     "\x7f"
                     "ELF\n")
                .find("a program"),
            std::string::npos);
  EXPECT_NE(detected("wide", std::string("\xff\xfe[\0\n\0", 6)).find("UTF-16"), std::string::npos);
  EXPECT_NE(detected("nuls", std::string(5'000, '\0')).find("binary"), std::string::npos);
}

TEST(LogSample, PutsUpWithABlockOfNulsAndColours) {
  std::string log;
  for (int at = 0; at < 50; ++at)
    log +=
        "[10:00] <a> \x03"
        "04,01hello\x0f \x02bold\x02 and more\n";
  log += std::string(500, '\0') + "\n";
  EXPECT_EQ(detected("x.log", log), "mirc");
}

TEST(LogSample, FindsDatesInFolders) {
  EXPECT_EQ(date_from_path("/irclogs/2006/03/05/#ubuntu.txt"), parse_date("2006-03-05"));
  EXPECT_EQ(date_from_path("/irclogs/2006/03/05/2007-01-02.txt"), parse_date("2007-01-02"));
  EXPECT_EQ(date_from_path("/irclogs/#ubuntu.txt"), std::nullopt);
}

}  // namespace
}  // namespace mgc::producer
