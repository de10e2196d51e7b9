#include "audit/formats/lync_xml_reader.hpp"

#include <sys/stat.h>

#include "tests/support/sample_events.hpp"
#include "tests/unit/audit/formats/lync_reading.hpp"

namespace mgc::audit {
namespace {

using std::literals::operator""sv;
using test::archive;
using test::message;
using LyncXmlReader = test::LyncReading;

TEST_F(LyncXmlReader, ReadsWhatTheOriginalWrote) {
  const std::string bytes =
      archive(message(R"(type="CHAT" content="a &amp; b&#13;&#10;c" id="17")") +
              message(R"(type="JOIN" content="" id="0")"));
  const LyncFile file = read(bytes);
  EXPECT_FALSE(file.fault) << file.fault->what;
  EXPECT_EQ(file.bytes, bytes.size());
  EXPECT_EQ(schema::bytes_of(file.sha256), test::sha256_of(bytes));
  EXPECT_EQ(file.encoding, "");
  EXPECT_TRUE(file.left_out.empty()) << file.left_out.begin()->first;
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_EQ(records_[0].line, 6U);
  EXPECT_EQ(records_[1].line, 7U);
  EXPECT_EQ(*records_[0].channel->find("uri"), "ma-chan://litwareinc.com/300");
  ASSERT_EQ(records_[0].elements.size(), 3U);
  EXPECT_EQ(*records_[0].elements[0].find("content"), "a & b\r\nc");
  EXPECT_EQ(records_[0].elements[0].find("eventId"), nullptr);
  EXPECT_EQ(*records_[0].elements[1].find("uri"), "kazuto@litwareinc.com");
  EXPECT_EQ(*records_[0].elements[2].find("long"), "633482073409535482");
}

TEST_F(LyncXmlReader, NamesWhatTheFormatDoesNotHave) {
  const LyncFile file = read(
      "<Conversations><Conversation><Channel uri='r' islogged='true'/><Channel uri='s'"
      " islogged='true'/><FirstMessage type='CHAT'/><Extra><Message type='CHAT'/></Extra></"
      "Conversation><Conversation><Messages>text<Message type='CHAT'><Mood of='him'/></Message>"
      "</Messages></Conversation></Conversations>");
  const std::map<std::string, std::uint64_t> expected = {{"Channel/@islogged", 2},
                                                         {"Extra", 1},
                                                         {"FirstMessage without Messages", 1},
                                                         {"Messages/text()", 1},
                                                         {"Mood/@of", 1}};
  EXPECT_EQ(file.left_out, expected);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_FALSE(records_[0].channel) << "of the conversation before";
}

TEST_F(LyncXmlReader, ReadsOtherEncodings) {
  std::string wide = "\xFF\xFE";
  for (const char c : archive(message("type='CHAT' content='\xE9' id='1'"))) {
    wide += c;
    wide += '\0';
  }
  const std::size_t declared = wide.find("u\0t\0f\0-\0008"sv);
  wide.replace(declared, 10, "u\0t\0f\0-\0001\0006\0"sv);
  EXPECT_EQ(read(wide).encoding.substr(0, 6), "UTF-16");
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(*records_[0].elements[0].find("content"), "\u00E9");
  const LyncFile latin = read(
      "<?xml version='1.0' encoding='ISO-8859-1'?><Conversations><Conversation><Messages>"
      "<Message content='\xE9'/></Messages></Conversation></Conversations>");
  EXPECT_EQ(latin.encoding, "ISO-8859-1");
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(*records_[0].elements[0].find("content"), "\u00E9");
}

TEST_F(LyncXmlReader, RefusesWhatIsNotTheFormat) {
  const std::string one = archive(message(R"(type="CHAT" content="x" id="1")"));
  const auto is_refused = [&](const std::string& bytes, std::string_view why) {
    const std::string fault = fault_of(bytes);
    EXPECT_NE(fault.find(why), std::string::npos) << fault;
  };
  is_refused("", "not XML");
  is_refused(std::string("\x89PNG\r\n\x1a\n\0\0", 10), "not XML");
  is_refused("<FileDump/>", "1: its root is FileDump; Conversations is wanted");
  is_refused(one.substr(0, one.size() / 2), "not XML");
  // As the samples of the original's documentation are.
  is_refused(archive("<<Message type='CHAT'/>"), "6: it is not XML");
  is_refused(archive("< Sender/>"), "6: it is not XML");
  is_refused(archive("<Message type='CHAT' </Message>"), "6: it is not XML");
  is_refused(archive(message("type='CHAT' content='\xE9' id='1'")), "6: it is not XML");
  is_refused(archive(message("type='CHAT' content='&#1;' id='1'")), "6: it is not XML");
  is_refused(archive(message("type='CHAT' content='&other;' id='1'")), "6: it is not XML");
  is_refused(archive("\n" + message("type='CHAT' content='nul\0' id='1'"sv)), "7: it is not XML");
  is_refused("<?xml version='1.0' encoding='UTF-16'?>" + one.substr(one.find('\n')), "not XML");
  is_refused("<?xml version='1.0' encoding='klingon'?>" + one.substr(one.find('\n')), "not XML");
}

TEST_F(LyncXmlReader, RefusesWhatFollowsTheEnd) {
  const std::string one = archive(message(R"(type="CHAT" content="x" id="1")"));
  for (const std::string& more :
       {one, std::string("\0", 1), std::string(5'000, '\0') + one, std::string("text")}) {
    EXPECT_NE(fault_of(one + more), "") << more.size();
  }
  EXPECT_EQ(fault_of(one + "\n\n<!-- the end --> \n"), "");
}

TEST_F(LyncXmlReader, RefusesADocumentTypeBeforeItReadsIt) {
  const std::string laughs =
      "<!DOCTYPE Conversations [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY file SYSTEM"
      " 'file:///etc/passwd'>]><Conversations>&b;&file;</Conversations>";
  EXPECT_NE(fault_of(laughs).find("1: it has a document type"), std::string::npos);
  EXPECT_NE(fault_of("<!DOCTYPE Conversations SYSTEM 'http://127.0.0.1:1/x.dtd'><Conversations/>")
                .find("1: it has a document type"),
            std::string::npos);
}

TEST_F(LyncXmlReader, BoundsWhatOneFileCanCost) {
  EXPECT_NE(fault_of(std::string(70'000, ' ') + "<Conversations/>"), "") << "no root for long";
  std::string deep = "<Conversations>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_NE(fault_of(deep).find("nested more than 16 deep"), std::string::npos);
  EXPECT_NE(fault_of(archive("<Message content='" + std::string(20'000'000, 'x') + "'/>")), "");
  std::string children = "<Message type='CHAT'>";
  for (int i = 0; i < 1'000; ++i) children += "<Sender uri='x'/>";
  EXPECT_EQ(fault_of(archive(children + "</Message>")), "");
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].elements.size(), LyncRecord::kElementsMax);
  EXPECT_NE(records_[0].fault, "");
}

TEST_F(LyncXmlReader, OpensRegularFilesOnly) {
  std::filesystem::create_symlink(write("<Conversations/>"), dir_ / "link");
  EXPECT_FALSE(try_to_read(dir_ / "link"));
  EXPECT_FALSE(try_to_read(dir_.path()));
  EXPECT_FALSE(try_to_read(dir_ / "nothing"));
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  const auto pipe = try_to_read(dir_ / "pipe");
  ASSERT_FALSE(pipe) << "and it does not wait for somebody who writes";
  EXPECT_EQ(pipe.error().message, "is no regular file");
}

TEST_F(LyncXmlReader, EndsWithAnErrorOfAVisit) {
  const auto path = write(archive(message("type='CHAT'") + message("type='CHAT'")));
  int seen = 0;
  const auto file = read_lync_xml(path, {[&](const LyncRecord&) -> Result<void> {
                                           ++seen;
                                           return Error{Action::retry, "enough"};
                                         },
                                         [](std::uint64_t) { return Result<void>(); }});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

TEST_F(LyncXmlReader, KnowsTheListsThatStandBesideAFile) {
  const LyncFile file = read("<Attachments><Attachment file='a'/></Attachments>");
  EXPECT_TRUE(file.is_attachments);
  EXPECT_FALSE(file.fault);
  EXPECT_TRUE(records_.empty());
}

}  // namespace
}  // namespace mgc::audit
