#include "audit/formats/lync_xml.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/audit/formats/xml_reading.hpp"

namespace mgc::audit {
namespace {

using std::chrono::seconds;
using std::literals::operator""sv;
using test::XmlDocument;

/// An event of a room; the next one has the next event id, and happens a second later.
db::ComplianceEvent event_of(Slice& slice, const std::string& kind, const std::string& content) {
  db::ComplianceEvent event;
  event.lane = slice.lane;
  event.event_id = slice.number + slice.events.size();
  event.kind = kind;
  event.occurred_at =
      utc_from_micros(1'212'610'540'953'548 + 1'000'000 * std::int64_t(slice.events.size()));
  event.room_uri = "ma-chan://example.org/300";
  event.room_name = "Trading";
  event.actor_uri = "sip:kazuto@example.org";
  event.actor_name = "Kazuto";
  event.actor_email = "kazuto@mail.example.org";
  event.actor_external = false;
  event.content = content;
  return event;
}

Slice slice_of(const std::vector<std::pair<std::string, std::string>>& events) {
  Slice slice;
  slice.lane = "compliance";
  slice.number = 20'000;
  for (const auto& [kind, content] : events) slice.events.push_back(event_of(slice, kind, content));
  return slice;
}

std::vector<OutputFile> write(const LyncXmlOptions& options, const Slice& slice) {
  const auto format = make_lync_xml(options);
  EXPECT_TRUE(format) << format.error().message;
  auto files = std::get<FileFormat>(format->form).write(slice);
  EXPECT_TRUE(files) << files.error().message;
  for (const OutputFile& file : *files)
    EXPECT_EQ(XmlDocument(file.bytes).faults(lync_xml_schema()), "") << file.bytes;
  return std::move(*files);
}

LyncXmlOptions original() {
  LyncXmlOptions options;
  options.extension = false;
  return options;
}

TEST(LyncXml, IsWhatTheOriginalWrote) {
  Slice slice = slice_of({{"CHAT", "hello"}});
  slice.events[0].chat_id = 17;
  const auto files = write(original(), slice);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].name, "compliance-000000020000.xml");
  // The times of the sample of the original's documentation, to the microsecond; the id is the
  // beginning of: printf sip:kazuto@example.org | sha256sum
  const std::string sender =
      "<Sender UserName=\"Kazuto\" id=\"918801484\" uri=\"kazuto@example.org\"/>\n";
  const std::string when =
      " since1970=\"1212610540953\" string=\"2008-06-04T20:15:40.953548Z\""
      " long=\"633482073409535480\"/>\n";
  EXPECT_EQ(files[0].bytes,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<Conversations xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
            " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n"
            "  <Conversation>\n"
            "    <Channel uri=\"ma-chan://example.org/300\" name=\"ma-chan://example.org/300\"/>\n"
            "    <FirstMessage type=\"CHAT\" content=\"hello\" id=\"17\">\n"
            "      " +
                sender + "      <DateTimeUTC" + when +
                "    </FirstMessage>\n"
                "    <Messages>\n"
                "      <Message type=\"CHAT\" content=\"hello\" id=\"17\">\n"
                "        " +
                sender + "        <DateTimeUTC" + when +
                "      </Message>\n"
                "    </Messages>\n"
                "    <StartTimeUTC" +
                when + "    <EndTimeUTC" + when +
                "  </Conversation>\n"
                "</Conversations>\n");
}

TEST(LyncXml, TellsTheSixKindsOfTheOriginal) {
  Slice slice = slice_of({{"JOIN", ""},
                          {"CHAT", "hi"},
                          {"BACKCHAT", "last 25"},
                          {"FILEUPLOAD", ""},
                          {"FILEDOWNLOAD", ""},
                          {"PART", "bye"}});
  slice.events[1].chat_id = 5'000'000'000;
  slice.events[3].file_name = "a.txt";
  slice.events[3].file_sha256 = Bytes(32, '\x0a');
  slice.events[4].file_name = "a.txt";
  const XmlDocument document(write({}, slice)[0].bytes);
  std::string told;
  for (const xmlNode* one : document.find("/Conversations/Conversation/Messages/Message")) {
    told += XmlDocument::raw(*one, "type") + ":" + XmlDocument::raw(*one, "content") + ":" +
            XmlDocument::raw(*one, "id") + ":" + XmlDocument::raw(*one, "eventId") + " ";
  }
  EXPECT_EQ(told,
            "JOIN::0:20000 CHAT:hi:5000000000:20001 BACKCHAT:last 25:0:20002 "
            "FILEUPLOAD:a.txt:0:20003 FILEDOWNLOAD:a.txt:0:20004 PART:bye:0:20005 ");
  const auto first = document.find("//FirstMessage");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(XmlDocument::raw(*first[0], "eventId"), "20000");
  EXPECT_EQ(XmlDocument::raw(*document.find("//Message[@sha256]")[0], "sha256"),
            "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a");
}

TEST(LyncXml, HasEditsAndDeletionsUnlessOnlyTheOriginalIsWanted) {
  Slice slice = slice_of({{"CHAT", "frist"}, {"EDIT", "first"}, {"DELETE", "gone"}});
  for (db::ComplianceEvent& event : slice.events) event.chat_id = 9;
  const XmlDocument extended(write({}, slice)[0].bytes);
  const auto events = extended.find("//Messages/Event");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(XmlDocument::raw(*events[0], "type"), "EDIT");
  EXPECT_EQ(XmlDocument::raw(*events[0], "id"), "9");
  EXPECT_EQ(XmlDocument::raw(*events[0], "content"), "first");
  EXPECT_EQ(XmlDocument::raw(*events[1], "type"), "DELETE");
  const XmlDocument plain(write(original(), slice)[0].bytes);
  EXPECT_EQ(plain.find("//Message").size(), 1U);
  EXPECT_TRUE(plain.find("//Event").empty());
  EXPECT_TRUE(plain.find("//@eventId").empty());
}

TEST(LyncXml, HasAPlaceForWhatHappensInNoRoom) {
  Slice slice = slice_of({{"NODE", ""}, {"EDIT", "x"}, {"UNKNOWN(-7)", ""}});
  slice.events[0].room_uri.reset();
  slice.events[0].actor_uri.reset();
  const XmlDocument document(write({}, slice)[0].bytes);
  EXPECT_EQ(document.find("/Conversations/OutsideRooms/Event[@type='NODE']").size(), 1U);
  EXPECT_EQ(document.find("//Messages/Event").size(), 2U);
  EXPECT_TRUE(document.find("//FirstMessage").empty()) << "nothing that the original knew";
  EXPECT_TRUE(write(original(), slice).empty()) << "no file of nothing";
}

TEST(LyncXml, CutsConversationsByTheRunInterval) {
  Slice slice = slice_of({{"CHAT", "a"}, {"CHAT", "b"}, {"CHAT", "c"}, {"CHAT", "d"}});
  const std::int64_t minute = 60'000'000;
  slice.events[0].occurred_at = utc_from_micros(0);
  slice.events[1].occurred_at = utc_from_micros(minute - 1);
  slice.events[2].occurred_at = utc_from_micros(minute);
  slice.events[3].occurred_at = utc_from_micros(-1);
  LyncXmlOptions options;
  options.run_interval = seconds{60};
  const XmlDocument document(write(options, slice)[0].bytes);
  const auto conversations = document.find("//Conversation");
  ASSERT_EQ(conversations.size(), 3U);
  EXPECT_EQ(document.find("//Conversation[1]//Message").size(), 2U);
  EXPECT_EQ(XmlDocument::raw(*document.find("//Conversation[1]/StartTimeUTC")[0], "since1970"),
            "0");
  EXPECT_EQ(XmlDocument::raw(*document.find("//Conversation[1]/EndTimeUTC")[0], "since1970"),
            "59999");
  EXPECT_EQ(XmlDocument::raw(*document.find("//Conversation[3]/EndTimeUTC")[0], "since1970"), "-1");
  EXPECT_EQ(XmlDocument::raw(*document.find("//Conversation[3]/EndTimeUTC")[0], "long"),
            "621355967999999990");
}

TEST(LyncXml, PutsEachRoomIntoAFileOfItsOwn) {
  Slice slice = slice_of({{"CHAT", "a"}, {"CHAT", "b"}, {"CHAT", "c"}, {"NODE", ""}});
  slice.events[1].room_uri = "../../etc/passwd";
  slice.events[1].room_name = "a/../b";
  slice.events[2].room_name = "renamed";
  slice.events[3].room_uri.reset();
  LyncXmlOptions options;
  options.one_chat_room_per_output_file = true;
  const auto files = write(options, slice);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "compliance-000000020000.xml");
  EXPECT_TRUE(files[1].name.starts_with("compliance-000000020000-etc-passwd-"));
  EXPECT_TRUE(files[2].name.starts_with("compliance-000000020000-ma-chan-example-org-300-"));
  const XmlDocument both(files[2].bytes);
  EXPECT_EQ(both.find("//Conversation").size(), 2U) << "before and after its name was changed";
  EXPECT_EQ(both.find("//Message").size(), 2U);
}

