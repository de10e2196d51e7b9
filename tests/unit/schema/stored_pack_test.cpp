#include "schema/stored_pack.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "schema/pack_check.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

using test::bytes_field;
using test::compressed;
using test::number_field;

const std::vector<Bytes> kEvents = {"\x08\x03", "", "\x3a\x06secret", "\x3a\x01z"};

StoredPack as_sent() {
  auto body = encode_pack({"n", 1, 5, 0, Bytes(32, 'p')}, kEvents);
  return std::move(decode_stored_pack(body.value())).value();
}

StoredPack without(const StoredPack& pack, const std::vector<std::uint32_t>& indexes) {
  return std::move(decode_stored_pack(redact_events(pack, indexes).value())).value();
}

TEST(StoredPack, OneThatWasSentHasItsOwnLeaves) {
  const StoredPack pack = as_sent();
  EXPECT_TRUE(pack.is_as_sent());
  EXPECT_TRUE(pack.leaves.empty());
  Hasher hasher;
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < kEvents.size(); ++i) {
    leaves.push_back(hasher.leaf(kEvents[i]));
    EXPECT_EQ(pack.leaf(hasher, i), leaves[i]);
  }
  EXPECT_EQ(pack.root(hasher), hasher.root(leaves));
}

TEST(StoredPack, ARedactedEventLeavesItsLeafAndAllElse) {
  const StoredPack before = as_sent();
  const Bytes body = redact_events(before, std::vector<std::uint32_t>{2}).value();
  const StoredPack after = std::move(decode_stored_pack(body)).value();
  Hasher hasher;
  EXPECT_EQ(after.root(hasher), before.root(hasher));
  EXPECT_EQ(after.pack.header().message_id(), "n/1/5");
  EXPECT_EQ(after.pack.header().event_count, 4U);
  EXPECT_EQ(after.pack.header().previous_sha256, Bytes(32, 'p'));
  for (std::size_t i = 0; i < kEvents.size(); ++i) {
    EXPECT_EQ(after.is_redacted(i), i == 2);
    EXPECT_EQ(after.pack.event(i), i == 2 ? Bytes() : kEvents[i]);
  }
  EXPECT_EQ(after.leaves.at(2), hasher.leaf(kEvents[2]));
}

TEST(StoredPack, AnEventThatWasEmptyCanBeRedactedToo) {
  const StoredPack after = without(as_sent(), {1});
  EXPECT_TRUE(after.is_redacted(1));
  Hasher hasher;
  EXPECT_EQ(after.root(hasher), as_sent().root(hasher));
}

TEST(StoredPack, WhatWasRedactedBeforeStaysSo) {
  const StoredPack after = without(without(as_sent(), {2}), {0, 1, 2, 3});
  EXPECT_EQ(after.leaves.size(), 4U);
  Hasher hasher;
  EXPECT_EQ(after.root(hasher), as_sent().root(hasher));
}

TEST(StoredPack, AnEventThatIsNotThereCannotBeRedacted) {
  const auto refused = redact_events(as_sent(), std::vector<std::uint32_t>{4});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::reject);
}

/// Version, then what pack_head() says of two events, the first of them empty, then `redacted`.
Bytes two_events(std::uint64_t version, const Bytes& redacted) {
  const Bytes head = test::pack_head(2);
  const Bytes events = bytes_field(7, "") + bytes_field(7, "\x3a\x01z");
  // The last version counts, and head has one.
  return compressed(head + number_field(1, version) + events + redacted);
}

Bytes leaf_of(std::uint64_t index, std::size_t size = 32) {
  return bytes_field(8, number_field(1, index) + bytes_field(2, Bytes(size, 'l')));
}

TEST(StoredPack, AHostileOneIsRefused) {
  ASSERT_TRUE(decode_stored_pack(two_events(2, leaf_of(0))));
  ASSERT_TRUE(decode_stored_pack(two_events(2, "")));
  ASSERT_TRUE(decode_stored_pack(two_events(1, ""))) << "as it was sent";
  const struct {
    const char* what;
    Bytes body;
  } cases[] = {
      {"a leaf of an event whose bytes are there", two_events(2, leaf_of(1))},
      {"a leaf of no event", two_events(2, leaf_of(2))},
      {"a leaf of an event far away", two_events(2, leaf_of(std::uint64_t{1} << 32U))},
      {"two leaves of one event", two_events(2, leaf_of(0) + leaf_of(0))},
      {"a short leaf", two_events(2, leaf_of(0, 31))},
      {"a long leaf", two_events(2, leaf_of(0, 33))},
      {"an index alone", two_events(2, bytes_field(8, number_field(1, 0)))},
      {"a number in the place of a leaf", two_events(2, number_field(8, 1))},
      {"a later version", two_events(3, leaf_of(0))},
      {"a leaf in what was sent", compressed(number_field(1, 2) + leaf_of(0) + test::pack_head(2) +
                                             bytes_field(7, "") + bytes_field(7, ""))},
  };
  for (const auto& one : cases) {
    const auto refused = decode_stored_pack(one.body);
    ASSERT_FALSE(refused) << one.what;
    EXPECT_EQ(refused.error().action, Action::reject) << one.what;
    EXPECT_FALSE(refused.error().message.empty()) << one.what;
  }
}

TEST(StoredPack, TruncatedAtAnyByteIsRefused) {
  const Bytes body = redact_events(as_sent(), std::vector<std::uint32_t>{2}).value();
  for (std::size_t size = 0; size < body.size(); ++size) {
    const bool without_check = size == body.size() - kPackCheckBytes;  // as others write it
    EXPECT_EQ(decode_stored_pack(ByteView(body).substr(0, size)).has_value(), without_check)
        << size;
  }
}

}  // namespace
}  // namespace mgc::schema
