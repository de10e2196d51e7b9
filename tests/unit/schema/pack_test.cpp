#include "schema/pack.hpp"

#include <gtest/gtest.h>

#include <random>

#include "mgc/v1/pack.pb.h"
#include "schema/limits.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

PackHeader header() { return {"node-1", 3, 101, 0, Bytes(32, '\x11')}; }

std::vector<Bytes> three_events() {
  Event chat;
  chat.kind = EventKind::chat;
  chat.content = "hello";
  return {*encode_event(chat), *encode_event(test::full_event()), *encode_event(Event{})};
}

/// Why decode_pack() refuses the pack of `expanded`; empty when it does not.
std::string refusal(const Bytes& expanded) {
  const auto pack = decode_pack(test::compressed(expanded));
  if (pack) return "";
  EXPECT_EQ(pack.error().action, Action::reject);
  return pack.error().message;
}

TEST(Pack, ComesBackAsItWentIn) {
  const auto events = three_events();
  const auto body = encode_pack(header(), events);
  ASSERT_TRUE(body);
  const auto pack = decode_pack(*body);
  ASSERT_TRUE(pack);
  EXPECT_EQ(pack->header().node, "node-1");
  EXPECT_EQ(pack->header().epoch, 3U);
  EXPECT_EQ(pack->header().first_sequence, 101U);
  EXPECT_EQ(pack->header().event_count, 3U);
  EXPECT_EQ(pack->header().last_sequence(), 103U);
  EXPECT_EQ(pack->header().previous_sha256, Bytes(32, '\x11'));
  EXPECT_EQ(pack->header().message_id(), "node-1/3/101");
  ASSERT_EQ(pack->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(pack->event(i), events[i]);
}

TEST(Pack, KeepsItsSlicesWhenItIsMoved) {
  const std::vector<Bytes> events = {"x"};
  auto pack = decode_pack(*encode_pack(header(), events));
  ASSERT_TRUE(pack);
  const Pack moved = std::move(*pack);
  EXPECT_EQ(moved.event(0), events[0]);
}

TEST(Pack, IsWhatProtobufReads) {
  const auto events = three_events();
  const auto pack = decode_pack(*encode_pack(header(), events));
  ASSERT_TRUE(pack);
  v1::Pack message;
  message.set_version(1);
  message.set_node("node-1");
  message.set_epoch(3);
  message.set_first_sequence(101);
  message.set_event_count(3);
  message.set_previous_sha256(Bytes(32, '\x11'));
  for (const Bytes& event : events) ASSERT_TRUE(message.add_events()->ParseFromString(event));
  const auto same = slice_pack(message.SerializeAsString());
  ASSERT_TRUE(same);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(same->event(i), events[i]);
}

TEST(Pack, KeepsUnknownFieldsOfItsEvents) {
  const Bytes event = test::bytes_field(6, "hi") + test::bytes_field(99, "from the future");
  const auto pack = decode_pack(test::compressed(test::pack_of(1, event)));
  ASSERT_TRUE(pack);
  EXPECT_EQ(pack->event(0), event);
}

TEST(Pack, SkipsUnknownFieldsOfItsOwn) {
  EXPECT_EQ(refusal(test::bytes_field(50, "x") + test::pack_of(2, "") + test::number_field(51, 1)),
            "");
}

TEST(Pack, OfAFutureVersionSaysSoWhateverElseItHolds) {
  EXPECT_EQ(refusal(test::number_field(1, 3) + test::bytes_field(3, "another meaning")),
            "pack version 3; this program knows version 1");
  EXPECT_EQ(refusal(test::bytes_field(2, "n")), "pack version 0; this program knows version 1");
  EXPECT_EQ(refusal(test::number_field(1, (std::uint64_t{1} << 32U) + 1)),
            "pack version 4294967297; this program knows version 1");
}

TEST(Pack, NamesItsNodeInPlainLetters) {
  const auto with_node = [](std::string_view node) {
    return test::number_field(1, 1) + test::bytes_field(2, node) + test::number_field(3, 1) +
           test::number_field(4, 1) + test::number_field(5, 1) + test::bytes_field(7, "");
  };
  EXPECT_EQ(refusal(with_node("Az0._-")), "");
  EXPECT_EQ(refusal(with_node(std::string(kNodeBytesMax, 'n'))), "");
  EXPECT_NE(refusal(with_node(std::string(kNodeBytesMax + 1, 'n'))), "");
  for (const char* bad : {"", "a b", "a/b", "\xC3\xA9", "a\n"}) {
    EXPECT_NE(refusal(with_node(bad)), "") << bad;
    EXPECT_FALSE(is_node_id(bad));
  }
}

TEST(Pack, TheServiceHasAnIdOfItsOwnForEachLane) {
  EXPECT_EQ(service_node(3), "mgc-service.3");
  for (const std::int64_t lane : {std::int64_t{1}, INT64_MAX}) {
    EXPECT_TRUE(is_node_id(service_node(lane)));
    EXPECT_TRUE(is_service_node(service_node(lane)));
  }
  EXPECT_TRUE(is_service_node("mgc-service."));
  for (const char* node : {"mgc-service", "chat.mgc-service.1", "MGC-service.1", ""}) {
    EXPECT_FALSE(is_service_node(node)) << node;
  }
}

TEST(Pack, ImportsHaveIdsOfTheirOwn) {
  EXPECT_TRUE(is_node_id(kLyncImportNode));
  EXPECT_TRUE(is_import_node(kLyncImportNode));
  EXPECT_FALSE(is_service_node(kLyncImportNode));
  for (const char* node : {"mgc-import", "chat.mgc-import.x", "mgc-service.1", ""}) {
    EXPECT_FALSE(is_import_node(node)) << node;
  }
}

TEST(Pack, BoundsEpochAndSequence) {
  const auto with = [](std::uint64_t epoch, std::uint64_t sequence) {
    return test::number_field(1, 1) + test::bytes_field(2, "n") + test::number_field(3, epoch) +
           test::number_field(4, sequence) + test::number_field(5, 1) + test::bytes_field(7, "");
  };
  EXPECT_EQ(refusal(with(kNumberMax, kNumberMax - 1)), "");
  EXPECT_EQ(refusal(with(0, 1)), "the epoch is 0");
  EXPECT_EQ(refusal(with(1, 0)), "the first sequence is 0");
  EXPECT_EQ(refusal(with(kNumberMax + 1, 1)), "epoch is out of range");
  EXPECT_EQ(refusal(with(1, kNumberMax + 1)), "first_sequence is out of range");
  EXPECT_EQ(refusal(with(1, kNumberMax)), "the last sequence is out of range");
}

TEST(Pack, SaysHowManyEventsItHolds) {
  EXPECT_EQ(refusal(test::pack_head(0)), "a pack without events");
  EXPECT_EQ(refusal(test::pack_head(2) + test::bytes_field(7, "")),
            "event_count says 2, the pack holds 1");
  EXPECT_EQ(refusal(test::pack_head(UINT32_MAX + std::uint64_t{2}) + test::bytes_field(7, "")),
            "event_count says 4294967295, the pack holds 1");
}

TEST(Pack, NamesThePackBeforeByA32ByteDigest) {
  const auto with = [](std::size_t size) {
    return test::pack_of(1, "") + test::bytes_field(6, Bytes(size, 'x'));
  };
  EXPECT_EQ(refusal(with(32)), "");
  EXPECT_EQ(refusal(with(0)), "");
  EXPECT_EQ(refusal(with(31)), "previous_sha256 is not 32 bytes");
  EXPECT_NE(refusal(with(33)), "");
}

TEST(Pack, HoldsTenThousandEventsAndNotOneMore) {
  EXPECT_EQ(refusal(test::pack_of(kPackEventsMax, "x")), "");
  EXPECT_EQ(refusal(test::pack_of(kPackEventsMax + 1, "x")), "more than 10000 events in one pack");
  EXPECT_TRUE(encode_pack(header(), std::vector<Bytes>(kPackEventsMax, "x")));
  EXPECT_FALSE(encode_pack(header(), std::vector<Bytes>(kPackEventsMax + 1, "x")));
}

TEST(Pack, HoldsEventsOfTheirLimitAndNotAByteMore) {
  EXPECT_EQ(refusal(test::pack_of(1, Bytes(kEventBytesMax, 'x'))), "");
  EXPECT_NE(refusal(test::pack_of(1, Bytes(kEventBytesMax + 1, 'x'))), "");
  EXPECT_TRUE(encode_pack(header(), std::vector<Bytes>{Bytes(kEventBytesMax, 'x')}));
  EXPECT_FALSE(encode_pack(header(), std::vector<Bytes>{Bytes(kEventBytesMax + 1, 'x')}));
}

TEST(EncodePack, RefusesWhatNoReaderWouldTake) {
  const std::vector<Bytes> one = {"x"};
  EXPECT_FALSE(encode_pack(header(), {}));
  PackHeader bad = header();
  bad.node = "a b";
  EXPECT_FALSE(encode_pack(bad, one));
  bad = header();
  bad.epoch = 0;
  EXPECT_FALSE(encode_pack(bad, one));
  bad = header();
  bad.previous_sha256 = "short";
  EXPECT_FALSE(encode_pack(bad, one));
}

TEST(EncodePack, RefusesAPackThatDoesNotCompressBelowItsLimit) {
  std::mt19937_64 random(7);
  Bytes noise(kContentBytesMax, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  EXPECT_TRUE(encode_pack(header(), std::vector<Bytes>(1, noise)));
  const auto body =
      encode_pack(header(), std::vector<Bytes>{noise, Bytes(noise.rbegin(), noise.rend()), "x"});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().action, Action::reject);
}

}  // namespace
}  // namespace mgc::schema
