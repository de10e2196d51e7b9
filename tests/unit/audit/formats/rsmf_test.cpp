#include "audit/formats/rsmf.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/export/sample_slices.hpp"
#include "tests/support/slice_builder.hpp"
#include "tests/unit/audit/formats/mail_bodies.hpp"
#include "tests/unit/audit/formats/unzip.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

std::vector<OutputFile> files_of(const Slice& slice, const RsmfOptions& options = {}) {
  auto files = rsmf(slice, options);
  EXPECT_TRUE(files);
  return *files;
}

json manifest_of(const OutputFile& file) {
  const auto files = test::unzip(test::bodies_of(file.bytes).at(1));
  EXPECT_EQ(files.size(), 1U);
  return json::parse(files.at("rsmf_manifest.json"));
}

std::string custom_of(const json& owner, const std::string& name) {
  for (const json& one : owner.value("custom", json::array())) {
    if (one.at("name") == name) return one.at("value");
  }
  return "(none)";
}

TEST(Rsmf, IsAMailWithTheTranscriptAndOneZip) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.post("hello");
  builder.post("again");
  const auto files = files_of(builder.slice());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_TRUE(files[0].name.ends_with("-000000000003/room-0001-part-0001.rsmf"));
  for (const char* header :
       {"X-RSMF-Version: 2.0.0\r\n", "X-RSMF-Generator: mgc\r\n",
        "X-RSMF-BeginDate: 2006-03-05T02:22:00.000000Z\r\n",
        "X-RSMF-EndDate: 2006-03-05T02:22:01.500250Z\r\n", "X-RSMF-EventCount: 2\r\n",
        "X-RSMF-Application: Persistent Chat\r\n", "X-RSMF-Participants: Anna, zoe\r\n",
        "X-RSMF-AttachmentCount: 0\r\n", "From: Anna <anna@example.org>\r\n",
        "Content-Disposition: attachment; filename=rsmf.zip\r\n"}) {
    EXPECT_NE(files[0].bytes.find(header), std::string::npos) << header << files[0].bytes;
  }
  const auto bodies = test::bodies_of(files[0].bytes);
  ASSERT_EQ(bodies.size(), 2U);
  EXPECT_NE(bodies[0].find("#ubuntu CHAT Anna: hello\r\n"), std::string::npos) << bodies[0];
}

TEST(Rsmf, HasParticipantsAConversationAndEvents) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.post("hello");
  const json manifest = manifest_of(files_of(builder.slice())[0]);
  EXPECT_EQ(manifest["version"], "2.0.0");
  EXPECT_EQ(manifest["participants"], json::parse(R"([
    {"id": "P1", "display": "Anna", "account_id": "sip:anna@example.org",
     "email": "anna@example.org", "custom": [{"name": "actor_name", "value": "Anna"}]},
    {"id": "P2", "display": "zoe", "account_id": "sip:zoe@example.org",
     "email": "zoe@example.org", "custom": [{"name": "actor_name", "value": "zoe"}]}])"));
  EXPECT_EQ(manifest["conversations"], json::parse(R"([
    {"id": "C1", "platform": "Persistent Chat", "type": "channel", "display": "#ubuntu",
     "participants": ["P2"],
     "custom": [{"name": "room_uri", "value": "ma-chan://example.org/ubuntu"},
                {"name": "room_name", "value": "#ubuntu"}]}])"));
  ASSERT_EQ(manifest["events"].size(), 1U);
  json event = manifest["events"][0];
  EXPECT_EQ(custom_of(event, "sequence"), "41");
  EXPECT_EQ(custom_of(event, "lane"), "compliance");
  EXPECT_EQ(custom_of(event, "chat_id"), "1");
  EXPECT_EQ(custom_of(event, "content"), "(none)");
  event.erase("custom");
  EXPECT_EQ(event, json::parse(R"(
    {"id": "3000", "type": "message", "conversation": "C1", "participant": "P1",
     "timestamp": "2006-03-05T02:22:00.000000Z", "body": "hello"})"));
}

