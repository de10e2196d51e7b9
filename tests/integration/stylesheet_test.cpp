#include "audit/formats/stylesheet.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/support/loopback.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::audit {
namespace {

constexpr const char* kDocument =
    "<Conversations><Conversation><Channel name=\"red\"/><Messages>"
    "<Message type=\"CHAT\" content=\"one\"/><Message type=\"BACKCHAT\" content=\"query\"/>"
    "</Messages></Conversation></Conversations>";

class StylesheetTest : public testing::Test {
 protected:
  /// A stylesheet with these templates, or this whole text where it begins with '<?'.
  Result<Stylesheet> read(const std::string& body, ApartLimits limits = {}) {
    const auto file = dir_ / "sheet.xsl";
    std::ofstream(file) << (body.starts_with("<?")
                                ? body
                                : "<xsl:stylesheet version=\"1.0\""
                                  " xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">" +
                                      body + "</xsl:stylesheet>");
    return Stylesheet::read(file, limits);
  }
  /// The result, or what is wrong.
  std::string apply(const std::string& body, ApartLimits limits = {}) {
    const auto sheet = read(body, limits);
    if (!sheet) return "ERROR " + sheet.error().message;
    const auto result = sheet->apply(kDocument);
    return result ? *result : "ERROR " + result.error().message;
  }
  static bool refuses(const std::string& said, const std::string& why) {
    return said.starts_with("ERROR ") && said.find("sheet.xsl") != std::string::npos &&
           said.find(why) != std::string::npos;
  }

