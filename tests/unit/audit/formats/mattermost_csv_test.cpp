#include "audit/formats/mattermost_csv.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/slice_builder.hpp"

namespace mgc::audit {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find("\r\n", from);
    lines.push_back(text.substr(from, end - from));
    from = end == std::string::npos ? text.size() : end + 2;
  }
  return lines;
}

TEST(MattermostCsv, HasTheColumnsOfMattermostAndThenItsOwn) {
  test::SliceBuilder builder;
  builder.post("hello");
  const auto files = mattermost_csv(builder.slice());
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  const auto lines = lines_of(files->front().bytes);
  EXPECT_EQ(lines[0],
            "Post Creation Time,Post Update Time,Post Update Type,Team Id,Team Name,"
            "Team Display Name,Channel Id,Channel Name,Channel Display Name,Channel Type,User Id,"
            "User Email,Username,Post Id,Edited By Post Id,Replied to Post Id,Post Message,"
            "Post Type,User Type,Previews Post Id,mgc_lane,mgc_event_id,mgc_kind,mgc_occurred_at,"
            "mgc_received_at,mgc_chat_id,mgc_file_name,mgc_file_sha256,mgc_node,mgc_synthetic,"
            "mgc_imported,mgc_epoch,mgc_sequence,mgc_block,mgc_segment,mgc_content,mgc_base64");
}

TEST(MattermostCsv, SaysWhoWasThereBeforeTheFirstEventOfARoom) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.add("NODE").room_uri = std::nullopt;
  builder.post("hello");
  builder.post("again");
  const auto lines = lines_of(mattermost_csv(builder.slice())->front().bytes);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[2],
            "1141525321500,0,,,,,ma-chan://example.org/ubuntu,#ubuntu,#ubuntu,,"
            "sip:zoe@example.org,zoe@example.org,zoe,,,,,previously-joined,user,"
            ",,,,,,,,,,,,,,,,,");
  EXPECT_EQ(lines[3],
            "1141525321500,1141525321500,,,,,ma-chan://example.org/ubuntu,#ubuntu,#ubuntu,,"
            "sip:anna@example.org,anna@example.org,Anna,ma-chan://example.org/ubuntu/2,,,hello,"
            "message,user,,compliance,3001,CHAT,2006-03-05T02:22:01.500250Z,"
            "2006-03-05T02:22:02.500250Z,2,,,node-1,false,false,2,42,7,1,,");
}

TEST(MattermostCsv, TellsEditsDeletionsAndFilesApart) {
  test::SliceBuilder builder;
  builder.add("EDIT", "new text").chat_id = 5;
  builder.add("DELETE", "replacement").chat_id = 5;
  auto& upload = builder.add("FILEUPLOAD", "look");
  upload.file_name = "plan.pdf";
  upload.file_sha256 = Bytes(32, '\xAB');
  builder.add("UNKNOWN(77)");
  const auto lines = lines_of(mattermost_csv(builder.slice())->front().bytes);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_NE(lines[1].find("1141525320000,1141525320000,EditedNewMsg,"), std::string::npos);
  EXPECT_NE(lines[1].find(",new text,message,user,"), std::string::npos);
  EXPECT_NE(lines[2].find(",Deleted,"), std::string::npos);
  EXPECT_NE(lines[2].find("ubuntu/5,,,replacement,message,user,"), std::string::npos);
  EXPECT_NE(lines[3].find(",plan.pdf,attachment,user,"), std::string::npos);
  EXPECT_NE(lines[3].find("," + std::string("abababababababab")), std::string::npos);
  EXPECT_TRUE(lines[3].ends_with(",7,1,look,")) << lines[3];
  EXPECT_NE(lines[4].find(",unknown(77),user,"), std::string::npos);
}

TEST(MattermostCsv, LetsNoFormulaRunAndLosesNoControlCharacter) {
  test::SliceBuilder builder;
  builder.post("=1+1\x1B");
  const auto lines = lines_of(mattermost_csv(builder.slice())->front().bytes);
  EXPECT_NE(lines[1].find(",'=1+1\xEF\xBF\xBD,message,"), std::string::npos) << lines[1];
  EXPECT_TRUE(lines[1].ends_with(",content=PTErMRs=")) << lines[1];
}

TEST(MattermostCsv, SumsUpEachChannel) {
  test::SliceBuilder builder;
  builder.post("one");
  builder.add("FILEUPLOAD");
  builder.post("two");
  const auto metadata = nlohmann::json::parse(mattermost_csv(builder.slice())->back().bytes);
  const auto& channel = metadata["Channels"]["ma-chan://example.org/ubuntu"];
  EXPECT_EQ(channel["MessagesCount"], 2);
  EXPECT_EQ(channel["AttachmentsCount"], 1);
  EXPECT_EQ(channel["StartTime"], 1'141'525'320'000);
  EXPECT_EQ(channel["EndTime"], 1'141'525'323'000);
  EXPECT_EQ(metadata["MessagesCount"], 2);
}

TEST(MattermostCsv, NamesItsFilesAfterTheSlice) {
  test::SliceBuilder builder;
  builder.slice().lane = "a";
  builder.slice().number = 12;
  builder.post("x").room_uri = "../..";
  const auto files = mattermost_csv(builder.slice());
  EXPECT_EQ(files->front().name, "ca978112ca1bbdca-000000000012/posts.csv");
  EXPECT_EQ(files->back().name, "ca978112ca1bbdca-000000000012/metadata.json");
}

}  // namespace
}  // namespace mgc::audit
