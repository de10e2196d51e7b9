#include "audit/formats/xml_writer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/audit/formats/xml_reading.hpp"

namespace mgc::audit {
namespace {

using std::literals::operator""sv;

TEST(EscapeForXml, LeavesWhatXmlCanHold) {
  for (const auto text : {""sv, "plain \\ <&>\"'"sv, "tab\tline\nreturn\r"sv, "\xc3\xbc"sv,
                          "\u202Eright\u2028"sv, "\u0085"sv, "\xF0\x9F\xBF\xBE"sv}) {
    EXPECT_EQ(escape_for_xml(text), std::nullopt) << text;
  }
}

TEST(EscapeForXml, NamesWhatItCannot) {
  EXPECT_EQ(escape_for_xml("nul\0nul"sv), "nul\\u0000nul");
  EXPECT_EQ(escape_for_xml("\x1b[2J"), "\\u001B[2J");
  EXPECT_EQ(escape_for_xml("\uFFFE\uFFFF"), "\\uFFFE\\uFFFF");
  EXPECT_EQ(escape_for_xml("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate alone";
  EXPECT_EQ(escape_for_xml("\xff\n"), "\\xFF\n");
}

TEST(EscapeForXml, DoublesABackslashOnlyWhereItEscapes) {
  EXPECT_EQ(escape_for_xml("\\u0000"), std::nullopt);
  EXPECT_EQ(escape_for_xml("\\u0000\x01"), "\\\\u0000\\u0001");
}

TEST(UnescapeFromXml, GivesBackWhatWasEscaped) {
  for (const auto text : {"nul\0nul"sv, "\x1b[2J"sv, "\uFFFE\uFFFF"sv, "\xED\xA0\x80"sv, "\xff\n"sv,
                          "\\u0000\x01"sv, "\x01\\"sv}) {
    EXPECT_EQ(unescape_from_xml(*escape_for_xml(text)), text);
  }
  EXPECT_EQ(unescape_from_xml("plain"), "plain");
}

TEST(UnescapeFromXml, RefusesWhatNobodyEscaped) {
  for (const char* text : {"\\", "x\\", "\\q", "\\u12", "\\u12G4", "\\u00e9", "\\x", "\\x1"}) {
    EXPECT_EQ(unescape_from_xml(text), std::nullopt) << text;
  }
}

TEST(XmlWriter, WritesElementsWithAttributes) {
  XmlWriter xml;
  xml.begin("A");
  xml.attribute("text", "x<y&\"z\"");
  xml.attribute("number", -5);
  xml.begin("B");
  xml.end();
  xml.end();
  EXPECT_EQ(xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<A text=\"x&lt;y&amp;&quot;z&quot;\" number=\"-5\">\n"
            "  <B/>\n"
            "</A>\n");
}

TEST(XmlWriter, SaysWhichAttributesOfAnElementAreEscaped) {
  XmlWriter xml;
  xml.begin("A");
  xml.attribute("one", "\x01");
  xml.attribute("two", "\x02");
  xml.begin("B");
  xml.attribute("one", "\\");
  xml.end();
  xml.begin("C");
  xml.attribute("three", "\x03");
  EXPECT_EQ(xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<A one=\"\\u0001\" two=\"\\u0002\" escaped=\"one two\">\n"
            "  <B one=\"\\\"/>\n"
            "  <C three=\"\\u0003\" escaped=\"three\"/>\n"
            "</A>\n");
}

// Read back by libxml2's reader, and what it gives is taken back by the rule in the schema.
TEST(XmlWriter, LosesNothingOfAnyText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {std::string("two\r\nlines\tand\na \r end"), std::string("  spaces  "), all,
        std::string("\xEF\xBF\xBE\xED\xA0\x80 \\x \\u0041 \\\\"), std::string(1 << 20, '\0'),
        std::string(1 << 20, '\n'), std::string("]]> <!-- &#0; &lt;")}) {
    XmlWriter xml;
    xml.begin("A");
    xml.attribute("text", text);
    const test::XmlDocument document(xml.finish());
    ASSERT_TRUE(document.root());
    EXPECT_TRUE(document.text(*document.root(), "text") == text) << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace mgc::audit
