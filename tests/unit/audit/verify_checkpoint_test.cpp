// What checkpoints, above all those that are kept elsewhere, let verify find.
#include <gtest/gtest.h>

#include "audit/verify.hpp"
#include "tests/unit/audit/checkpointed_store.hpp"

namespace mgc::audit {
namespace {

class VerifyCheckpointTest : public test::CheckpointedStore {
 protected:
  void expect_finding(const std::string& what, bool with_kept = true) {
    const std::string text = text_of(verify(with_kept));
    EXPECT_NE(text.find(what), std::string::npos) << what << " is not in:\n" << text;
  }
  /// As somebody would who knows the schema: nothing is left of the last block, of a node alone.
  void cut_last_block() {
    tamper(
        "DELETE FROM event_1 WHERE block = (SELECT max(block) FROM block);"
        "DELETE FROM pack WHERE block = (SELECT max(block) FROM block);"
        "DELETE FROM node_position WHERE node_id NOT IN (SELECT node_id FROM pack);"
        "DELETE FROM block WHERE block = (SELECT max(block) FROM block);"
        "UPDATE segment SET last_event_id = (SELECT max(event_id) FROM event_1)"
        " WHERE state = 'hot'");
  }
  static std::string hex(const Bytes& bytes) { return "X'" + schema::to_hex(bytes) + "'"; }
};

TEST_F(VerifyCheckpointTest, AHealthyStoreHasNoFindingsWhileItGoesOn) {
  record("a", 3);
  sign();
  record("b", 2);
  sign();
  record("a", 1);
  const VerifyReport report = verify();
  EXPECT_TRUE(report.ok()) << text_of(report);
  EXPECT_EQ(report.events, 6U);
  EXPECT_EQ(report.checkpoints, 2U);
}

TEST_F(VerifyCheckpointTest, AnEndThatWasCutOffIsToldApart) {
  record("a", 3);
  sign();
  record("b", 2);
  sign();
  cut_last_block();
  expect_finding(
      "checkpoint 2: it was signed with 5 events; the ledger ends with 3: its end was cut"
      " off",
      false);
  tamper("DELETE FROM checkpoint WHERE number = 2");
  EXPECT_TRUE(verify(false).ok()) << "the store agrees with itself: " << text_of(verify(false));
  expect_finding(
      "it was signed with 5 events; the ledger ends with 3: the store is an older backup, "
      "or its end was cut off with all that told of it");
  expect_finding("the table ends with checkpoint 1");
}

TEST_F(VerifyCheckpointTest, AnOlderBackupIsFoundAlsoWhenItWentOn) {
  record("a", 3);
  sign();
  back_up();
  record("b", 2);
  sign();
  restore();
  EXPECT_TRUE(verify(false).ok()) << text_of(verify(false));
  expect_finding("the store is an older backup");
  reopen_store();
  clock_.advance(std::chrono::seconds{9});
  record("c", 7);
  EXPECT_TRUE(verify(false).ok()) << text_of(verify(false));
  expect_finding(
      "events 3 to 4 are not those that were signed: they were rewritten, or the store is "
      "an older backup that went on");
}

TEST_F(VerifyCheckpointTest, AHistoryThatWasHashedAgainIsFound) {
  record("a", 2);
  sign();
  // The same events under another name: no hash of an event changes, and everything agrees.
  const Bytes body = test::pack_body("z", 1, 1, 2);
  tamper("UPDATE node SET name = 'z'; DELETE FROM checkpoint; UPDATE pack SET body = " + hex(body) +
         ", sha256 = " + hex(test::sha256_of(body)));
  EXPECT_TRUE(verify(false).ok()) << text_of(verify(false));
  expect_finding("events 0 to 1 are not those that were signed");
}

TEST_F(VerifyCheckpointTest, ATimeOfStoringThatWasChangedIsFoundBetweenTwoCheckpoints) {
  for (int i = 0; i < 3; ++i) {
    record("a", 2);
    sign();
  }
  tamper("UPDATE block SET received_at = received_at + 1 WHERE block = 2");
  EXPECT_NE(
      text_of(verify(false)).find("checkpoint 2: events 2 to 3 are not those that were signed"),
      std::string::npos)
      << text_of(verify(false));
}

TEST_F(VerifyCheckpointTest, ACheckpointThatIsMissingIsMissed) {
  for (int i = 0; i < 3; ++i) {
    record("a", 2);
    sign();
  }
  tamper("DELETE FROM checkpoint WHERE number = 2");
  EXPECT_NE(text_of(verify(false)).find("checkpoint 3: it follows checkpoint 1"),
            std::string::npos);
  tamper("DELETE FROM checkpoint WHERE number = 3");
  expect_finding("the table ends with checkpoint 1");
}

TEST_F(VerifyCheckpointTest, ALaneThatIsMissingOrNotKeptIsFound) {
  record("a", 2);
  sign();
  tamper("UPDATE lane SET name = 'other'");
  expect_finding("checkpoint 1: it is of example.org/mgc/compliance");
  expect_finding("lane compliance: checkpoints of it are kept, and the store has none such");
}

TEST_F(VerifyCheckpointTest, ASignatureOfAnotherIsFoundInBothPlaces) {
  record("a", 2);
  sign();
  key_file_ = dir_ / "other";
  ASSERT_TRUE(SigningKey::make("example.org/mgc").value().write(key_file_));
  expect_finding("checkpoint 1: none of the keys that are trusted has signed it");
  expect_finding("kept checkpoints: ");
}

TEST_F(VerifyCheckpointTest, AKeptFileThatEndsHalfWayIsFound) {
  record("a", 2);
  sign();
  record("a", 2);
  sign();
  const std::string whole = read(history());
  std::ofstream(history(), std::ios::binary | std::ios::trunc) << whole.substr(0, 400);
  expect_finding("it ends in the middle of a note");
}

TEST_F(VerifyCheckpointTest, OneFileOfOneCheckpointIsEnough) {
  record("a", 2);
  sign();
  const auto newest = kept() / "compliance.checkpoint";
  auto opened = KeptCheckpoints::open(newest);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->lanes(), std::vector<std::string>{"compliance"});
  EXPECT_FALSE(KeptCheckpoints::open(dir_ / "none"));
  EXPECT_FALSE(KeptCheckpoints::open(dir_ / "key.pub"));
}

}  // namespace
}  // namespace mgc::audit