TEST(Rsmf, TellsTheKindsApart) {
  test::SliceBuilder builder;
  for (const char* kind : {"JOIN", "PART", "BACKCHAT", "PURGE", "NOTICE", "UNKNOWN(77)"}) {
    builder.add(kind, "text");
  }
  builder.add("EDIT", "new text").chat_id = 4;
  builder.add("DELETE", "replacement").chat_id = 4;
  builder.add("FILEUPLOAD", "look").file_name = "plan.pdf";
  builder.add("FILEDOWNLOAD").file_name = "plan.pdf";
  const json events = manifest_of(files_of(builder.slice())[0])["events"];
  std::vector<std::string> types;
  for (const json& event : events) types.push_back(event["type"]);
  EXPECT_EQ(types,
            (std::vector<std::string>{"join", "leave", "history", "unknown", "message", "unknown",
                                      "message", "message", "message", "unknown"}));
  EXPECT_EQ(events[2]["body"], "text");
  EXPECT_EQ(custom_of(events[5], "kind"), "UNKNOWN(77)");
  EXPECT_EQ(events[6]["body"], "new text");
  EXPECT_EQ(events[6]["edits"],
            json::parse(R"([{"participant": "P1", "timestamp": "2006-03-05T02:22:09.001500Z"}])"));
  EXPECT_EQ(events[7]["deleted"], true);
  EXPECT_FALSE(events[6].contains("deleted"));
  EXPECT_EQ(events[8]["body"], "plan.pdf");
  EXPECT_EQ(custom_of(events[8], "content"), "look");
}

TEST(Rsmf, KeepsEveryCharacterThatJsonHas) {
  test::SliceBuilder builder;
  const std::string content("nul\0 \x1B \xE2\x80\xAE", 10);
  builder.post(content);
  builder.post("\xFF");
  const json events = manifest_of(files_of(builder.slice())[0])["events"];
  EXPECT_EQ(events[0]["body"], content);
  EXPECT_EQ(custom_of(events[0], "base64"), "(none)");
  EXPECT_EQ(events[1]["body"], "\xEF\xBF\xBD");
  EXPECT_EQ(custom_of(events[1], "base64"), "content=/w==");
}

TEST(Rsmf, HasAFileForEachRoomAndDay) {
  test::SliceBuilder builder;
  const std::int64_t day = 86'400'000'000;
  for (const std::int64_t shift : {0L, 1L, 0L, 1L}) {
    builder.post("x").occurred_at = utc_from_micros(test::kSliceBegin + shift * day);
  }
  builder.post("y").room_uri = "another";
  const auto files = files_of(builder.slice());
  ASSERT_EQ(files.size(), 3U);
  const json first = manifest_of(files[0]), second = manifest_of(files[1]);
  EXPECT_EQ(first["events"].size(), 2U);
  EXPECT_EQ(second["events"][1]["id"], "3003");
  EXPECT_EQ(first["eventcollectionid"], second["eventcollectionid"]);
  EXPECT_NE(first["eventcollectionid"], manifest_of(files[2])["eventcollectionid"]);
  EXPECT_TRUE(files[1].name.ends_with("/room-0001-part-0002.rsmf"));
  EXPECT_TRUE(files[2].name.ends_with("/room-0002-part-0001.rsmf"));
}

TEST(Rsmf, BeginsAnotherFileAtEachLimit) {
  RsmfOptions options;
  options.max_events = 30;
  std::size_t events = 0;
  for (const OutputFile& file : files_of(test::long_slice(100), options)) {
    const std::size_t here = manifest_of(file)["events"].size();
    EXPECT_LE(here, 30U);
    events += here;
  }
  EXPECT_EQ(events, 100U);
  test::SliceBuilder builder;
  for (int i = 0; i < 3; ++i) builder.post(std::string(1000, 'x'));
  options.max_bytes = 20'000;
  EXPECT_EQ(files_of(builder.slice(), options).size(), 3U);
}

TEST(Rsmf, SaysWhoWasThereWhenTheFileBegins) {
  test::SliceBuilder builder;
  builder.add("JOIN");
  builder.post("one");
  builder.post("two");
  RsmfOptions options;
  options.max_events = 2;
  const auto files = files_of(builder.slice(), options);
  EXPECT_TRUE(manifest_of(files[0])["conversations"][0]["participants"].empty());
  EXPECT_EQ(manifest_of(files[1])["conversations"][0]["participants"], json::array({"P1"}));
}

}  // namespace
}  // namespace mgc::audit
