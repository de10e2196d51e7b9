#include "audit/transcript.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

db::ComplianceEvent chat() {
  db::ComplianceEvent event;
  event.event_id = 7;
  event.kind = "CHAT";
  event.occurred_at = *parse_utc("2006-03-05T02:22:00Z");
  event.room_name = "#ubuntu";
  event.actor_uri = "sip:anna@example.org";
  event.actor_name = "anna";
  event.content = "hello";
  return event;
}

TEST(Transcript, SaysWhenWhereWhoAndWhat) {
  EXPECT_EQ(transcript_line(chat()),
            "       7 2006-03-05T02:22:00.000000Z #ubuntu CHAT anna: hello");
}

TEST(Transcript, CallsImportedWhatIs) {
  db::ComplianceEvent event = chat();
  event.node = "mgc-import.lync-xml";
  EXPECT_EQ(transcript_line(event),
            "       7 2006-03-05T02:22:00.000000Z #ubuntu CHAT anna: hello (imported)");
}

TEST(Transcript, FallsBackToAddressesAndDashes) {
  db::ComplianceEvent event = chat();
  event.actor_name = std::nullopt;
  event.room_name = std::nullopt;
  event.content.clear();
  EXPECT_EQ(transcript_line(event),
            "       7 2006-03-05T02:22:00.000000Z - CHAT sip:anna@example.org");
}

TEST(Transcript, NamesAFileBehindWhatWasSaid) {
  db::ComplianceEvent event = chat();
  event.file_name = "plan\x1b]0;.pdf";
  EXPECT_TRUE(transcript_line(event).ends_with("anna: hello [plan\\x1b]0;.pdf]"));
  event.content.clear();
  EXPECT_TRUE(transcript_line(event).ends_with("anna [plan\\x1b]0;.pdf]"));
}

TEST(Transcript, ATextThatRunsFromRightToLeftIsShownAsIt) {
  db::ComplianceEvent event = chat();
  event.room_name = "\u202Emoor";
  event.actor_name = "\u2066anna";
  event.content = "\u202Egnp.exe";
  EXPECT_TRUE(transcript_line(event).ends_with("\\u202emoor CHAT \\u2066anna: \\u202egnp.exe"));
}

TEST(Transcript, ATerminalEscapeIsShownNotSent) {
  db::ComplianceEvent event = chat();
  event.content = "\x1b[2J\r\nfake line";
  EXPECT_EQ(transcript_line(event),
            "       7 2006-03-05T02:22:00.000000Z #ubuntu CHAT anna: \\x1b[2J\\x0d\\x0afake line");
}

}  // namespace
}  // namespace mgc::audit
