#include <gtest/gtest.h>

#include <functional>

#include "mgc/v1/event.pb.h"
#include "schema/event_view.hpp"
#include "schema/limits.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

using test::full_event;

std::string failure_of(const Event& event) {
  const auto wire = encode_event(event);
  if (wire) return "";
  EXPECT_EQ(wire.error().action, Action::reject);
  return wire.error().message;
}

TEST(EncodeEvent, CarriesEveryField) {
  const Event event = full_event();
  const auto wire = encode_event(event);
  ASSERT_TRUE(wire);
  const auto view = view_event(*wire);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->kind, event.kind);
  EXPECT_EQ(view->occurred_at, event.occurred_at);
  EXPECT_EQ(view->room, (RoomView{event.room->uri, event.room->name}));
  EXPECT_EQ(view->actor,
            (PersonView{event.actor->uri, event.actor->name, event.actor->email, false}));
  EXPECT_EQ(view->target,
            (PersonView{event.target->uri, event.target->name, event.target->email, true}));
  EXPECT_EQ(view->content, event.content);
  EXPECT_EQ(view->chat_id, 42);
  ASSERT_TRUE(view->file && view->watermark && view->source);
  EXPECT_EQ(view->file->name, "plan.odt");
  EXPECT_EQ(view->file->sha256, Bytes(32, '\xAB'));
  EXPECT_EQ(view->file->size, 123'456U);
  EXPECT_EQ(view->file->url, "https://example.org/f/1");
  EXPECT_TRUE(view->is_action);
  EXPECT_EQ(view->purged_through, -5);
  EXPECT_EQ(view->watermark->last_sequence, 77U);
  EXPECT_TRUE(view->watermark->stopping);
  EXPECT_TRUE(view->watermark->starting);
  EXPECT_EQ(view->watermark->session, 123U);
  EXPECT_EQ(view->synthetic, (SyntheticView{"chat-1", 7, 123, 76, "it crashed"}));
  EXPECT_EQ(view->duty,
            (DutyView{9, 8, "anna", "a.smith", "desk-7", "search", "{\"word\":\"budget\"}"}));
  EXPECT_EQ(view->source->file, "2006-03-05.log");
  EXPECT_EQ(view->source->line, 9U);
  EXPECT_EQ(view->source->encoding, "windows-1252");
}

TEST(EncodeEvent, KeepsAbsentApartFromEmpty) {
  const auto bare = view_event(*encode_event(Event{}));
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->room || bare->actor || bare->target || bare->file || bare->watermark ||
               bare->source);
  Event empty;
  empty.file = File{};
  empty.watermark = Watermark{};
  empty.source = Source{};
  const auto view = view_event(*encode_event(empty));
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->file && view->watermark && view->source);
}

TEST(EncodeEvent, WritesWhatProtobufReads) {
  v1::Event message;
  const Bytes wire = *encode_event(full_event());
  ASSERT_TRUE(message.ParseFromString(wire));
  EXPECT_EQ(test::as_text(message), test::as_text(*view_event(wire)));
}

struct Field {
  const char* name;
  std::function<std::string&(Event&)> of;
  std::size_t size_max;
};
void PrintTo(const Field& field, std::ostream* out) { *out << field.name; }

class TextField : public testing::TestWithParam<Field> {};

TEST_P(TextField, TakesItsLimitAndNoByteMore) {
  Event event = full_event();
  GetParam().of(event).assign(GetParam().size_max, 'x');
  EXPECT_EQ(failure_of(event), "");
  GetParam().of(event).push_back('x');
  EXPECT_NE(failure_of(event).find("bytes; at most " + std::to_string(GetParam().size_max)),
            std::string::npos);
}

TEST_P(TextField, MustBeUtf8) {
  for (const char* bad : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    Event event = full_event();
    GetParam().of(event) = "a" + std::string(bad);
    EXPECT_EQ(failure_of(event), "an event's text is not UTF-8");
  }
}

INSTANTIATE_TEST_SUITE_P(
    EncodeEvent, TextField,
    testing::Values(
        Field{"room.uri", [](Event& e) -> auto& { return e.room->uri;
}  // namespace
, kNameBytesMax
}  // namespace mgc::schema
, Field{"room.name", [](Event& e) -> auto& {return e.room->name;
}
, kNameBytesMax
}
, Field{"actor.uri", [](Event& e) -> auto& {return e.actor->uri;
}
, kNameBytesMax
}
, Field{"actor.name", [](Event& e) -> auto& {return e.actor->name;
}
, kNameBytesMax
}
, Field{"actor.email", [](Event& e) -> auto& {return e.actor->email;
}
, kNameBytesMax
}
, Field{"target.uri", [](Event& e) -> auto& {return e.target->uri;
}
, kNameBytesMax
}
, Field{"target.name", [](Event& e) -> auto& {return e.target->name;
}
, kNameBytesMax
}
, Field{"target.email", [](Event& e) -> auto& {return e.target->email;
}
, kNameBytesMax
}
, Field{"content", [](Event& e) -> auto& {return e.content;
}
, kContentBytesMax
}
, Field{"file.name", [](Event& e) -> auto& {return e.file->name;
}
, kNameBytesMax
}
, Field{"file.url", [](Event& e) -> auto& {return e.file->url;
}
, kUrlBytesMax
}
, Field{"source.file", [](Event& e) -> auto& {return e.source->file;
}
, kNameBytesMax
}
, Field{"source.encoding", [](Event& e) -> auto& {return e.source->encoding;
}
, kNameBytesMax
}
, Field{"synthetic.reason", [](Event& e) -> auto& {return e.synthetic->reason;
}
, kNameBytesMax
}
, Field{"duty.command", [](Event& e) -> auto& {return e.duty->command;
}
, kNameBytesMax
}
, Field{"duty.database_user", [](Event& e) -> auto& {return e.duty->database_user;
}
, kNameBytesMax
}
, Field{"duty.os_user", [](Event& e) -> auto& {return e.duty->os_user;
}
, kNameBytesMax
}
, Field{"duty.host", [](Event& e) -> auto& {return e.duty->host;
}
, kNameBytesMax
}
, Field{"duty.details", [](Event& e) -> auto& {return e.duty->details;
}
, kDutyDetailsBytesMax
}));