  test::TempDir dir_;
};

TEST_F(StylesheetTest, MakesAnotherFormat) {
  EXPECT_EQ(apply("<xsl:output method='xml' indent='no' omit-xml-declaration='yes'/>"
                  "<xsl:template match='/'><FileDump><xsl:apply-templates/></FileDump>"
                  "</xsl:template>"
                  "<xsl:template match='Conversation'><Conversation"
                  " Perspective='{Channel/@name}_group_channel'>"
                  "<xsl:apply-templates select='Messages/Message[@type=\"CHAT\"]'/>"
                  "</Conversation></xsl:template>"
                  "<xsl:template match='Message'><Content><xsl:value-of select='@content'/>"
                  "</Content></xsl:template>"),
            "<FileDump><Conversation Perspective=\"red_group_channel\"><Content>one</Content>"
            "</Conversation></FileDump>");
}

TEST_F(StylesheetTest, NamesItsFilesByItsMethod) {
  EXPECT_EQ(read("")->suffix(), "xml");
  EXPECT_EQ(read("<xsl:output method='html'/>")->suffix(), "html");
  EXPECT_EQ(read("<xsl:output method='text'/>")->suffix(), "txt");
  EXPECT_EQ(apply("<xsl:output method='text'/><xsl:template match='/'>"
                  "<xsl:value-of select='count(//Message)'/></xsl:template>"),
            "2");
  EXPECT_EQ(apply("<xsl:output method='text'/><xsl:template match='/'/>"), "");
}

TEST_F(StylesheetTest, GivesTheSameIdsEachTime) {
  const std::string body =
      "<xsl:output method='text'/><xsl:template match='/'><xsl:for-each select='//Message'>"
      "<xsl:value-of select='generate-id()'/>,</xsl:for-each>"
      "<xsl:value-of select='generate-id(//Message)'/>,"
      "<xsl:value-of select='generate-id(//Nothing)'/>,"
      "<xsl:value-of select='generate-id(//Message[1]) = generate-id(//Message[2])'/>"
      "</xsl:template>";
  const std::string first = apply(body);
  EXPECT_TRUE(first.ends_with(",,false")) << first;
  const std::vector<char> between(100'000);  // what is in memory elsewhere is no part of them
  EXPECT_EQ(apply(body), first);
}

TEST_F(StylesheetTest, ReadsNoFile) {
  std::ofstream(dir_ / "secret.xml") << "<secret>told</secret>";
  const std::string secret = (dir_ / "secret.xml").string();
  const auto told = [](const std::string& said) { return said.find("told") != std::string::npos; };
  const auto by_document = apply("<xsl:template match='/'><xsl:value-of select=\"document('" +
                                 secret + "')\"/></xsl:template>");
  EXPECT_TRUE(refuses(by_document, secret)) << by_document;
  EXPECT_FALSE(told(by_document));
  for (const char* how : {"import", "include"}) {
    const auto sheet = read("<xsl:" + std::string(how) + " href='" + secret + "'/>");
    ASSERT_FALSE(sheet) << how;
    EXPECT_TRUE(refuses("ERROR " + sheet.error().message, "secret.xml")) << sheet.error().message;
  }
  const auto by_entity =
      apply("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM '" + secret +
            "'>]><xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
            "<xsl:template match='/'><a>&e;</a></xsl:template></xsl:stylesheet>");
  EXPECT_TRUE(refuses(by_entity, "secret.xml")) << by_entity;
  const auto by_xinclude = apply(
      "<xsl:template match='/'><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='" +
      secret + "'/></xsl:template>");
  EXPECT_FALSE(told(by_xinclude)) << "it is an element like any other";
  EXPECT_NE(by_xinclude.find("xi:include"), std::string::npos);
}

TEST_F(StylesheetTest, WritesNoFile) {
  const auto file = dir_ / "written.xml";
  const std::string head =
      "<?xml version='1.0'?><xsl:stylesheet version='1.1' extension-element-prefixes='exsl saxon'"
      " xmlns:xsl='http://www.w3.org/1999/XSL/Transform' xmlns:exsl='http://exslt.org/common'"
      " xmlns:saxon='http://icl.com/saxon'><xsl:template match='/'>";
  for (const char* element : {"xsl:document href", "exsl:document href", "saxon:output file"}) {
    const std::string name(element, std::string_view(element).find(' '));
    const auto said = apply(head + "<" + element + "='" + file.string() + "'><a/></" + name +
                            "></xsl:template></xsl:stylesheet>");
    EXPECT_TRUE(refuses(said, "")) << element << ": " << said;
    EXPECT_FALSE(std::filesystem::exists(file)) << element;
  }
}

TEST_F(StylesheetTest, OpensNoConnection) {
  const int listener = test::listen_on_loopback();
  const std::string url = "http://127.0.0.1:" + std::to_string(test::port_of(listener)) + "/x.xml";
  const auto said = apply("<xsl:template match='/'><xsl:copy-of select=\"document('" + url +
                          "')\"/></xsl:template>");
  EXPECT_TRUE(refuses(said, url)) << said;
  pollfd called{listener, POLLIN, 0};
  EXPECT_EQ(::poll(&called, 1, 0), 0);
  ::close(listener);
}

TEST_F(StylesheetTest, EndsARecursionThatNeverDoes) {
  const auto said = apply(
      "<xsl:template match='/' name='again'><xsl:call-template name='again'/></xsl:template>");
  EXPECT_TRUE(refuses(said, "recursion")) << said;
}

TEST_F(StylesheetTest, EndsWhatTakesTooLong) {
  std::string body = "<xsl:template match='/'>";
  for (int depth = 0; depth < 40; ++depth) body += "<xsl:for-each select='//node()|//@*'>";
  body += "<xsl:value-of select='1'/>";
  for (int depth = 0; depth < 40; ++depth) body += "</xsl:for-each>";
  const auto said = apply(body + "</xsl:template>", {.time = std::chrono::seconds{1}});
  EXPECT_TRUE(refuses(said, "longer than 1 s")) << said;
}

TEST_F(StylesheetTest, EndsWhatWantsTooMuchMemory) {
  const auto said = apply(
      "<xsl:template match='/'><xsl:call-template name='more'>"
      "<xsl:with-param name='text' select=\"'0123456789'\"/></xsl:call-template></xsl:template>"
      "<xsl:template name='more'><xsl:param name='text'/><xsl:call-template name='more'>"
      "<xsl:with-param name='text' select='concat($text, $text)'/></xsl:call-template>"
      "</xsl:template>",
      {.memory_bytes = std::size_t{64} << 20});
  EXPECT_TRUE(said.starts_with("ERROR ")) << said.substr(0, 100);
}

TEST_F(StylesheetTest, EndsAnAnswerThatIsTooLarge) {
  const auto said =
      apply("<xsl:template match='/'><a>" + std::string(2'000, 'x') + "</a></xsl:template>",
            {.answer_bytes = 1'000});
  EXPECT_TRUE(refuses(said, "more than 1000 bytes")) << said;
}

TEST_F(StylesheetTest, FailsWithTheMessageThatItEndsItselfWith) {
  const auto said = apply(
      "<xsl:template match='/'><xsl:message terminate='yes'>no room</xsl:message></xsl:template>");
  EXPECT_TRUE(refuses(said, "no room")) << said;
}

TEST_F(StylesheetTest, IsRefusedWhereItIsNone) {
  EXPECT_FALSE(Stylesheet::read(dir_ / "absent.xsl"));
  EXPECT_FALSE(Stylesheet::read(dir_.path()));
  EXPECT_FALSE(Stylesheet::read("/dev/zero"));
  for (const char* text : {"<?xml version='1.0'?>", "<?xml version='1.0'?><a>",
                           "<xsl:template match='[['/>", "<xsl:nonsense/>", "\x01"}) {
    const auto sheet = read(text);
    ASSERT_FALSE(sheet) << text;
    EXPECT_NE(sheet.error().message.find("sheet.xsl"), std::string::npos);
  }
  EXPECT_TRUE(read("<!--" + std::string(std::size_t{3} << 20, 'x') + "-->"));
  EXPECT_FALSE(read("<!--" + std::string(std::size_t{5} << 20, 'x') + "-->"));
}

}  // namespace
}  // namespace mgc::audit
