#include "schema/ledger_entry.hpp"

#include <gtest/gtest.h>

namespace mgc::schema {
namespace {

LedgerEntry sample() {
  Hasher hasher;
  return {.node = "n1",
          .epoch = 7,
          .received_at = utc_from_micros(-1),
          .block = 258,
          .pack_sha256 = hasher.sha256("pack"),
          .sequence = 0x0102030405060708,
          .event_leaf = hasher.leaf("event")};
}

TEST(LedgerEntry, HasTheBytesOfItsDefinition) {
  Hasher hasher;
  const Bytes expected = Bytes("\x01\x02n1", 4) + Bytes("\0\0\0\0\0\0\0\x07", 8) +
                         Bytes(8, '\xff') + Bytes("\0\0\0\0\0\0\x01\x02", 8) +
                         Bytes(bytes_of(hasher.sha256("pack"))) +
                         Bytes("\x01\x02\x03\x04\x05\x06\x07\x08", 8) +
                         Bytes(bytes_of(hasher.sha256(Bytes("\0event", 6))));
  EXPECT_EQ(write_entry(sample()), expected);
}

TEST(LedgerEntry, IsReadBackAndLeavesWhatFollows) {
  LedgerEntry longest = sample();
  longest.node = std::string(255, 'n');
  for (const LedgerEntry& entry : {sample(), longest}) {
    const Bytes bytes = write_entry(entry) + "rest";
    ByteView view = bytes;
    const auto read = take_entry(view);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, entry);
    EXPECT_EQ(view, "rest");
  }
}

TEST(LedgerEntry, IsRefusedWhenItIsCutOrOfAnotherVersion) {
  const Bytes whole = write_entry(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ByteView cut = ByteView(whole).substr(0, size);
    EXPECT_FALSE(take_entry(cut)) << size;
  }
  Bytes other = whole;
  other[0] = 2;
  ByteView view = other;
  EXPECT_FALSE(take_entry(view));
  Bytes nameless = whole;
  nameless[1] = 0;
  view = nameless;
  EXPECT_FALSE(take_entry(view));
}

TEST(EntryHasher, HashesEachEntryOfAPack) {
  Hasher hasher;
  LedgerEntry entry = sample();
  EntryHasher of_pack(entry);
  for (const char* event : {"first", "second", "third"}) {
    entry.event_leaf = hasher.leaf(event);
    EXPECT_EQ(of_pack.next(entry.event_leaf), hasher.leaf(write_entry(entry)));
    ++entry.sequence;
  }
}

}  // namespace
}  // namespace mgc::schema
