#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <random>

#include "mgc/v1/event.pb.h"
#include "schema/event_view.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

/// Makes legal events at random, and then spoils them.
class EventMaker {
 public:
  explicit EventMaker(std::uint32_t seed) : random_(seed) {}

  v1::Event event() {
    v1::Event out;
    out.set_kind(static_cast<v1::EventKind>(number(20)));
    out.set_occurred_at(time());
    if (chance()) fill(*out.mutable_room());
    if (chance()) fill(*out.mutable_actor());
    if (chance()) fill(*out.mutable_target());
    if (chance()) out.set_content(text());
    if (chance()) out.set_chat_id(static_cast<std::int64_t>(random_() >> 1U));
    if (chance()) fill(*out.mutable_file());
    out.set_is_action(chance());
    if (chance()) out.set_purged_through(time());
    if (chance()) {
      out.mutable_watermark()->set_last_sequence(number(1000));
      out.mutable_watermark()->set_stopping(chance());
      out.mutable_watermark()->set_starting(chance());
      out.mutable_watermark()->set_session(random_() >> 1U);
    }
    if (chance()) {
      out.mutable_source()->set_file(text());
      out.mutable_source()->set_line(random_() >> 1U);
      out.mutable_source()->set_encoding(text());
    }
    if (chance()) fill(*out.mutable_synthetic());
    if (chance()) fill(*out.mutable_duty());
    return out;
  }
  /// Flips, cuts, inserts or doubles some of the bytes.
  Bytes spoiled(Bytes wire) {
    for (auto edits = 1 + number(3); edits > 0 && !wire.empty(); --edits) {
      const std::size_t at = number(wire.size());
      switch (number(4)) {
        case 0: wire[at] = static_cast<char>(random_()); break;
        case 1: wire.erase(at, 1 + number(4)); break;
        case 2: wire.insert(at, 1, static_cast<char>(random_())); break;
        default: wire.insert(at, wire.substr(at, number(16))); break;
      }
    }
    return wire;
  }
  std::uint64_t number(std::uint64_t below) { return random_() % below; }
  bool chance() { return (random_() & 1U) == 0; }

 private:
  std::int64_t time() {
    const auto range = static_cast<std::uint64_t>(kUtcMicrosMax - kUtcMicrosMin);
    return kUtcMicrosMin + static_cast<std::int64_t>(number(range));
  }
  std::string text() {
    static const char* const kPieces[] = {"a",  "Zoe", " ", "\xC3\xA9", "\xE2\x82\xAC",
                                          "\n", "\x03"};
    std::string out;
    for (auto left = number(12); left > 0; --left) out += kPieces[number(std::size(kPieces))];
    return out;
  }
  std::string uri() { return "sip:" + text(); }
  void fill(v1::Room& room) {
    room.set_uri(uri());
    room.set_name(text());
  }
  void fill(v1::Person& person) {
    person.set_uri(uri());
    person.set_name(text());
    person.set_email(text());
    person.set_external(chance());
  }
  void fill(v1::File& file) {
    file.set_name(text());
    if (chance()) file.set_sha256(Bytes(32, static_cast<char>(random_())));
    file.set_size(random_() >> 1U);
    file.set_url(text());
  }
  void fill(v1::Synthetic& synthetic) {
    synthetic.set_node("chat-" + std::to_string(number(100)));
    synthetic.set_epoch(random_() >> 1U);
    synthetic.set_session(random_() >> 1U);
    synthetic.set_through_sequence(random_() >> 1U);
    synthetic.set_reason(text());
  }
  void fill(v1::Duty& duty) {
    duty.set_entry(1 + static_cast<std::int64_t>(number(1000)));
    duty.set_of_entry(static_cast<std::int64_t>(random_() >> 1U));
    duty.set_database_user(text());
    duty.set_os_user(text());
    duty.set_host(text());
    duty.set_command("c" + text());
    duty.set_details(text());
  }

  std::mt19937_64 random_;
};

TEST(TwoReaders, AgreeOnLegalEvents) {
  EventMaker maker(1);
  for (int round = 0; round < 5'000; ++round) {
    const v1::Event event = maker.event();
    const Bytes wire = event.SerializeAsString();
    const auto view = view_event(wire);
    ASSERT_TRUE(view) << view.error().message << "\n" << event.ShortDebugString();
    ASSERT_EQ(test::as_text(*view), test::as_text(event));
  }
}

TEST(TwoReaders, AgreeOnFieldsThatComeTwice) {
  EventMaker maker(2);
  for (int round = 0; round < 2'000; ++round) {
    const Bytes wire = maker.event().SerializeAsString() + maker.event().SerializeAsString();
    v1::Event merged;
    ASSERT_TRUE(merged.ParseFromString(wire));
    const auto view = view_event(wire);
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_EQ(test::as_text(*view), test::as_text(merged));
  }
}

TEST(TwoReaders, AgreeOnWhatASpoiledEventStillSays) {
  google::protobuf::LogSilencer silence;  // protobuf logs each text that is not UTF-8
  EventMaker maker(3);
  int read = 0;
  for (int round = 0; round < 30'000; ++round) {
    const Bytes wire = maker.spoiled(maker.event().SerializeAsString());
    const auto view = view_event(wire);
    if (!view) continue;
    ++read;
    v1::Event event;
    ASSERT_TRUE(event.ParseFromString(wire))
        << "only view_event reads " << testing::PrintToString(wire);
    ASSERT_EQ(test::as_text(*view), test::as_text(event));
  }
  EXPECT_GT(read, 1'000) << "too few spoiled events were still legal to compare the readers";
}

}  // namespace
}  // namespace mgc::schema
