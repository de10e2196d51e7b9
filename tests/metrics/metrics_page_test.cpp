#include "app/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(MetricsPage, SaysEachFamilyOnceWithItsSamplesTogether) {
  MetricsPage page;
  page.gauge("mgc_depth", "How deep.", 1, {{"address", "a"}});
  page.counter("mgc_packs_total", "Packs.", 3);
  page.gauge("mgc_depth", "How deep.", 2, {{"address", "b"}});
  EXPECT_EQ(page.text(),
            "# HELP mgc_depth How deep.\n"
            "# TYPE mgc_depth gauge\n"
            "mgc_depth{address=\"a\"} 1\n"
            "mgc_depth{address=\"b\"} 2\n"
            "# HELP mgc_packs_total Packs.\n"
            "# TYPE mgc_packs_total counter\n"
            "mgc_packs_total 3\n");
}

TEST(MetricsPage, CountsThroughEachBoundOfAHistogram) {
  Histogram histogram({0.5, 2});
  for (const double value : {0.25, 1.0, 1.0, 4.0}) histogram.observe(value);
  MetricsPage page;
  page.histogram("mgc_seconds", "Time.", histogram.read(), {{"why", "age"}});
  for (const char* line :
       {"# HELP mgc_seconds Time.\n", "# TYPE mgc_seconds histogram\n",
        "mgc_seconds_bucket{why=\"age\",le=\"0.5\"} 1\n",
        "mgc_seconds_bucket{why=\"age\",le=\"2\"} 3\n",
        "mgc_seconds_bucket{why=\"age\",le=\"+Inf\"} 4\n", "mgc_seconds_sum{why=\"age\"} 6.25\n",
        "mgc_seconds_count{why=\"age\"} 4\n"}) {
    EXPECT_THAT(page.text(), HasSubstr(line));
  }
}

TEST(MetricsPage, WritesLargeNumbersExactly) {
  MetricsPage page;
  page.counter("mgc_bytes_total", "Bytes.", 9'007'199'254'740'991);
  const auto read = parse_metrics(page.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front().value, 9'007'199'254'740'991);
}

TEST(MetricsPage, CannotBeForgedByALabel) {
  MetricsPage page;
  const std::string hostile = "a\"} 7\nmgc_other 1\\";
  page.gauge("mgc_depth", "How deep.", 1, {{"address", hostile}});
  const auto read = parse_metrics(page.text());
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_THAT(read->front().labels, ElementsAre(Pair("address", hostile)));
}

}  // namespace
}  // namespace mgc::app
