#include "audit/formats/fields.hpp"

#include <gtest/gtest.h>

#include "audit/event_json.hpp"

namespace mgc::audit {
namespace {

using std::literals::operator""sv;

TEST(EventFields, AreThoseOfTheViewAndWhoMadeIt) {
  const auto named = event_json({});
  const auto fields = event_fields({});
  EXPECT_EQ(fields.size(), named.size());
  for (const Field& field : fields) EXPECT_TRUE(named.contains(field.name)) << field.name;
}

TEST(EventFields, CallImportedWhatIs) {
  const auto imported = [](const std::string& node) {
    db::ComplianceEvent event;
    event.node = node;
    std::string value;
    for (const Field& field : event_fields(event)) {
      if (field.name == "imported") value = field.value;
    }
    EXPECT_EQ(event_json(event)["imported"], value == "true");
    return value;
  };
  EXPECT_EQ(imported("mgc-import.lync-xml"), "true");
  EXPECT_EQ(imported("import"), "false");
}

TEST(EventFields, ShowHashesInHexadecimalAndWhatIsMissingAsNothing) {
  db::ComplianceEvent event;
  event.file_sha256 = "\x01\xAB";
  for (const Field& field : event_fields(event)) {
    if (field.name == "file_sha256") {
      EXPECT_EQ(field.value, "01ab");
    }
    if (field.name == "room_uri" || field.name == "actor_name" || field.name == "file_name") {
      EXPECT_EQ(field.value, "") << field.name;
    }
  }
}

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\0\xFF"sv), "AP8=");
}

TEST(ExactText, LeavesAloneWhatTheFormatHas) {
  ExactText exact;
  const auto text = "tab\t line\r\n \xC3\xBE \xE2\x80\xAE \xEF\xBF\xBD \xF0\x9F\x98\x80"sv;
  EXPECT_EQ(exact.shown("content", text), text);
  EXPECT_EQ(exact.changed(), "");
}

TEST(ExactText, KeepsTheBytesOfWhatItHadToChange) {
  ExactText exact;
  EXPECT_EQ(exact.shown("content", "a\0b"sv),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(exact.shown("actor_name", "\x1B["), "\xEF\xBF\xBD[");
  EXPECT_EQ(exact.shown("node", "plain"), "plain");
  EXPECT_EQ(exact.changed(), "actor_name=G1s=;content=YQBi");
}

TEST(ExactText, ReplacesEachByteThatIsNotUtf8) {
  for (const auto wrong : {"\xED\xA0\x80"sv, "\xC0\xAF\xFF"sv}) {
    ExactText exact;
    EXPECT_EQ(exact.shown("content", wrong), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(exact.changed(), "content=" + base64(wrong));
  }
}

TEST(ExactText, TakesNoCharacterThatXmlDoesNotHave) {
  for (const char32_t point : U"\0\x08\x0B\x1F\x7F\u009B\uFFFE\uFFFF"sv) {
    EXPECT_FALSE(is_plain(point)) << static_cast<std::uint32_t>(point);
  }
  for (const char32_t point : U"\t\n\r \u00A0\uFFFD\U0010FFFF"sv) {
    EXPECT_TRUE(is_plain(point)) << static_cast<std::uint32_t>(point);
  }
}

}  // namespace
}  // namespace mgc::audit
