#include "audit/formats/actiance_xml.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "tests/export/sample_slices.hpp"
#include "tests/support/slice_builder.hpp"
#include "tests/unit/audit/formats/xsd_check.hpp"

namespace mgc::audit {
namespace {

Bytes dump_of(const Slice& slice) {
  const auto files = actiance_xml(slice);
  EXPECT_TRUE(files);
  EXPECT_EQ(files->size(), 1U);
  return files->front().bytes;
}

/// Without attributes of our own and without the blanks before lines.
std::string without_extension(const Bytes& xml) {
  std::string text = std::regex_replace(xml, std::regex(" mgc:[a-z0-9_]+=\"[^\"]*\""), "");
  return std::regex_replace(text, std::regex("\n +"), "\n");
}

TEST(ActianceXml, HasAConversationAsThePublishedSamplesDo) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.add("JOIN");
  builder.post("hello");
  builder.add("PART");
  EXPECT_EQ(without_extension(dump_of(builder.slice())),
            R"(<?xml version="1.0" encoding="UTF-8"?>
<FileDump xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance")"
            R"( xmlns:mgc="urn:mgc:compliance-event:1">
<Conversation Perspective="#ubuntu">
<RoomID>ma-chan://example.org/ubuntu</RoomID>
<StartTimeUTC>1141525320000</StartTimeUTC>
<ParticipantEntered>
<LoginName>sip:zoe@example.org</LoginName>
<UserType>user</UserType>
<DateTimeUTC>1141525320000</DateTimeUTC>
<CorporateEmailID>zoe@example.org</CorporateEmailID>
</ParticipantEntered>
<ParticipantEntered>
<LoginName>sip:anna@example.org</LoginName>
<UserType>user</UserType>
<DateTimeUTC>1141525320000</DateTimeUTC>
<CorporateEmailID>anna@example.org</CorporateEmailID>
</ParticipantEntered>
<Message>
<MessageId>2</MessageId>
<LoginName>sip:anna@example.org</LoginName>
<UserType>user</UserType>
<DateTimeUTC>1141525321500</DateTimeUTC>
<Content>hello</Content>
</Message>
<ParticipantLeft>
<LoginName>sip:anna@example.org</LoginName>
<UserType>user</UserType>
<DateTimeUTC>1141525323000</DateTimeUTC>
<CorporateEmailID>anna@example.org</CorporateEmailID>
</ParticipantLeft>
<ParticipantLeft>
<LoginName>sip:zoe@example.org</LoginName>
<UserType>user</UserType>
<DateTimeUTC>1141525323000</DateTimeUTC>
<CorporateEmailID>zoe@example.org</CorporateEmailID>
</ParticipantLeft>
<EndTimeUTC>1141525323000</EndTimeUTC>
</Conversation>
</FileDump>
)");
}

TEST(ActianceXml, SaysWhatHappenedToAPostAndToAFile) {
  test::SliceBuilder builder;
  builder.has_present("anna");
  builder.add("EDIT", "new text").chat_id = 5;
  builder.add("DELETE", "replacement").chat_id = 5;
  builder.add("FILEDOWNLOAD").file_name = "plan.pdf";
  const std::string text = without_extension(dump_of(builder.slice()));
  EXPECT_NE(text.find("<DateTimeUTC>1141525320000</DateTimeUTC>\n"
                      "<UpdatedType>EditedNewMsg</UpdatedType>\n"
                      "<UpdatedDateTimeUTC>1141525320000</UpdatedDateTimeUTC>\n"
                      "<Content>new text</Content>\n"),
            std::string::npos);
  EXPECT_NE(text.find("<UpdatedType>Deleted</UpdatedType>"), std::string::npos);
  EXPECT_NE(text.find("<FileTransferStarted>\n"
                      "<LoginName>sip:anna@example.org</LoginName>\n"
                      "<DateTimeUTC>1141525323000</DateTimeUTC>\n"
                      "<UserFileName>plan.pdf</UserFileName>\n"
                      "<FileName>plan.pdf</FileName>\n"
                      "</FileTransferStarted>\n"
                      "<FileTransferEnded>\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<Status>Completed</Status>"), std::string::npos);
}

TEST(ActianceXml, MakesNoMessageOfWhatNobodySaid) {
  test::SliceBuilder builder;
  builder.add("BACKCHAT", "merger");
  builder.add("NODE", "of no room").room_uri = std::nullopt;
  const Bytes xml = dump_of(builder.slice());
  EXPECT_EQ(xml.find("<Message"), std::string::npos);
  EXPECT_NE(xml.find(">merger</mgc:Event>"), std::string::npos);
  EXPECT_GT(xml.find(">of no room</mgc:Event>"), xml.find("</Conversation>"));
}

TEST(ActianceXml, LetsWhoSpeaksWithoutHavingJoinedEnterOnce) {
  test::SliceBuilder builder;
  builder.post("hello");
  builder.post("again");
  const std::string text = without_extension(dump_of(builder.slice()));
  const std::size_t entered = text.find("<ParticipantEntered>");
  EXPECT_LT(entered, text.find("<Message>"));
  EXPECT_EQ(text.find("<ParticipantEntered>", entered + 1), std::string::npos);
}

TEST(ActianceXml, KnowsAPersonByTheUriWhateverElseIsTold) {
  test::SliceBuilder builder;
  builder.add("JOIN");
  auto& post = builder.post("hello");
  post.actor_name = post.actor_email = std::nullopt;
  const std::string text = without_extension(dump_of(builder.slice()));
  std::size_t logins = 0;
  for (std::size_t at = text.find("<LoginName>"); at != std::string::npos;
       at = text.find("<LoginName>", at + 1)) {
    EXPECT_EQ(text.find("<LoginName>sip:anna@example.org</LoginName>", at), at);
    ++logins;
  }
  EXPECT_EQ(logins, 3U);  // comes, speaks, is there at the end
}

TEST(ActianceXml, CarriesEachFieldOfAnEvent) {
  test::SliceBuilder builder;
  builder.post("hello\x01");
  const Bytes xml = dump_of(builder.slice());
  for (const char* attribute :
       {"mgc:lane=\"compliance\"", "mgc:event_id=\"3000\"", "mgc:kind=\"CHAT\"",
        "mgc:occurred_at=\"2006-03-05T02:22:00.000000Z\"", "mgc:node=\"node-1\"", "mgc:epoch=\"2\"",
        "mgc:sequence=\"41\"", "mgc:base64=\"content=aGVsbG8B\""}) {
    EXPECT_NE(xml.find(attribute), std::string::npos) << attribute;
  }
}

TEST(ActianceXml, IsValidByItsSchema) {
  for (const Slice& slice :
       {test::everyday_slice(), test::hostile_slice(), test::random_slice(1)}) {
    EXPECT_EQ(test::schema_errors("filedump.xsd", dump_of(slice)), "");
  }
  EXPECT_NE(test::schema_errors("filedump.xsd", "<FileDump><Message/></FileDump>"), "");
}

}  // namespace
}  // namespace mgc::audit
