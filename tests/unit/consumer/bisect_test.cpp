#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "consumer/writer.hpp"
#include "core/clock.hpp"
#include "core/failpoint.hpp"
#include "db/compliance_reader.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"
#include "tests/support/sample_events.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::consumer {
namespace {

/// A writer on a fresh mgccomp that refuses, by a trigger, what a test chooses.
class Bisect : public testing::Test {
 protected:
  void SetUp() override {
    const auto made = db::init_database(dsn_, db::Schema::mgccomp, clock_);
    ASSERT_TRUE(made) << made.error().message;
    const auto taken = writer_.take_lane({});
    ASSERT_TRUE(taken) << taken.error().message;
  }
  void TearDown() override { arm_failpoints(""); }

  void run(const std::string& sql) {
    const auto session = db::open_session(dsn_, db::OpenMode::read_write);
    ASSERT_TRUE(session) << session.error().message;
    const auto done = (*session)->run_script(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  void refuse(const std::string& table, const std::string& condition) {
    run("CREATE TRIGGER refuse_" + table + " BEFORE INSERT ON " + table + " WHEN " + condition +
        " BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
  }
  /// The packs of node "bad".
  void refuse_bad_node() {
    refuse("pack", "NEW.node_id = (SELECT node_id FROM node WHERE name = 'bad')");
  }
  std::string ask(const std::string& sql) {
    const auto session = db::open_session(dsn_, db::OpenMode::read_only);
    EXPECT_TRUE(session) << session.error().message;
    std::string answer;
    const auto asked = (*session)->query(sql, {}, [&](const db::Row& row) {
      answer = row.text(0);
      return false;
    });
    EXPECT_TRUE(asked) << asked.error().message;
    return answer;
  }

  static DecodedRecord record(Bytes body) {
    transport::Delivery delivery;
    delivery.received.message.id = "message";
    delivery.received.message.body = std::move(body);
    db::PackReader reader;
    return decode(std::move(delivery), reader);
  }
  /// Seven packs of two events of node "good", with a pack of "bad" before number `at`.
  static Batch with_bad_pack_at(std::size_t at) {
    Batch batch;
    for (std::uint64_t i = 0; i < 8; ++i) {
      if (i == at) batch.push_back(record(test::pack_body("bad", 1, 1, 3)));
      if (i < 7) batch.push_back(record(test::pack_body("good", 1, 2 * i + 1, 2)));
    }
    return batch;
  }
  db::CommitCounts commit(const Batch& batch) {
    auto counts = writer_.commit(batch, {});
    EXPECT_TRUE(counts) << counts.error().message;
    return counts ? *counts : db::CommitCounts{};
  }

  test::TempDir dir_;
  SystemClock clock_;
  const std::string dsn_ = "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  Writer writer_{dsn_, {"compliance", "test", std::chrono::seconds{60}}, clock_};
};

class BisectAt : public Bisect, public testing::WithParamInterface<std::size_t> {};

TEST_P(BisectAt, TheOneRefusedPackIsADeadLetterAndAllOthersAreStored) {
  refuse_bad_node();
  const Batch batch = with_bad_pack_at(GetParam());
  const auto counts = commit(batch);
  EXPECT_EQ(counts.packs_stored, 7U);
  EXPECT_EQ(counts.events_stored, 14U);
  EXPECT_EQ(counts.packs_duplicate, 0U);
  EXPECT_EQ(counts.dead_letters, 1U);
  ASSERT_EQ(counts.progress.size(), 2U);
  EXPECT_EQ(counts.progress.front().node, "bad");
  EXPECT_EQ(counts.progress.front().contiguous_through, 3U) << "every byte of it is kept";
  EXPECT_EQ(counts.progress.back().node, "good");
  EXPECT_EQ(counts.progress.back().contiguous_through, 14U);

  EXPECT_EQ(ask("SELECT count(*) FROM event"), "14");
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "1");
  EXPECT_EQ(ask("SELECT message_id FROM dead_letter"), "bad/1/1");
  EXPECT_EQ(ask("SELECT raw FROM dead_letter"), test::pack_body("bad", 1, 1, 3));
  EXPECT_NE(ask("SELECT reason FROM dead_letter").find("refused by the test"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(EveryPlace, BisectAt, testing::Range(std::size_t{0}, std::size_t{8}));

TEST_F(Bisect, TheSameBatchAgainChangesNothing) {
  refuse_bad_node();
  const Batch batch = with_bad_pack_at(3);
  commit(batch);
  const auto again = commit(batch);
  EXPECT_EQ(again.packs_stored, 0U);
  EXPECT_EQ(again.packs_duplicate, 7U);
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "14");
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "1");
}

TEST_F(Bisect, ARefusedPackInTheMiddleOfItsNodeIsAGapUntilItIsStored) {
  refuse("pack", "NEW.first_sequence = 5");
  Batch batch;
  for (std::uint64_t first = 1; first < 10; first += 2) {
    batch.push_back(record(test::pack_body("node", 1, first, 2)));
  }
  const auto counts = commit(batch);
  EXPECT_EQ(counts.packs_stored, 4U);
  EXPECT_EQ(counts.gaps_opened, 1U);
  ASSERT_EQ(counts.progress.size(), 1U);
  EXPECT_EQ(counts.progress.front().contiguous_through, 10U);
  EXPECT_EQ(ask("SELECT first_sequence || '-' || last_sequence FROM gap"), "5-6");

  run("DROP TRIGGER refuse_pack");
  Batch late;
  late.push_back(record(test::pack_body("node", 1, 5, 2)));
  EXPECT_EQ(commit(late).gaps_closed, 1U);
  EXPECT_EQ(ask("SELECT contiguous_through FROM node_position"), "10");
}

TEST_F(Bisect, SeveralRefusedPacksAndGarbageAreAllKept) {
  refuse("pack", "NEW.first_sequence % 3 = 0");
  Batch batch;
  for (std::uint64_t sequence = 1; sequence <= 9; ++sequence) {
    batch.push_back(record(test::pack_body("node", 1, sequence, 1)));
  }
  batch.push_back(record("garbage"));
  batch.push_back(record("more garbage"));
  const auto counts = commit(batch);
  EXPECT_EQ(counts.packs_stored, 6U);
  EXPECT_EQ(counts.dead_letters, 5U);
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "5");
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "6");
}

TEST_F(Bisect, APartWhoseAnswerIsLostIsCommittedOnce) {
  refuse_bad_node();
  for (const char* point : {"store.commit_lost=error@1", "store.commit_lost=error@2",
                            "store.before_commit=error@2", "store.commit_lost=error@4"}) {
    arm_failpoints(point);
    commit(with_bad_pack_at(3));
  }
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "14");
  EXPECT_EQ(ask("SELECT count(*) FROM pack"), "7");
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "1");
}

TEST_F(Bisect, ADatabaseThatRefusesTheDeadLetterTooStopsTheService) {
  refuse_bad_node();
  refuse("dead_letter", "1");
  const auto committed = writer_.commit(with_bad_pack_at(3), {});
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().action, Action::stop);
  EXPECT_NE(committed.error().message.find("bad/1/1"), std::string::npos)
      << committed.error().message;
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "0");
}

}  // namespace
}  // namespace mgc::consumer
