#include "audit/event_json.hpp"

#include <gtest/gtest.h>

#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

TEST(EventJson, HasTheNamesOfTheViewAndWhatTheServiceMade) {
  db::ComplianceEvent event;
  event.kind = "PART";
  event.node = "mgc-service.1";
  event.file_sha256 = Bytes(32, '\xAB');
  const json document = event_json(event);
  EXPECT_EQ(document["kind"], "PART");
  EXPECT_EQ(document["synthetic"], true);
  EXPECT_EQ(document["room_uri"], nullptr);
  EXPECT_EQ(document["file_sha256"].get<std::string>().substr(0, 4), "abab");
}

TEST(EventJson, AsTextIsHarmlessForATerminalAndExact) {
  const std::string text = "\x1b[2J\x7f \u202Egnp.exe \u009B31m \u2066x\u2069 caf\u00E9 \U0001F427";
  const std::string line = json_text({{"content", text}});
  EXPECT_EQ(line,
            "{\"content\":\"\\u001b[2J\\u007f \\u202egnp.exe \\u009b31m \\u2066x\\u2069 caf\u00E9"
            " \U0001F427\"}");
  EXPECT_EQ(printable(line), line);
  EXPECT_EQ(json::parse(line)["content"], text);
}

TEST(EventJson, AsTextHasItsLinesAndReplacesWhatIsNoUtf8) {
  EXPECT_EQ(json_text({{"a", "caf\xE9"}}, 2), "{\n  \"a\": \"caf\uFFFD\"\n}");
}

}  // namespace
}  // namespace mgc::audit
