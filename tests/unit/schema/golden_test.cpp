#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "schema/duty.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"
#include "schema/receipt.hpp"
#include "schema/stored_pack.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

// What the files of schema/golden say, written down by hand. A failure here means that evidence
// which is already stored would be read differently: change the code, never these bytes.

Bytes golden(const std::string& name, const std::string& version = "v1") {
  std::ifstream in(std::string(MGC_GOLDEN_DIR "/").append(version).append("/").append(name),
                   std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

Bytes counting_bytes(char first) {
  Bytes out;
  for (char i = 0; i < 32; ++i) out.push_back(static_cast<char>(first + i));
  return out;
}

/// An event of golden/v1/every_kind with what most of them share.
Event expected(EventKind kind, std::int64_t occurred_at) {
  Event event;
  event.kind = kind;
  event.occurred_at = utc_from_micros(occurred_at);
  event.room = Room{"ma-chan://example.org/ubuntu", ""};
  event.actor = Person{"sip:anna@example.org", "", "", false};
  return event;
}

std::vector<Event> people_and_posts() {
  std::vector<Event> out;
  out.push_back(expected(EventKind::join, 1'141'524'120'000'001));
  out.back().room->name = "Ubuntu";
  out.back().actor = Person{"sip:anna@example.org", "Anna", "anna@example.org", false};
  out.push_back(expected(EventKind::part, 1'141'524'121'000'000));
  out.back().room->name = "Ubuntu";
  out.back().target = Person{"sip:ben@example.net", "Ben", "ben@example.net", true};
  out.push_back(expected(EventKind::chat, 1'141'524'122'000'000));
  out.back().content = "gr\xC3\xBC\xC3\x9F dich \xF0\x9F\x91\x8B\n\x03weiter";
  out.back().chat_id = 42;
  out.back().is_action = true;
  out.back().source = Source{"2006-03-05.log", 9, "windows-1252"};
  out.push_back(expected(EventKind::backchat, 1'141'524'123'000'000));
  out.back().content = "last 25";
  out.push_back(expected(EventKind::file_upload, 1'141'524'124'000'000));
  out.back().file = File{"../plan.odt", counting_bytes(0x20), 9'223'372'036'854'775'807U,
                         "https://example.org/f/1"};
  out.push_back(expected(EventKind::file_download, 1'141'524'125'000'000));
  out.back().file = File{"plan.odt", "", 0, ""};
  return out;
}

std::vector<Event> changes() {
  std::vector<Event> out;
  out.push_back(expected(EventKind::edit, 1'141'524'126'000'000));
  out.back().content = "better";
  out.back().chat_id = 42;
  out.push_back(expected(EventKind::deletion, 1'141'524'127'000'000));
  out.back().content = "[removed]";
  out.back().chat_id = 9'223'372'036'854'775'807;
  out.push_back(expected(EventKind::purge, 1'141'524'128'000'000));
  out.back().purged_through = -62'135'596'800'000'000;
  out.push_back(expected(EventKind::invite, 1'141'524'129'000'000));
  out.back().target = Person{"sip:ben@example.net", "", "", false};
  out.push_back(expected(EventKind::room, -62'135'596'800'000'000));
  out.back().room->name = "Ubuntu 6.06";
  out.back().content = "All about Dapper";
  out.push_back(expected(EventKind::membership, 253'402'300'799'999'999));
  out.back().target = Person{"sip:ben@example.net", "", "", false};
  out.back().content = "+manager";
  return out;
}

std::vector<Event> people_and_nodes() {
  std::vector<Event> out;
  out.push_back(expected(EventKind::person, 1'141'524'130'000'000));
  out.back().room.reset();
  out.back().target = Person{"sip:anna.b@example.org", "", "", false};
  out.push_back(expected(EventKind::notice, 1'141'524'131'000'000));
  out.back().actor.reset();
  out.back().content = "the server restarts";
  out.push_back(expected(EventKind::node, 1'141'524'132'000'000));
  out.back().room.reset();
  out.back().actor.reset();
  out.back().watermark = Watermark{1014, true};
  out.push_back(expected(static_cast<EventKind>(99), 0));
  out.back().room.reset();
  out.back().actor.reset();
  return out;
}

std::vector<Event> every_event() {
  std::vector<Event> out = people_and_posts();
  for (const auto& more : {changes(), people_and_nodes()}) {
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

void expect_person(const std::optional<PersonView>& view, const std::optional<Person>& person) {
  ASSERT_EQ(view.has_value(), person.has_value());
  if (view) {
    EXPECT_EQ(*view, (PersonView{person->uri, person->name, person->email, person->external}));
  }
}

void expect_event(const EventView& view, const Event& event) {
  EXPECT_EQ(view.kind, event.kind);
  EXPECT_EQ(view.occurred_at, event.occurred_at);
  ASSERT_EQ(view.room.has_value(), event.room.has_value());
  if (view.room) {
    EXPECT_EQ(*view.room, (RoomView{event.room->uri, event.room->name}));
  }
  expect_person(view.actor, event.actor);
  expect_person(view.target, event.target);
  EXPECT_EQ(view.content, event.content);
  EXPECT_EQ(view.chat_id, event.chat_id);
  EXPECT_EQ(view.is_action, event.is_action);
  EXPECT_EQ(view.purged_through, event.purged_through);
  ASSERT_EQ(view.file.has_value(), event.file.has_value());
  if (view.file) {
    EXPECT_EQ(view.file->name, event.file->name);
    EXPECT_EQ(view.file->sha256, event.file->sha256);
    EXPECT_EQ(view.file->size, event.file->size);
    EXPECT_EQ(view.file->url, event.file->url);
  }
  ASSERT_EQ(view.watermark.has_value(), event.watermark.has_value());
  if (view.watermark) {
    EXPECT_EQ(view.watermark->last_sequence, event.watermark->last_sequence);
    EXPECT_EQ(view.watermark->stopping, event.watermark->stopping);
    EXPECT_EQ(view.watermark->starting, event.watermark->starting);
    EXPECT_EQ(view.watermark->session, event.watermark->session);
  }
  ASSERT_EQ(view.source.has_value(), event.source.has_value());
  if (view.source) {
    EXPECT_EQ(view.source->file, event.source->file);
    EXPECT_EQ(view.source->line, event.source->line);
    EXPECT_EQ(view.source->encoding, event.source->encoding);
  }
  ASSERT_EQ(view.synthetic.has_value(), event.synthetic.has_value());
  if (view.synthetic) {
    const Synthetic& made = *event.synthetic;
    EXPECT_EQ(*view.synthetic, (SyntheticView{made.node, made.epoch, made.session,
                                              made.through_sequence, made.reason}));
  }
  ASSERT_EQ(view.duty.has_value(), event.duty.has_value());
  if (view.duty) {
    const Duty& duty = *event.duty;
    EXPECT_EQ(*view.duty, (DutyView{duty.entry, duty.of_entry, duty.database_user, duty.os_user,
                                    duty.host, duty.command, duty.details}));
  }
}

TEST(GoldenV1, PackOfEveryKindSaysWhatItSaid) {
  const auto pack = decode_pack(golden("every_kind.pack"));
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->header().message_id(), "chat-01.example.org/7/1001");
  EXPECT_EQ(pack->header().event_count, 16U);
  EXPECT_EQ(pack->header().last_sequence(), 1016U);
  EXPECT_EQ(pack->header().previous_sha256, counting_bytes(0));
  const std::vector<Event> events = every_event();
  ASSERT_EQ(pack->size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    SCOPED_TRACE("events[" + std::to_string(i) + "]");
    const auto view = view_event(pack->event(i));
    ASSERT_TRUE(view) << view.error().message;
    expect_event(*view, events[i]);
  }
}

TEST(GoldenV1, EventsAreStillEncodedToTheSameBytes) {
  const auto pack = decode_pack(golden("every_kind.pack"));
  ASSERT_TRUE(pack);
  const std::vector<Event> events = every_event();
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(to_hex(*encode_event(events[i])), to_hex(pack->event(i))) << i;
  }
}

std::vector<Event> events_of_sessions() {
  std::vector<Event> out;
  out.push_back(expected(EventKind::node, 1'141'524'133'000'000));
  out.back().room.reset();
  out.back().actor.reset();
  out.back().watermark = Watermark{9, false, true, 9'223'372'036'854'775'807U};
  out.push_back(expected(EventKind::part, 1'141'524'134'000'000));
  out.back().actor->name = "Anna";
  out.back().content = "closed by the service: node chat-01.example.org crashed";
  out.back().synthetic =
      Synthetic{"chat-01.example.org", 7, 5, 1014, "node chat-01.example.org crashed"};
  return out;
}

TEST(GoldenV1, SessionsSayWhatTheySaid) {
  const auto pack = decode_pack(golden("sessions.pack"));
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->header().message_id(), "mgc-service.3/1/12");
  const std::vector<Event> events = events_of_sessions();
  ASSERT_EQ(pack->size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto view = view_event(pack->event(i));
    ASSERT_TRUE(view) << view.error().message;
    expect_event(*view, events[i]);
    EXPECT_EQ(to_hex(*encode_event(events[i])), to_hex(pack->event(i))) << i;
  }
}

std::vector<Event> events_of_duties() {
  const auto by = [](DutyEntry entry, std::int64_t at) {
    entry.written_at = utc_from_micros(at);
    return duty_event(entry);
  };
  return {by({EventKind::access,
              9,
              0,
              {},
              "anna",
              "a.smith",
              "desk-7",
              "search",
              "{\"word\":\"budget\"}"},
             1'141'524'135'000'001),
          by({EventKind::hold, 2, 1, {}, "carl", "", "", "release", "{}"}, 1'141'524'136'000'000),
          by({EventKind::removal, 1, 0, {}, "", "carl", "h", "segment", "{\"segment\":1}"},
             1'141'524'137'000'000),
          by({EventKind::redaction,
              9'223'372'036'854'775'807,
              0,
              {},
              "carl",
              "",
              "",
              "request",
              "{\"event_id\":512}"},
             1'141'524'138'000'000)};
}

TEST(GoldenV1, DutiesSayWhatTheySaid) {
  const auto pack = decode_pack(golden("duties.pack"));
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->header().message_id(), "mgc-service.3/1/14");
  const std::vector<Event> events = events_of_duties();
  ASSERT_EQ(pack->size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto view = view_event(pack->event(i));
    ASSERT_TRUE(view) << view.error().message;
    expect_event(*view, events[i]);
    EXPECT_EQ(to_hex(*encode_event(events[i])), to_hex(pack->event(i))) << i;
  }
}

TEST(GoldenV1, SmallestPackIsOneEmptyEvent) {
  const auto pack = decode_pack(golden("smallest.pack"));
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->header().message_id(), "n/1/1");
  EXPECT_EQ(pack->header().previous_sha256, "");
  ASSERT_EQ(pack->size(), 1U);
  EXPECT_EQ(pack->event(0), "");
}

TEST(GoldenV1, ReceiptSaysWhatItSaid) {
  const auto receipt = decode_receipt(golden("receipt.receipt"));
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->node, "chat-01.example.org");
  EXPECT_EQ(receipt->epoch, 7U);
  EXPECT_EQ(receipt->through_sequence, 1016U);
}

TEST(GoldenV2, ARedactedPackIsThatOfBeforeWithoutTheEvent) {
  const auto before = decode_stored_pack(golden("sessions.pack"));
  const auto after = decode_stored_pack(golden("redacted.pack", "v2"));
  ASSERT_TRUE(before) << before.error().message;
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_TRUE(before->is_as_sent());
  EXPECT_FALSE(after->is_as_sent());
  EXPECT_EQ(after->pack.header().message_id(), "mgc-service.3/1/12");
  ASSERT_EQ(after->pack.size(), 2U);
  EXPECT_EQ(after->pack.event(0), before->pack.event(0));
  EXPECT_EQ(after->pack.event(1), "");
  EXPECT_FALSE(after->is_redacted(0));
  EXPECT_TRUE(after->is_redacted(1));
  Hasher hasher;
  EXPECT_EQ(to_hex(bytes_of(after->leaf(hasher, 1))),
            "68f6e69ca3aeb34da08df7a0f5bd46e7c6bdda17bd362d296021711fbe4b14ff");
  EXPECT_EQ(after->root(hasher), before->root(hasher));
}

TEST(GoldenV2, WhoeverIsSentOneRefusesIt) {
  const auto refused = decode_pack(golden("redacted.pack", "v2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::reject);
  EXPECT_EQ(refused.error().message, "pack version 2; this program knows version 1");
}

/// The bytes themselves: a file that somebody made again or repaired is not the evidence it was.
TEST(Golden, FilesWereNeverChanged) {
  Hasher hasher;
  const auto digest = [&](const char* name, const char* version = "v1") {
    return to_hex(bytes_of(hasher.sha256(golden(name, version))));
  };
  EXPECT_EQ(digest("every_kind.pack"),
            "089a643a09400a7cc7ba726c4320f8787cf11e813c299b3a54c13683dabe9080");
  EXPECT_EQ(digest("smallest.pack"),
            "414205e2d0221011c08496204186f88b8e2f717e1a5aa85c1db821b452ca32e6");
  EXPECT_EQ(digest("sessions.pack"),
            "78a5f1e1f8b46718f9ddc3ac1c004a3217d795fe1cbe09435fd119c8c8ba7769");
  EXPECT_EQ(digest("duties.pack"),
            "06e8fd68efe3a36237e7eec494bfe41a95a309dd3ab325163d40aed888d56365");
  EXPECT_EQ(digest("receipt.receipt"),
            "c6afd259b125d507a292f06fa5f426069601193aba31b5205e9df57ebcbc77b7");
  EXPECT_EQ(digest("redacted.pack", "v2"),
            "a31dbc06a846f3f173a36651747bdbe350c886d8ca8faa32b1d07e4c70aafdb8");
}

}  // namespace
}  // namespace mgc::schema
