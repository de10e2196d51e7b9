#include "audit/verify.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/support/sample_events.hpp"
#include "tests/unit/audit/sqlite_store.hpp"

namespace mgc::audit {
namespace {

/// A store of two nodes in two blocks: a/1 with packs 1-3 and 4-6, b/1 with packs 1-2 and 5-6, so
/// with a gap 3-4.
class VerifyTest : public test::SqliteStore {
 protected:
  void SetUp() override {
    SqliteStore::SetUp();
    const Bytes a1 = test::pack_body("a", 1, 1, 3);
    const Bytes a2 = test::pack_body("a", 1, 4, 3, test::sha256_of(a1));
    const Bytes b1 = test::pack_body("b", 1, 1, 2);
    const Bytes b2 = test::pack_body("b", 1, 5, 2, Bytes(32, 'p'));
    commit({a1, b1});
    commit({a2, b2});
    store_.reset();
  }

  void tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((dir_ / "mgccomp.db").c_str(), &handle), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << (message == nullptr ? "" : message);
    EXPECT_GT(sqlite3_total_changes(handle), 0) << "the SQL changed nothing: " << sql;
    sqlite3_free(message);
    sqlite3_close(handle);
  }

  VerifyReport verify() {
    auto reader = db::ComplianceReader::open(dsn());
    EXPECT_TRUE(reader) << reader.error().message;
    auto report = verify_store(**reader, {});
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : VerifyReport{};
  }
};

TEST_F(VerifyTest, AStoreAsItWasRecordedHasNoFindings) {
  const VerifyReport report = verify();
  for (const Finding& finding : report.findings) ADD_FAILURE() << finding.where << finding.what;
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.events, 10U);
  EXPECT_EQ(report.packs, 4U);
  EXPECT_EQ(report.blocks, 2U);
}

/// One way to tamper, and where the first finding has to be.
struct Tampering {
  const char* name;
  const char* sql;
  const char* where;
};

class TamperTest : public VerifyTest, public testing::WithParamInterface<Tampering> {};

TEST_P(TamperTest, IsFoundAndNamed) {
  tamper(GetParam().sql);
  const VerifyReport report = verify();
  EXPECT_FALSE(report.ok());
  bool named = false;
  std::string all;
  for (const Finding& finding : report.findings) {
    named = named || finding.where == GetParam().where;
    all += "\n" + finding.where + ": " + finding.what;
  }
  EXPECT_TRUE(named) << "no finding at " << GetParam().where << ":" << all;
}

INSTANTIATE_TEST_SUITE_P(
    EveryTable, TamperTest,
    testing::Values(
        Tampering{"EditedContent", "UPDATE event_1 SET content = 'other' WHERE event_id = 4",
                  "event 4"},
        Tampering{"EditedTime", "UPDATE event_1 SET occurred_at = 1 WHERE event_id = 0", "event 0"},
        Tampering{"EditedKind", "UPDATE event_1 SET kind = 7 WHERE event_id = 9", "event 9"},
        Tampering{"EditedActor", "UPDATE person SET name = 'bob'", "event 0"},
        Tampering{"EditedRoom", "UPDATE room SET uri = 'ma-chan://x/y'", "event 0"},
        Tampering{"EditedSequence", "UPDATE event_1 SET sequence = 9 WHERE event_id = 2",
                  "event 2"},
        Tampering{"DeletedEvent", "DELETE FROM event_1 WHERE event_id = 5", "event 5"},
        Tampering{"SwappedEvents",
                  "UPDATE event_1 SET event_id = -1 WHERE event_id = 0;"
                  "UPDATE event_1 SET event_id = 0 WHERE event_id = 1;"
                  "UPDATE event_1 SET event_id = 1 WHERE event_id = -1",
                  "event 0"},
        Tampering{"AddedEvent",
                  "INSERT INTO event_1 SELECT 10, kind, occurred_at, room_id, actor_id, target_id,"
                  " content, chat_id, file_name, file_sha256, node_id, epoch, 99, block"
                  " FROM event_1 WHERE event_id = 9",
                  "events"},
        Tampering{"EditedBody",
                  "UPDATE pack SET body = (SELECT body FROM pack WHERE first_event_id = 3)"
                  " WHERE first_event_id = 0",
                  "pack a/1/1"},
        Tampering{"EditedRoot", "UPDATE pack SET root = zeroblob(32) WHERE first_event_id = 0",
                  "pack a/1/1"},
        Tampering{"DeletedPack", "DELETE FROM pack WHERE first_event_id = 3", "block 1"},
        Tampering{"DeletedLastPack", "DELETE FROM pack WHERE first_event_id = 8", "block 2"},
        Tampering{"EditedBlockRoot", "UPDATE block SET root = zeroblob(32) WHERE block = 1",
                  "block 1"},
        Tampering{"EditedBlockDigest", "UPDATE block SET digest = zeroblob(32) WHERE block = 1",
                  "block 1"},
        Tampering{"EditedChain", "UPDATE block SET previous_digest = zeroblob(32) WHERE block = 2",
                  "block 2"},
        Tampering{"DeletedBlock", "DELETE FROM block WHERE block = 1", "block 2"},
        Tampering{"CutTail",
                  "DELETE FROM event_1 WHERE block = 2; DELETE FROM pack WHERE block = 2;"
                  "DELETE FROM block WHERE block = 2",
                  "node a epoch 1"},
        Tampering{"EditedPosition", "UPDATE node_position SET max_seen = 50", "node a epoch 1"},
        Tampering{"DeletedPosition", "DELETE FROM node_position", "node b epoch 1"},
        Tampering{"ClosedGap", "UPDATE gap SET closed_at = 5", "node b epoch 1"},
        Tampering{"DeletedGap", "DELETE FROM gap", "node b epoch 1"},
        Tampering{"MovedGap", "UPDATE gap SET last_sequence = 3", "node b epoch 1"}),
    [](const auto& tampering) { return tampering.param.name; });

}  // namespace
}  // namespace mgc::audit