TEST(EncodeEvent, RefusesARoomOrPersonWithoutUri) {
  Event event = full_event();
  event.room->uri.clear();
  EXPECT_EQ(failure_of(event), "a room has no uri");
  event = full_event();
  event.actor->uri.clear();
  EXPECT_EQ(failure_of(event), "a person has no uri");
  event = full_event();
  event.target->uri.clear();
  EXPECT_EQ(failure_of(event), "a person has no uri");
}

TEST(EncodeEvent, RefusesNumbersThatTheStoreCannotHold) {
  Event event = full_event();
  event.chat_id = -1;
  EXPECT_EQ(failure_of(event), "chat_id is out of range");
  event = full_event();
  event.file->size = kNumberMax;
  EXPECT_EQ(failure_of(event), "");
  event.file->size = kNumberMax + 1;
  EXPECT_EQ(failure_of(event), "file.size is out of range");
  event = full_event();
  event.watermark->last_sequence = kNumberMax + 1;
  EXPECT_EQ(failure_of(event), "watermark.last_sequence is out of range");
  event = full_event();
  event.source->line = kNumberMax + 1;
  EXPECT_EQ(failure_of(event), "source.line is out of range");
  event = full_event();
  event.watermark->session = kNumberMax + 1;
  EXPECT_EQ(failure_of(event), "watermark.session is out of range");
  event = full_event();
  event.synthetic->epoch = kNumberMax + 1;
  EXPECT_EQ(failure_of(event), "synthetic.epoch is out of range");
  event.synthetic = Synthetic{"chat-1", 1, kNumberMax + 1, 1, ""};
  EXPECT_EQ(failure_of(event), "synthetic.session is out of range");
  event.synthetic = Synthetic{"chat-1", 1, 1, kNumberMax + 1, ""};
  EXPECT_EQ(failure_of(event), "synthetic.through_sequence is out of range");
}

TEST(EncodeEvent, ASyntheticEventNamesTheNodeThatItIsMadeFor) {
  for (const char* node : {"", "two words", "a/b"}) {
    Event event = full_event();
    event.synthetic->node = node;
    EXPECT_EQ(failure_of(event), "a synthetic event names no node") << node;
  }
}

TEST(EncodeEvent, ADutyNamesItsEntryAndCommand) {
  Event event = full_event();
  event.duty->entry = 0;
  EXPECT_EQ(failure_of(event), "a duty names no entry or command");
  event = full_event();
  event.duty->command.clear();
  EXPECT_EQ(failure_of(event), "a duty names no entry or command");
  event = full_event();
  event.duty->of_entry = -1;
  EXPECT_EQ(failure_of(event), "duty.of_entry is out of range");
}

TEST(EncodeEvent, RefusesTimesOutsideOfYears1To9999) {
  for (const std::int64_t micros : {kUtcMicrosMin, kUtcMicrosMax}) {
    Event event;
    event.occurred_at = utc_from_micros(micros);
    EXPECT_EQ(failure_of(event), "");
  }
  for (const std::int64_t micros : {kUtcMicrosMin - 1, kUtcMicrosMax + 1, INT64_MIN, INT64_MAX}) {
    Event event;
    event.occurred_at = utc_from_micros(micros);
    EXPECT_EQ(failure_of(event), "occurred_at is not in years 1 to 9999");
    event.occurred_at = {};
    event.purged_through = micros;
    EXPECT_EQ(failure_of(event), "purged_through is not in years 1 to 9999");
  }
}

TEST(EncodeEvent, RefusesADigestOfAnotherLength) {
  Event event = full_event();
  event.file->sha256 = Bytes(31, 'x');
  EXPECT_EQ(failure_of(event), "file.sha256 is not 32 bytes");
  event.file->sha256 = Bytes(33, 'x');
  EXPECT_NE(failure_of(event), "");
  event.file->sha256.clear();
  EXPECT_EQ(failure_of(event), "");
}

}  // namespace
}  // namespace mgc::schema