TEST(LyncXml, AddsDetailsThatAreAskedFor) {
  Slice slice = slice_of({{"CHAT", "a"}, {"CHAT", "b"}});
  slice.events[1].actor_name.reset();
  slice.events[1].actor_external = true;
  slice.present["ma-chan://example.org/300"] = {
      {"sip:anna@example.org", "Anna", "", utc_from_micros(5'000'000)}};
  LyncXmlOptions options;
  options.add_chat_room_details = true;
  options.add_user_details = true;
  const XmlDocument document(write(options, slice)[0].bytes);
  EXPECT_EQ(XmlDocument::raw(*document.find("//Channel")[0], "name"), "Trading");
  const auto senders = document.find("//Message/Sender");
  ASSERT_EQ(senders.size(), 2U);
  EXPECT_EQ(XmlDocument::raw(*senders[0], "email"), "kazuto@mail.example.org");
  EXPECT_EQ(XmlDocument::raw(*senders[0], "internal"), "true");
  EXPECT_EQ(XmlDocument::raw(*senders[1], "internal"), "false");
  EXPECT_EQ(XmlDocument::raw(*senders[1], "UserName"), "kazuto@example.org");
  const auto present =
      document.find("//Present/Participant[Sender/@uri='anna@example.org']/DateTimeUTC");
  ASSERT_EQ(present.size(), 1U);
  EXPECT_EQ(XmlDocument::raw(*present[0], "since1970"), "5000");
  options.extension = false;
  EXPECT_TRUE(XmlDocument(write(options, slice)[0].bytes).find("//Present").empty());
  EXPECT_TRUE(XmlDocument(write({}, slice)[0].bytes).find("//@email|//@internal").empty());
}

