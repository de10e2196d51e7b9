// The rows of event_N and the view compliance_event, against the events they were made from.
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Projection : public StoreTest {
 protected:
  /// Stores one event and reads it back.
  db::ComplianceEvent stored(const schema::Event& event) {
    must(commit(packs_of(make_pack("n", 1, 1, {event}))));
    return rows().at(0);
  }
  std::vector<db::ComplianceEvent> rows() { return must(reader()->search({})); }
};

TEST_F(Projection, HasEveryFieldOfAnEvent) {
  auto event = chat_event("hello");
  event.kind = schema::EventKind::file_upload;
  event.chat_id = 42;
  event.file = schema::File{"plan.pdf", Bytes(32, '\x7f'), 1000, "https://example.org/f/1"};
  event.target = schema::Person{"sip:bob@example.org", "bob", "", true};
  const auto row = stored(event);
  EXPECT_EQ(row.lane, "compliance");
  EXPECT_EQ(row.event_id, 0U);
  EXPECT_EQ(row.kind, "FILEUPLOAD");
  EXPECT_EQ(row.occurred_at, event.occurred_at);
  EXPECT_EQ(row.received_at, clock_.utc_now());
  EXPECT_EQ(row.room_uri, event.room->uri);
  EXPECT_EQ(row.room_name, event.room->name);
  EXPECT_EQ(row.actor_uri, event.actor->uri);
  EXPECT_EQ(row.actor_name, event.actor->name);
  EXPECT_EQ(row.actor_email, event.actor->email);
  EXPECT_EQ(row.content, "hello");
  EXPECT_EQ(row.chat_id, 42);
  EXPECT_EQ(row.file_name, "plan.pdf");
  EXPECT_EQ(row.file_sha256, Bytes(32, '\x7f'));
  EXPECT_EQ(row.node, "n");
  EXPECT_EQ(row.epoch, 1U);
  EXPECT_EQ(row.sequence, 1U);
  EXPECT_EQ(row.block, 1U);
  EXPECT_EQ(row.segment, 1U);
  EXPECT_EQ(run("SELECT uri, \"external\" FROM person JOIN event ON person_id = target_id"),
            (std::vector<std::string>{"sip:bob@example.org", "1"}));
}

TEST_F(Projection, KeepsTextOfEveryKindExactly) {
  const std::string texts[] = {std::string("nul\0inside\0", 11),
                               "\xF0\x9F\x90\xA7\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
                               "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD8\xB3\xD9\x84\xD8\xA7\xD9\x85",
                               "\xF4\x8F\xBF\xBF\xF0\x90\x80\x80",
                               "",
                               "'; DROP TABLE pack; --",
                               "line\nline\r\n\ttab",
                               std::string(1024 * 1024, 'x')};
  std::vector<schema::Event> events;
  for (const std::string& text : texts) events.push_back(chat_event(text));
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  const auto rows = this->rows();
  ASSERT_EQ(rows.size(), events.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_TRUE(rows[i].content == texts[i]) << i;
}

TEST_F(Projection, KeepsLongNamesAndSimilarTuplesApart) {
  auto event = chat_event("x");
  event.room =
      schema::Room{"ma-chan://example.org/" + std::string(300, 'r'), std::string(300, 'n')};
  event.actor = schema::Person{"sip:ab", "c", "", false};
  auto other = event;
  other.actor = schema::Person{"sip:a", "bc", "", false};
  auto external = event;
  external.actor->external = true;
  must(commit(packs_of(make_pack("n", 1, 1, {event, other, external}))));
  const auto rows = this->rows();
  EXPECT_EQ(rows[0].room_name, std::string(300, 'n'));
  EXPECT_EQ(rows[0].actor_uri, "sip:ab");
  EXPECT_EQ(rows[1].actor_uri, "sip:a");
  EXPECT_EQ(rows[1].actor_name, "bc");
  EXPECT_EQ(ask("SELECT count(*) FROM person"), "3");
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "1");
}

