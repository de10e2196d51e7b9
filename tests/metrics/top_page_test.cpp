#include "app/top_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::app {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

Reading reading_of(std::chrono::seconds at, const std::string& page) {
  Reading reading;
  reading.at = SteadyTime{} + at;
  reading.samples = parse_metrics(page);
  return reading;
}

Watched watched(const std::string& before, const std::string& now) {
  return {"http://a:1", reading_of(std::chrono::seconds{10}, before),
          reading_of(std::chrono::seconds{12}, now)};
}

std::string text_of(const Watched& one, bool colour = false) {
  return top_text({one}, utc_from_micros(0), colour);
}

constexpr const char* kService =
    "mgc_ready 1\nmgc_consume_lease_held{lane=\"compliance\"} 1\n"
    "mgc_store_open_gaps 0\nmgc_store_dead_letters 0\n";

TEST(TopPage, RatesAreDifferences) {
  const std::string count = "mgc_consume_events_total{lane=\"compliance\"} ";
  const auto text = text_of(watched(kService + count + "1000\n", kService + count + "7000\n"));
  EXPECT_THAT(text, ContainsRegex("compliance +consuming +3,000 "));
}

TEST(TopPage, AProcessThatBeganAnewHasNoRateYet) {
  const std::string count = "mgc_consume_events_total{lane=\"compliance\"} ";
  const auto text = text_of(watched(kService + count + "1000\n", kService + count + "7\n"));
  EXPECT_THAT(text, ContainsRegex("compliance +consuming +- "));
}

TEST(TopPage, QuantilesAreOfWhatCameLately) {
  const auto buckets = [](int fast, int all) {
    return "mgc_consume_commit_seconds_bucket{lane=\"compliance\",le=\"0.001\"} " +
           std::to_string(fast) +
           "\nmgc_consume_commit_seconds_bucket{lane=\"compliance\",le=\"0.512\"} " +
           std::to_string(all) +
           "\nmgc_consume_commit_seconds_bucket{lane=\"compliance\",le=\"+Inf\"} " +
           std::to_string(all) + "\n";
  };
  const auto text =
      text_of(watched(kService + buckets(1000, 1000), kService + buckets(1001, 1009)));
  EXPECT_THAT(text, ContainsRegex(" 512.0 +512.0 ")) << "eight of the last nine were slow";
}

TEST(TopPage, TroubleIsInPlainSight) {
  const std::string bad =
      "mgc_ready 0\nmgc_consume_lease_held{lane=\"compliance\"} 1\n"
      "mgc_store_open_gaps 2\nmgc_store_dead_letters 3\n";
  const auto text = text_of(watched(bad, bad));
  EXPECT_THAT(text, HasSubstr("open gaps: 2"));
  EXPECT_THAT(text, HasSubstr("dead letters: 3"));
  EXPECT_THAT(text, ContainsRegex("compliance +not ready "));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_of(watched(bad, bad), true), HasSubstr("\x1b[1;31mopen gaps: 2\x1b[0m"));
}

TEST(TopPage, AnEndpointThatIsAwayIsShownWithItsReason) {
  Watched away{"http://a:1", {}, {}};
  away.now.samples = Error{Action::reconnect, "Connection refused"};
  EXPECT_THAT(text_of(away), HasSubstr("endpoints away: 1 of 1"));
  EXPECT_THAT(text_of(away), ContainsRegex("http://a:1 +Connection refused"));
  EXPECT_EQ(top_json({away})["endpoints"][0]["error"], "Connection refused");
}

TEST(TopPage, AQueueAndANodeHaveTheirRows) {
  const std::string page =
      "mgc_ready 1\nmgc_queue_connections 4\nmgc_queue_messages{address=\"compliance\"} 1234\n"
      "mgc_queue_bytes{address=\"compliance\"} 2048\n"
      "mgc_queue_oldest_age_seconds{address=\"compliance\"} 1.5\n"
      "mgc_node_recorded_events_total{node=\"n1\"} 50\nmgc_node_receipted_events{node=\"n1\"} 40\n"
      "mgc_node_outbox_bytes{node=\"n1\"} 512\nmgc_node_outbox_limit_bytes{node=\"n1\"} 1024\n"
      "mgc_node_broker_open{node=\"n1\"} 0\n";
  const auto text = text_of(watched(page, page));
  EXPECT_THAT(text, ContainsRegex("compliance +serving .*1,234 +2.0 KiB +1.5 "));
  EXPECT_THAT(text, ContainsRegex("n1 +recording +0 +50 +40 +512 B +50.0 .* NO"));
}

TEST(TopPage, AHostilePageCannotDriveTheTerminal) {
  const std::string page =
      "mgc_ready 1\nmgc_consume_lease_held{lane=\"\x1b[2Jx\"} NaN\n"
      "mgc_consume_events_total{lane=\"\x1b[2Jx\"} +Inf\n"
      "mgc_store_open_gaps 1e300\nmgc_store_dead_letters NaN\n"
      "mgc_queue_connections NaN\nmgc_queue_messages{address=\"a\"} NaN\n"
      "mgc_queue_bytes{address=\"a\"} +Inf\n";
  const auto text = text_of(watched(page, page));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(top_json({watched(page, page)}).dump(), Not(HasSubstr("\x1b")));
}

TEST(TopPage, JsonHasSamplesAndRates) {
  const std::string count = "mgc_consume_events_total{lane=\"compliance\"} ";
  const auto json = top_json({watched(kService + count + "1000\n", kService + count + "7000\n")});
  const auto& endpoint = json["endpoints"][0];
  EXPECT_EQ(endpoint["url"], "http://a:1");
  EXPECT_TRUE(endpoint["error"].is_null());
  EXPECT_EQ(endpoint["metrics"]["mgc_consume_events_total{lane=\"compliance\"}"], 7000.0);
  EXPECT_EQ(endpoint["rates"]["mgc_consume_events_total{lane=\"compliance\"}"], 3000.0);
}

}  // namespace
}  // namespace mgc::app
