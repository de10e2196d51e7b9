#include "transport/queue_status.hpp"

#include <gtest/gtest.h>

namespace mgc::transport {
namespace {

TEST(QueueStatus, JoinsStoredMessagesAndConsumers) {
  const UtcTime now = utc_from_micros(10'000'000);
  const std::vector<spool::QueueStats> stats = {{"a", 3, 30, utc_from_micros(4'000'000)},
                                                {"later", 1, 1, utc_from_micros(99'000'000)}};
  const auto status = combine_status(stats, {{"a", 2}, {"idle", 1}}, now);
  ASSERT_EQ(status.size(), 3U);
  EXPECT_EQ(status[0].address, "a");
  EXPECT_EQ(status[0].messages, 3U);
  EXPECT_EQ(status[0].bytes, 30U);
  EXPECT_DOUBLE_EQ(status[0].oldest_age_seconds, 6.0);
  EXPECT_EQ(status[0].consumers, 2U);
  EXPECT_EQ(status[1].address, "idle");
  EXPECT_EQ(status[1].messages, 0U);
  EXPECT_DOUBLE_EQ(status[2].oldest_age_seconds, 0.0);  // the wall clock was set back
}

TEST(QueueStatus, ReadsWhatItWrites) {
  const std::vector<AddressStatus> status = {{"a \"b\"", 1, 2, 0.5, 3}, {"c", 4, 5, 0, 6}};
  const auto read = decode_status(encode_status(status));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].address, "a \"b\"");
  EXPECT_EQ((*read)[0].messages, 1U);
  EXPECT_EQ((*read)[0].bytes, 2U);
  EXPECT_DOUBLE_EQ((*read)[0].oldest_age_seconds, 0.5);
  EXPECT_EQ((*read)[1].consumers, 6U);
}

TEST(QueueStatus, RefusesOtherText) {
  for (const char* text :
       {"", "x", "[]", "{}", R"({"addresses":1})", R"({"addresses":[1]})",
        R"({"addresses":[{"address":"a"}]})",
        R"({"addresses":[{"address":1,"messages":1,"bytes":1,"oldest_age_seconds":1,)"
        R"("consumers":1}]})"})
    EXPECT_FALSE(decode_status(text)) << text;
}

}  // namespace
}  // namespace mgc::transport
