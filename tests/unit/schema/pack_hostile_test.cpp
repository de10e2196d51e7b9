#include <gtest/gtest.h>

#include <random>

#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "schema/pack_check.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

using test::bomb;
using test::compressed;
using test::Declared;

/// Why decode_pack() refuses `body`; empty when it does not.
std::string refusal(const Bytes& body) {
  const auto pack = decode_pack(body);
  if (pack) return "";
  EXPECT_EQ(pack.error().action, Action::reject);
  EXPECT_FALSE(pack.error().message.empty());
  return pack.error().message;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A pack whose expanded form has exactly `size` bytes, of the events that `fill` makes.
template <typename Fill>
Bytes expanded_of(std::size_t size, Fill fill) {
  constexpr std::size_t kEvent = std::size_t{1024} * 1024;
  const auto events = static_cast<std::uint64_t>(size / kEvent + 1);
  Bytes out = test::pack_head(events);
  for (std::uint64_t i = 1; i < events; ++i) out += test::bytes_field(7, fill(kEvent - 8192));
  const std::size_t left = size - out.size();
  // Tag and length of an event between 16 KiB and 2 MiB take four bytes.
  out += test::bytes_field(7, fill(left - 4));
  EXPECT_EQ(out.size(), size);
  return out;
}

Bytes zeros(std::size_t size) { return Bytes(size, '\0'); }

TEST(HostilePack, BombThatDeclaresFourGigabytesIsNotExpanded) {
  const std::string reason = refusal(bomb(32'768, Declared::truth));
  EXPECT_EQ(reason, "the pack expands to 4294967296 bytes; at most 16777216 are allowed");
}

TEST(HostilePack, BombThatDeclaresNothingIsExpandedToTheLimitOnly) {
  EXPECT_EQ(refusal(bomb(32'768, Declared::nothing)),
            "the pack expands to more than 16777216 bytes");
}

TEST(HostilePack, BombThatLiesIsFoundOut) {
  EXPECT_TRUE(has(refusal(bomb(32'768, Declared::lie)), "zstd"));
}

TEST(HostilePack, FrameThatAsksForAHugeWindowIsRefused) {
  Bytes body = bomb(1, Declared::nothing);
  body[5] = '\xA8';  // 2 GiB
  EXPECT_TRUE(has(refusal(body), "zstd"));
}

TEST(HostilePack, ExpandsToItsLimitAndNotAByteMore) {
  EXPECT_EQ(refusal(compressed(expanded_of(kPackExpandedBytesMax, zeros))), "");
  EXPECT_TRUE(has(refusal(compressed(expanded_of(kPackExpandedBytesMax + 1, zeros))),
                  "expands to 16777217 bytes"));
}

TEST(HostilePack, HasTheLimitOfItsBodyAndNotAByteMore) {
  std::mt19937_64 random(11);
  const auto noise = [&](std::size_t size) {
    Bytes out(size, '\0');
    for (char& byte : out) byte = static_cast<char>(random());
    return out;
  };
  // 17 stored blocks of at most 128 KiB: 6 bytes for the frame and 3 for each block.
  const std::size_t content = kPackBytesMax - 6 - std::size_t{16} * 3;
  const Bytes body = test::stored(expanded_of(content, noise));
  ASSERT_EQ(body.size(), kPackBytesMax);
  EXPECT_EQ(refusal(body), "");
  EXPECT_EQ(refusal(body + "x"), "a body of 2097153 bytes; at most 2097152 are allowed");
}

TEST(HostilePack, NestingBombIsRefused) {
  EXPECT_EQ(refusal(compressed(test::pack_of(1, "") + test::nested_groups(kNestingMax))), "");
  EXPECT_NE(refusal(compressed(test::pack_of(1, "") + test::nested_groups(kNestingMax + 1))), "");
  EXPECT_NE(refusal(compressed(test::pack_of(1, "") + test::nested_groups(1'000'000))), "");
}

TEST(HostilePack, GarbageIsRefused) {
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal("hello"), "");
  EXPECT_NE(refusal(test::pack_of(1, "")), "");  // not compressed
  EXPECT_NE(refusal(compressed("")), "");
  EXPECT_NE(refusal(compressed("hello")), "");
  EXPECT_NE(refusal(Bytes("\x50\x2A\x4D\x18\x04\x00\x00\x00", 8) + "skip"), "");
}

TEST(HostilePack, BytesAfterTheFrameAreRefused) {
  const Bytes body = compressed(test::pack_of(2, "x"));
  EXPECT_EQ(refusal(body + "x"), "bytes follow the end of the zstd frame");
  EXPECT_EQ(refusal(body + body), "bytes follow the end of the zstd frame");
}

TEST(HostilePack, FieldsOfTheWrongWireTypeAreRefused) {
  for (const std::uint32_t field : {1U, 3U, 4U, 5U}) {
    EXPECT_EQ(refusal(compressed(test::bytes_field(field, "x"))), "a field of the wrong wire type");
  }
  for (const std::uint32_t field : {2U, 6U, 7U}) {
    EXPECT_EQ(refusal(compressed(test::number_field(field, 1))), "a field of the wrong wire type");
  }
}

TEST(HostilePack, TruncatedAtAnyByteIsRefused) {
  const std::vector<Bytes> events = {*encode_event(test::full_event()), "x"};
  const Bytes body = *encode_pack({"node-1", 1, 1, 0, ""}, events);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const bool without_check = size == body.size() - kPackCheckBytes;  // as others write it
    EXPECT_EQ(refusal(Bytes(body.data(), size)).empty(), without_check) << size;
  }
  const Bytes expanded = test::pack_of(2, *encode_event(test::full_event()));
  for (std::size_t size = 0; size < expanded.size(); ++size) {
    EXPECT_NE(refusal(compressed(Bytes(expanded.data(), size))), "") << size;
  }
}

// Of each of these bodies some bits of the zstd frame mean nothing, or the same either way.
TEST(HostilePack, NoBitOfItCanBeChanged) {
  for (const std::size_t events : {1U, 3U, 50U}) {
    std::vector<Bytes> all;
    for (std::size_t i = 0; i < events; ++i) {
      all.push_back("event " + std::to_string(i * 7919 % 1000) + " of room " +
                    std::to_string(i % 3) + ", which says hello");
    }
    Bytes body = *encode_pack({"node-1", 1, 1, 0, ""}, all);
    ASSERT_EQ(refusal(body), "");
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
      const char mask = static_cast<char>(1U << (bit % 8));
      body[bit / 8] ^= mask;
      EXPECT_NE(refusal(body), "") << events << " events, bit " << bit;
      body[bit / 8] ^= mask;
    }
  }
}

TEST(HostilePack, RandomBytesAreSurvived) {
  std::mt19937 random(5);
  const Bytes good = *encode_pack({"node-1", 1, 1, 0, ""}, std::vector<Bytes>(20, "some event"));
  const Bytes expanded = test::pack_of(20, "some event");
  for (int round = 0; round < 5'000; ++round) {
    Bytes wire = (round % 2) == 0 ? good : expanded;
    for (int edits = 0; edits < 3; ++edits) {
      wire[random() % wire.size()] = static_cast<char>(random());
    }
    const auto pack = (round % 2) == 0 ? decode_pack(wire) : slice_pack(wire);
    if (!pack) continue;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < pack->size(); ++i) bytes += pack->event(i).size();
    EXPECT_LE(bytes, kPackExpandedBytesMax);
    EXPECT_TRUE(is_node_id(pack->header().node));
  }
}

}  // namespace
}  // namespace mgc::schema