TEST(LyncXml, ListsTheFilesThatWereMoved) {
  Slice slice = slice_of({{"CHAT", "a"}, {"FILEUPLOAD", "see this"}, {"FILEDOWNLOAD", ""}});
  slice.events[1].file_name = "a\x01.txt";
  slice.events[2].file_name = "a.txt";
  LyncXmlOptions options;
  options.create_file_attachments_manifest = true;
  const auto files = write(options, slice);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[1].name, "compliance-000000020000.ATTACH");
  const XmlDocument list(files[1].bytes);
  const auto attachments = list.find("/Attachments/Attachment");
  ASSERT_EQ(attachments.size(), 2U);
  EXPECT_EQ(XmlDocument::text(*attachments[0], "file"), "a\x01.txt");
  EXPECT_EQ(XmlDocument::raw(*attachments[1], "type"), "FILEDOWNLOAD");
  const XmlDocument document(files[0].bytes);
  EXPECT_EQ(XmlDocument::raw(*document.find("//Message[@type='FILEUPLOAD']")[0], "text"),
            "see this");
  slice.events.resize(1);
  EXPECT_EQ(write(options, slice).size(), 1U) << "no list of nothing";
}

TEST(LyncXml, KeepsHostileTextAsItWas) {
  const std::vector<std::string> hostile = {"=HYPERLINK(\"http://example.org\")",
                                            "<b>&amp;</b>",
                                            "]]>",
                                            "a\r\nBcc: x@example.org",
                                            "\x1b]0;title\x07",
                                            "\u202egnp.exe",
                                            std::string("nul\0nul"sv),
                                            "\u2028\u0085",
                                            "\xED\xA0\x80",
                                            "\uFFFE",
                                            "  two  spaces\t",
                                            std::string(1 << 20, 'x'),
                                            std::string(1 << 20, '\0'),
                                            "\\u0000"};
  std::vector<std::pair<std::string, std::string>> posts;
  for (const std::string& text : hostile) posts.emplace_back("CHAT", text);
  Slice slice = slice_of(posts);
  for (std::size_t i = 0; i + 2 < hostile.size(); ++i) {
    slice.events[i].room_name = hostile[i].substr(0, 100);
    slice.events[i].room_uri = "x:" + hostile[i].substr(0, 100);
    slice.events[i].actor_name = hostile[i].substr(0, 100) + ".";
    slice.events[i].actor_uri = hostile[i].substr(0, 100) + ".";
    slice.events[i].actor_email = hostile[i].substr(0, 100) + ".";
  }
  LyncXmlOptions options;
  options.add_chat_room_details = options.add_user_details = true;
  const XmlDocument document(write(options, slice)[0].bytes);
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    const auto& event = slice.events[i];
    const std::string path = "//Message[@eventId='" + std::to_string(event.event_id) + "']";
    const auto message = document.find(path.c_str());
    ASSERT_EQ(message.size(), 1U) << i;
    EXPECT_TRUE(XmlDocument::text(*message[0], "content") == hostile[i]) << i;
    const auto sender = document.find((path + "/Sender").c_str());
    EXPECT_EQ(XmlDocument::text(*sender[0], "UserName"), *event.actor_name);
    EXPECT_EQ(XmlDocument::text(*sender[0], "email"), *event.actor_email);
    const auto channel = document.find((path + "/../../Channel").c_str());
    EXPECT_EQ(XmlDocument::text(*channel[0], "name"), *event.room_name);
    EXPECT_EQ(XmlDocument::text(*channel[0], "uri"), *event.room_uri);
  }
}

