#include "audit/checkpoint_signer.hpp"

#include <gtest/gtest.h>

#include "audit/checkpoint_rows.hpp"
#include "schema/ledger_entry.hpp"
#include "tests/support/arm.hpp"
#include "tests/unit/audit/checkpointed_store.hpp"

namespace mgc::audit {
namespace {

using test::arm;

class CheckpointSignerTest : public test::CheckpointedStore {
 protected:
  ~CheckpointSignerTest() override { arm(""); }
  std::string rows() { return tamper("SELECT count(*) FROM checkpoint"); }
  Checkpoint newest() {
    const auto keys = std::vector{SigningKey::read(key_file_).value().verifier()};
    return open_checkpoint(read(kept() / "compliance.checkpoint"), "compliance", keys).value();
  }
  /// Expects that nothing is signed, with a finding that says `why`.
  void expect_refused(const std::string& why) {
    const std::string before = read(history());
    const std::string in_table = rows();
    const SignReport report = sign();
    EXPECT_NE(text_of(report.checked).find(why), std::string::npos) << text_of(report.checked);
    ASSERT_EQ(report.lanes.size(), 1U);
    EXPECT_FALSE(report.lanes[0].is_new);
    EXPECT_EQ(read(history()), before);
    EXPECT_EQ(rows(), in_table);
  }
};

/// The tree of a store, from its packs and blocks alone.
schema::TreeHead tree_of(db::ComplianceReader& reader) {
  schema::Hasher hasher;
  schema::CompactRange tree;
  EXPECT_TRUE(reader.each_pack("compliance", [&](const db::PackRow& row) {
    const auto pack = schema::decode_pack(row.body).value();
    const auto block = reader.block("compliance", row.block).value().value();
    for (std::size_t i = 0; i < pack.size(); ++i) {
      tree.append(hasher.leaf(schema::write_entry({.node = row.node,
                                                   .epoch = row.epoch,
                                                   .received_at = block.received_at,
                                                   .block = row.block,
                                                   .pack_sha256 = hasher.sha256(row.body),
                                                   .sequence = row.first_sequence + i,
                                                   .event_leaf = hasher.leaf(pack.event(i))})));
    }
    return true;
  }));
  return {tree.size(), tree.root()};
}

TEST_F(CheckpointSignerTest, SignsTheTreeOfWhatIsStoredInBothPlaces) {
  record("a", 3);
  record("b", 2);
  const SignReport report = sign();
  EXPECT_TRUE(report.checked.ok()) << text_of(report.checked);
  ASSERT_EQ(report.lanes.size(), 1U);
  EXPECT_EQ(report.lanes[0].number, 1U);
  EXPECT_EQ(report.lanes[0].events, 5U);
  EXPECT_TRUE(report.lanes[0].is_new);
  const auto reader = db::ComplianceReader::open(dsn()).value();
  const Checkpoint signed_now = newest();
  EXPECT_EQ(signed_now.origin, "example.org/mgc/compliance");
  EXPECT_EQ(signed_now.events, tree_of(*reader));
  EXPECT_EQ(signed_now.block, 2U);
  const auto row = reader->ledger().last_checkpoint("compliance").value();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->note, read(kept() / "compliance.checkpoint"));
  EXPECT_EQ(row->note + '\n', read(history()));
  EXPECT_EQ(row->signed_at, clock_.utc_now());
}

TEST_F(CheckpointSignerTest, GoesOnFromTheLastOneAndHasTheTreeOfAll) {
  for (int round = 1; round <= 5; ++round) {
    record(round % 2 == 0 ? "a" : "b", static_cast<std::uint32_t>(round));
    EXPECT_EQ(sign().lanes.at(0).number, static_cast<std::uint64_t>(round));
  }
  EXPECT_EQ(newest().events, tree_of(*db::ComplianceReader::open(dsn()).value()));
  const VerifyReport verified = verify();
  EXPECT_TRUE(verified.ok()) << text_of(verified);
  EXPECT_EQ(verified.checkpoints, 5U);
}

TEST_F(CheckpointSignerTest, SignsNothingTwiceAndNothingEmpty) {
  EXPECT_EQ(sign().lanes.at(0).number, 0U) << "nothing is stored";
  record("a", 1);
  EXPECT_TRUE(sign().lanes.at(0).is_new);
  EXPECT_FALSE(sign().lanes.at(0).is_new);
  EXPECT_EQ(rows(), "1");
}

TEST_F(CheckpointSignerTest, DeadLettersAloneAreSigned) {
  record("a", 1);
  sign();
  const db::DeadLetterRecord letter{"id", "no pack", "garbage"};
  const std::vector<const db::DeadLetterRecord*> letters = {&letter};
  ASSERT_TRUE(store_->commit({clock_.utc_now(), {}, letters}));
  EXPECT_TRUE(sign().lanes.at(0).is_new);
  EXPECT_EQ(newest().events.size, 1U);
  EXPECT_EQ(newest().letters.size, 1U);
  EXPECT_TRUE(verify().ok()) << text_of(verify());
  tamper("UPDATE dead_letter SET reason = 'none'");
  expect_refused("dead letters");
}

TEST_F(CheckpointSignerTest, DeadLettersBeforeAnyEventAreSigned) {
  const db::DeadLetterRecord letter{"id", "no pack", "garbage"};
  const std::vector<const db::DeadLetterRecord*> letters = {&letter};
  ASSERT_TRUE(store_->commit({clock_.utc_now(), {}, letters}));
  EXPECT_TRUE(sign().lanes.at(0).is_new);
  EXPECT_EQ(newest().events.size, 0U);
  EXPECT_TRUE(verify().ok()) << text_of(verify());
  record("a", 3);
  EXPECT_TRUE(verify().ok()) << text_of(verify());
  EXPECT_TRUE(sign().checked.ok()) << text_of(sign().checked);
  EXPECT_EQ(newest().events.size, 3U);
  EXPECT_TRUE(verify().ok()) << text_of(verify());
}

TEST_F(CheckpointSignerTest, WhatWasCutOffIsNotSignedOver) {
  record("a", 3);
  record("a", 2);
  sign();
  tamper(
      "DELETE FROM event_1 WHERE block = 2; DELETE FROM pack WHERE block = 2;"
      "DELETE FROM block WHERE block = 2; UPDATE node_position SET contiguous_through = 3,"
      " max_seen = 3; UPDATE segment SET last_event_id = 2 WHERE state = 'hot'");
  expect_refused("its end was cut off");
}

TEST_F(CheckpointSignerTest, AnOlderBackupIsNotSignedOver) {
  record("a", 3);
  sign();
  back_up();
  record("a", 2);
  sign();
  restore();
  expect_refused("the table ends with checkpoint 1: the store is an older backup");
  reopen_store();
  record("b", 4);
  expect_refused("the table ends with checkpoint 1: the store is an older backup");
}

TEST_F(CheckpointSignerTest, ARewrittenLedgerIsNotSignedOver) {
  record("a", 3);
  sign();
  tamper("UPDATE block SET digest = zeroblob(32)");
  expect_refused("block 1 is not the one that it was signed at");
}

TEST_F(CheckpointSignerTest, WhatIsNotSoSinceTheLastOneIsNotSigned) {
  record("a", 3);
  sign();
  record("a", 2);
  tamper("UPDATE pack SET root = zeroblob(32) WHERE block = 2");
  expect_refused("its Merkle root does not match its events");
}

TEST_F(CheckpointSignerTest, ACheckpointThatWasChangedIsNotGoneOnFrom) {
  record("a", 3);
  sign();
  record("a", 2);
  back_up();
  for (const char* sql : {"UPDATE checkpoint SET note = replace(note, 'block 1', 'block 2')",
                          "UPDATE checkpoint SET edge = zeroblob(64)",
                          "UPDATE checkpoint SET number = 2", "DELETE FROM checkpoint"}) {
    tamper(sql);
    EXPECT_FALSE(sign().checked.ok()) << sql;
    EXPECT_FALSE(sign().lanes.at(0).is_new) << sql;
    restore();
  }
  EXPECT_TRUE(sign().lanes.at(0).is_new);
}

TEST_F(CheckpointSignerTest, AKeptOneThatWasChangedIsNotGoneOnFrom) {
  record("a", 3);
  sign();
  record("a", 2);
  const std::string before = read(history());
  std::string changed = before;
  changed[changed.find("\n3\n") + 1] = '4';
  std::ofstream(history(), std::ios::binary) << changed;
  EXPECT_FALSE(sign().checked.ok());
  EXPECT_EQ(rows(), "1");
  std::ofstream(history(), std::ios::binary) << before;
  EXPECT_TRUE(sign().lanes.at(0).is_new);
}

#ifdef MGC_FAILPOINTS
TEST_F(CheckpointSignerTest, TheDirectoryIsBroughtUpToTheTableAfterACrash) {
  record("a", 3);
  arm("checkpoint.in_table=error@1");
  EXPECT_FALSE(try_to_sign());
  EXPECT_EQ(rows(), "1");
  EXPECT_EQ(read(history()), "");
  const SignReport report = sign();
  EXPECT_TRUE(report.checked.ok()) << text_of(report.checked);
  EXPECT_FALSE(report.lanes.at(0).is_new);
  EXPECT_EQ(newest().number, 1U);
  EXPECT_TRUE(verify().ok()) << text_of(verify());
}
#endif

TEST_F(CheckpointSignerTest, WhatWasAppendedHalfWayIsRemoved) {
  record("a", 3);
  sign();
  const std::string whole = read(history());
  for (const std::string& half : {whole.substr(0, 10), whole.substr(0, whole.size() - 20)}) {
    std::ofstream(history(), std::ios::binary) << whole << half;
    EXPECT_TRUE(sign().checked.ok());
    EXPECT_EQ(read(history()), whole);
  }
  std::ofstream(history(), std::ios::binary) << whole.substr(0, whole.size() - 1);
  record("a", 1);
  EXPECT_TRUE(sign().lanes.at(0).is_new);
  EXPECT_EQ(read(history()).substr(0, whole.size()), whole) << "the empty line is added";
  EXPECT_TRUE(verify().ok()) << text_of(verify());
}

TEST_F(CheckpointSignerTest, ANewDirectoryGetsAllThatTheTableHas) {
  record("a", 3);
  sign();
  record("a", 3);
  sign();
  const std::string all = read(history());
  std::filesystem::remove_all(kept());
  EXPECT_TRUE(sign().checked.ok());
  EXPECT_EQ(read(history()), all);
}

TEST_F(CheckpointSignerTest, AnotherKeyGoesOnOnlyWhenTheOldOneIsNamed) {
  record("a", 3);
  sign();
  record("a", 3);
  const auto old_keys = read_verifier_keys(dir_ / "key.pub").value();
  key_file_ = dir_ / "next";
  ASSERT_TRUE(SigningKey::make("example.org/mgc").value().write(key_file_));
  expect_refused("none of the keys that are trusted has signed it");
  const auto report = signer(old_keys).sign({}).value();
  EXPECT_TRUE(report.checked.ok()) << text_of(report.checked);
  EXPECT_EQ(newest().number, 2U);
}

}  // namespace
}  // namespace mgc::audit