TEST_F(Projection, ARenamedRoomKeepsBothNames) {
  auto renamed = chat_event("x");
  renamed.room->name = "#ubuntu-old";
  must(commit(packs_of(make_pack("n", 1, 1, {renamed, chat_event("y")}))));
  const auto rows = this->rows();
  EXPECT_EQ(rows[0].room_name, "#ubuntu-old");
  EXPECT_EQ(rows[1].room_name, "#ubuntu");
}

TEST_F(Projection, AnUnknownKindIsShownByNumber) {
  auto event = chat_event("x");
  event.kind = static_cast<schema::EventKind>(99);
  EXPECT_EQ(stored(event).kind, "UNKNOWN(99)");
  EXPECT_EQ(ask("SELECT kind FROM compliance_event"), "UNKNOWN(99)");
  EXPECT_EQ(counts().by_kind, (std::map<std::string, std::uint64_t>{{"UNKNOWN(99)", 1}}));
}

TEST_F(Projection, TheViewNamesEveryKindAsTheProgramDoes) {
  std::vector<schema::Event> events;
  for (std::int32_t kind = 1; kind <= schema::kEventKindLast; ++kind) {
    events.push_back(chat_event("x"));
    events.back().kind = static_cast<schema::EventKind>(kind);
  }
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  const auto names = run("SELECT kind FROM compliance_event ORDER BY event_id");
  ASSERT_EQ(names.size(), events.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(names[i], schema::kind_name(events[i].kind));
  }
}

TEST_F(Projection, AnEventWithoutRoomOrActorHasNulls) {
  schema::Event event;
  event.kind = schema::EventKind::node;
  event.occurred_at = utc_from_micros(1);
  event.watermark = schema::Watermark{0, false};
  const auto row = stored(event);
  EXPECT_FALSE(row.room_uri || row.room_name || row.actor_uri || row.actor_name);
  EXPECT_FALSE(row.actor_email || row.file_name || row.file_sha256);
  EXPECT_EQ(run("SELECT room_uri, actor_uri, file_name, content FROM compliance_event"),
            (std::vector<std::string>{"NULL", "NULL", "NULL", ""}));
}

TEST_F(Projection, TheViewShowsTimesOfAllYears) {
  const std::int64_t times[] = {0,
                                -1,
                                -1'000'000,
                                1,
                                4'102'444'800'000'001,  // 2100
                                -2'208'988'800'500'000,
                                kUtcMicrosMin,
                                kUtcMicrosMax};
  std::vector<schema::Event> events;
  for (const std::int64_t micros : times) {
    events.push_back(chat_event("x"));
    events.back().occurred_at = utc_from_micros(micros);
  }
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  const auto shown = run("SELECT " + engine_->time_text("occurred_at") +
                         " FROM compliance_event ORDER BY event_id");
  const auto rows = this->rows();
  ASSERT_EQ(shown.size(), events.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    EXPECT_EQ(shown[i], format_utc(events[i].occurred_at));
    EXPECT_EQ(rows[i].occurred_at, events[i].occurred_at);
  }
  EXPECT_EQ(shown[1], "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(shown[6], "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(shown[7], "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(ask("SELECT " + engine_->time_text("received_at") + " FROM compliance_event"),
            format_utc(clock_.utc_now()));
}

TEST_F(Projection, TheViewHasTheColumnsThatScriptsRelyOn) {
  EXPECT_EQ(run(engine_->columns_query("compliance_event")),
            (std::vector<std::string>{
                "lane", "event_id", "kind", "occurred_at", "received_at", "room_uri", "room_name",
                "actor_uri", "actor_name", "actor_email", "content", "chat_id", "file_name",
                "file_sha256", "node", "epoch", "sequence", "block", "segment"}));
}

}  // namespace
}  // namespace mgc::test
