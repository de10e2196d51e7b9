#include "core/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mgc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Histogram, PutsAValueBelowTheFirstBoundThatHoldsIt) {
  Histogram histogram({1, 10});
  for (const double value : {0.5, 1.0, 1.5, 10.0, 11.0, 12.0}) histogram.observe(value);
  const auto read = histogram.read();
  EXPECT_THAT(read.counts, ElementsAre(2, 2, 2));
  EXPECT_DOUBLE_EQ(read.sum, 36);
}

TEST(Histogram, HasBoundsThatGrow) {
  EXPECT_THAT(growing_bounds(0.5, 4, 3), ElementsAre(0.5, 2, 8));
}

TEST(ParseMetrics, ReadsWhatOtherProgramsWrite) {
  const auto read = parse_metrics(
      "# a comment\r\n\r\n"
      "up 1\r\n"
      "a:b { x = \"1\" , y=\"two\", } -2.5e3 1700000000000\n"
      "limit +Inf\n"
      "strange NaN\n"
      "last{} 0");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 5U);
  EXPECT_EQ((*read)[1].name, "a:b");
  EXPECT_THAT((*read)[1].labels, ElementsAre(Pair("x", "1"), Pair("y", "two")));
  EXPECT_DOUBLE_EQ((*read)[1].value, -2500);
  EXPECT_EQ((*read)[2].value, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan((*read)[3].value));
  EXPECT_EQ((*read)[4].name, "last");
}

TEST(ParseMetrics, SaysWhichLineIsNone) {
  for (const char* line :
       {"<html>", "name", "name{", "name{a", "name{a=\"", "name{a=\"b\\", "name{a=\"b\"",
        "name{a=\"b\" c=\"d\"} 1", "name one", "name 1x", "{a=\"b\"} 1", "\xff\xfe 1"}) {
    const auto read = parse_metrics(std::string("fine 1\n") + line);
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().action, Action::reject);
    EXPECT_THAT(read.error().message, HasSubstr("line 2"));
  }
}

}  // namespace
}  // namespace mgc
