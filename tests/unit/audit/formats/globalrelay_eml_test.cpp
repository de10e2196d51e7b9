#include "audit/formats/globalrelay_eml.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/export/sample_slices.hpp"
#include "tests/support/slice_builder.hpp"
#include "tests/unit/audit/formats/mail_bodies.hpp"

namespace mgc::audit {
namespace {

std::vector<OutputFile> mails_of(const Slice& slice, const GlobalRelayOptions& options = {}) {
  auto files = globalrelay_eml(slice, options);
  EXPECT_TRUE(files) << files.error().message;
  return files ? *files : std::vector<OutputFile>{};
}

TEST(GlobalRelayEml, IsAMailOfWhoActsFirstToAllWhoWereThere) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.post("hello");
  const auto mails = mails_of(builder.slice());
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_TRUE(mails[0].name.ends_with("-000000000003/room-0001-part-0001.eml")) << mails[0].name;
  for (const char* header :
       {"From: Anna <anna@example.org>\r\n",
        "To: Anna <anna@example.org>, zoe <zoe@example.org>\r\n",
        "Subject: Compliance export: #ubuntu\r\n", "Date: Sun, 05 Mar 2006 02:22:00 +0000\r\n",
        "X-GlobalRelay-MsgType: Mattermost\r\n", "X-Mattermost-ChannelName: #ubuntu\r\n",
        "X-Mattermost-ChannelID: ma-chan://example.org/ubuntu\r\n",
        "Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\n",
        "Content-Type: multipart/alternative"}) {
    EXPECT_NE(mails[0].bytes.find(header), std::string::npos) << header << mails[0].bytes;
  }
}

TEST(GlobalRelayEml, HasATranscriptAndHtmlOfTheSameEvents) {
  test::SliceBuilder builder;
  builder.post("<b>hello</b>\x1B");
  const auto bodies = test::bodies_of(mails_of(builder.slice())[0].bytes);
  ASSERT_EQ(bodies.size(), 2U);
  EXPECT_EQ(bodies[0],
            "    3000 2006-03-05T02:22:00.000000Z #ubuntu CHAT Anna: <b>hello</b>\\x1b\r\n");
  for (const char* part :
       {"<li class=\"message\" data-mgc-lane=\"compliance\" data-mgc-event_id=\"3000\"",
        "data-mgc-base64=\"content=PGI+aGVsbG88L2I+Gw==\"",
        "<span class=\"sent_time\">2006-03-05T02:22:00.000000Z</span>",
        ">&lt;b&gt;hello&lt;/b&gt;\xEF\xBF\xBD</bdi>"}) {
    EXPECT_NE(bodies[1].find(part), std::string::npos) << part << "\nin\n" << bodies[1];
  }
  EXPECT_EQ(bodies[1].find("<b>hello"), std::string::npos);
}

TEST(GlobalRelayEml, SaysWhenEachCameAndWentAndHowMuchHeSaid) {
  test::SliceBuilder builder;
  builder.has_present("zoe");
  builder.add("JOIN");
  builder.post("one");
  builder.post("two");
  builder.add("PART");
  std::string html = test::bodies_of(mails_of(builder.slice())[0].bytes).at(1);
  for (std::size_t at = html.find("\r\n"); at != std::string::npos; at = html.find("\r\n")) {
    html.erase(at, html.find_first_not_of(" \r\n", at) - at);
  }
  EXPECT_NE(html.find("<td class=\"userid\"><bdi>sip:anna@example.org</bdi></td>"
                      "<td class=\"username\"><bdi>Anna</bdi></td><td class=\"usertype\">user</td>"
                      "<td class=\"email\"><bdi>anna@example.org</bdi></td>"
                      "<td class=\"joined\">2006-03-05T02:22:00.000000Z</td>"
                      "<td class=\"left\">2006-03-05T02:22:04.500750Z</td>"
                      "<td class=\"duration\">4 seconds</td><td class=\"messages\">2</td></tr>"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("<td class=\"joined\">2006-03-05T02:21:00.000000Z</td>"
                      "<td class=\"left\"></td><td class=\"duration\">64 seconds</td>"
                      "<td class=\"messages\">0</td></tr>"),
            std::string::npos)
      << html;
}

TEST(GlobalRelayEml, EndsAMailBeforeItIsTooLarge) {
  const Slice slice = test::long_slice(200);
  GlobalRelayOptions options;
  options.max_bytes = 64 * 1024;
  const auto mails = mails_of(slice, options);
  EXPECT_GT(mails.size(), 3U);
  std::set<std::string> names;
  std::size_t events = 0;
  for (const OutputFile& mail : mails) {
    EXPECT_LE(mail.bytes.size(), options.max_bytes) << mail.name;
    EXPECT_TRUE(names.insert(mail.name).second) << mail.name;
    const std::string text = test::bodies_of(mail.bytes).at(0);
    events += static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
  EXPECT_EQ(events, slice.events.size());
}

TEST(GlobalRelayEml, KeepsItsDefaultLimitWhateverIsPosted) {
  for (const OutputFile& mail : mails_of(test::hostile_slice())) {
    EXPECT_LE(mail.bytes.size(), GlobalRelayOptions().max_bytes) << mail.name;
  }
  for (const char letter : {'"', '<', '\0', '\n', '\xFF'}) {
    test::SliceBuilder builder;
    builder.post(std::string(1 << 20, letter));
    EXPECT_LE(mails_of(builder.slice()).at(0).bytes.size(), GlobalRelayOptions().max_bytes);
  }
}

TEST(GlobalRelayEml, GivesTheParticipantsThatAreTooManyAMailOfTheirOwn) {
  test::SliceBuilder builder;
  for (const char* name : {"bert", "carl", "dora", "emil"}) builder.has_present(name);
  builder.post("hello");
  GlobalRelayOptions options;
  options.max_recipients = 2;
  const auto mails = mails_of(builder.slice(), options);
  ASSERT_EQ(mails.size(), 3U);
  std::string id = mails[0].bytes.substr(mails[0].bytes.find("Message-Id: ") + 12);
  id.resize(id.find("\r\n"));
  EXPECT_NE(mails[0].bytes.find("To: Anna <anna@example.org>, bert <bert@example.org>\r\n"),
            std::string::npos);
  EXPECT_NE(mails[2].bytes.find("To: emil <emil@example.org>\r\n"), std::string::npos);
  for (const std::size_t further : {1U, 2U}) {
    EXPECT_NE(mails[further].bytes.find("References: " + id + "\r\n"), std::string::npos);
    EXPECT_EQ(test::bodies_of(mails[further].bytes).at(1).find("hello"), std::string::npos);
  }
}

TEST(GlobalRelayEml, RefusesAnEventThatFitsIntoNoMail) {
  test::SliceBuilder builder;
  builder.post("small");
  builder.post(std::string(100'000, 'x'));
  GlobalRelayOptions options;
  options.max_bytes = 100'000;
  const auto mails = globalrelay_eml(builder.slice(), options);
  ASSERT_FALSE(mails);
  EXPECT_EQ(mails.error().action, Action::stop);
  EXPECT_NE(mails.error().message.find("event 3001 of lane compliance"), std::string::npos);
  EXPECT_EQ(mails.error().message.find("xxx"), std::string::npos);
}

TEST(GlobalRelayEml, HasNobodyWhereNobodyActed) {
  test::SliceBuilder builder;
  auto& event = builder.add("NODE");
  event.room_uri = event.room_name = event.actor_uri = std::nullopt;
  const auto mails = mails_of(builder.slice());
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_NE(mails[0].bytes.find("From: Compliance export <nobody@people.invalid>\r\n"),
            std::string::npos);
  EXPECT_EQ(mails[0].bytes.find("\r\nTo:"), std::string::npos);
  EXPECT_EQ(mails[0].bytes.find("X-Mattermost"), std::string::npos);
}

}  // namespace
}  // namespace mgc::audit
