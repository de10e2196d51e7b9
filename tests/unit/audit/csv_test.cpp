#include "audit/csv.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

using std::literals::operator""sv;

TEST(Csv, QuotesWhatRfc4180Wants) {
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("plain text"), "plain text");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(Csv, LetsNoSpreadsheetSeeAFormula) {
  for (const auto formula :
       {"=1+1"sv, "+1"sv, "-2"sv, "@SUM(A1)"sv, "  =1"sv, "\t=1"sv, "\n@x"sv, "\0=1"sv, "\tx"sv}) {
    const std::string cell = csv_cell(formula);
    EXPECT_TRUE(cell.starts_with("'") || cell.starts_with("\"'")) << formula;
  }
  EXPECT_EQ(csv_cell("a=1"), "a=1");
  EXPECT_EQ(csv_cell("1-2"), "1-2");
}

TEST(Csv, KeepsAnApostropheApartFromItsOwn) {
  EXPECT_EQ(csv_cell("'=1"), "''=1");
  EXPECT_EQ(csv_cell("'tis"), "''tis");
}

TEST(Csv, HasTheColumnsOfTheView) {
  EXPECT_EQ(csv_header(),
            "lane,event_id,kind,occurred_at,received_at,room_uri,room_name,actor_uri,actor_name,"
            "actor_email,content,chat_id,file_name,file_sha256,node,epoch,sequence,block,segment"
            "\r\n");
  db::ComplianceEvent event;
  event.lane = "compliance";
  event.event_id = 7;
  event.kind = "CHAT";
  event.occurred_at = event.received_at = utc_from_micros(1'141'525'320'000'000);
  event.room_uri = "ma-chan://example.org/ubuntu";
  event.content = "hello, you";
  event.chat_id = 3;
  event.node = "a";
  event.epoch = 1;
  event.sequence = 8;
  event.block = 2;
  event.segment = 1;
  EXPECT_EQ(csv_line(event),
            "compliance,7,CHAT,2006-03-05T02:22:00.000000Z,2006-03-05T02:22:00.000000Z,"
            "ma-chan://example.org/ubuntu,,,,,\"hello, you\",3,,,a,1,8,2,1\r\n");
}

}  // namespace
}  // namespace mgc::audit
