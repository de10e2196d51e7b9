#include "audit/formats/markup_writer.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

TEST(MarkupWriter, EscapesMarkupInTextAndAttributes) {
  MarkupWriter xml;
  xml.open("a");
  xml.attribute("b", "<\"'&>");
  xml.element("c", "</c>]]>&");
  xml.element("d", "");
  xml.close();
  EXPECT_EQ(xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<a b=\"&lt;&quot;'&amp;&gt;\">\n"
            " <c>&lt;/c&gt;]]&gt;&amp;</c>\n"
            " <d/>\n"
            "</a>\n");
}

// XML makes a line feed of a raw carriage return, and blanks of both in an attribute.
TEST(MarkupWriter, KeepsLineBreaks) {
  MarkupWriter xml;
  xml.open("a");
  xml.attribute("b", "\r\n\t");
  xml.text("\r\n\t");
  xml.close();
  EXPECT_NE(xml.finish().find("<a b=\"&#13;&#10;&#9;\">&#13;\n\t</a>"), std::string::npos);
}

TEST(MarkupWriter, WritesHtmlForReadersOfBoth) {
  MarkupWriter row(MarkupWriter::Language::html);
  row.element("td", "");
  MarkupWriter table(MarkupWriter::Language::html);
  table.open("tr");
  table.insert(row.finish());
  table.close();
  EXPECT_EQ(table.finish(), "<tr><td></td>\n</tr>\n");
}

}  // namespace
}  // namespace mgc::audit