TEST(LyncXml, SaysItsOptionsUnderTheNamesOfTheOriginal) {
  LyncXmlOptions options;
  options.add_user_details = true;
  options.run_interval = seconds{90'061};
  const nlohmann::json expected = {{"OneChatRoomPerOutputFile", false},
                                   {"AddChatRoomDetails", false},
                                   {"AddUserDetails", true},
                                   {"CreateFileAttachmentsManifest", false},
                                   {"RunInterval", "1.01:01:01"},
                                   {"CustomConfiguration", nullptr},
                                   {"extension", true}};
  EXPECT_EQ(make_lync_xml(options)->options, expected);
}

TEST(RunInterval, IsATimeSpan) {
  EXPECT_EQ(parse_run_interval("00:15:00").value(), seconds{900});
  EXPECT_EQ(parse_run_interval("00:01:00").value(), seconds{60});
  EXPECT_EQ(parse_run_interval("1.02:03:04").value(), seconds{93'784});
  EXPECT_EQ(parse_run_interval("30.00:00:00").value(), seconds{2'592'000});
  for (const char* text : {"", "15", "00:00:59", "30.00:00:01", "24:00:00", "00:60:00", "00:15",
                           "00:15:00:00", "-00:15:00", "1.2.03:04:05", "00:15:00 ", "1:.0:00",
                           "99999999999999999999:00:00", "00:15:00.5"}) {
    EXPECT_FALSE(parse_run_interval(text)) << text;
  }
}

}  // namespace
}  // namespace mgc::audit
