#include "core/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mgc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  void TearDown() override { start_log(LogLevel::off); }

  template <typename Body>
  static std::string logged(LogLevel level, Body body) {
    start_log(level);
    ::testing::internal::CaptureStderr();
    body();
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, WritesOneLineWithTimeAndLevel) {
  const std::string line = logged(LogLevel::info, [] { log_warning("{} of {}", 1, "two"); });
  EXPECT_THAT(line, ::testing::MatchesRegex("....-..-..T..:..:..\\....Z warning 1 of two\n"));
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  EXPECT_THAT(logged(LogLevel::warning,
                     [] {
                       log_info("quiet");
                       log_debug("quieter");
                     }),
              IsEmpty());
  EXPECT_FALSE(log_enabled(LogLevel::info));
  EXPECT_TRUE(log_enabled(LogLevel::error));
  EXPECT_THAT(logged(LogLevel::off, [] { log_error("nothing at all"); }), IsEmpty());
}

TEST_F(LogTest, ContentCannotForgeALineOrMoveTheCursor) {
  const std::string content = "bob\n2026-01-01T00:00:00.000Z error forged\r\x1b[2K\x1b]0;title\x07";
  const std::string line = logged(LogLevel::info, [&] { log_info("nick {}", content); });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(line, Not(HasSubstr("\r")));
  EXPECT_THAT(line, HasSubstr("bob\\x0a2026"));
}

TEST_F(LogTest, BracesOfContentAreContent) {
  EXPECT_THAT(logged(LogLevel::info, [] { log_info("{}", "{} {0} %s %n"); }),
              HasSubstr("{} {0} %s %n"));
}

}  // namespace
}  // namespace mgc
