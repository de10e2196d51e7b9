// A database server that ends the session at each statement of a batch; linked into the programs
// of the engines that are servers.
#include "tests/store/cutting_session.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class LostSession : public StoreTest {
 protected:
  ServerEngine& server() { return dynamic_cast<ServerEngine&>(*engine_); }

  std::unique_ptr<db::ComplianceStore> over(std::unique_ptr<db::Session> session,
                                            const std::string& lane = "compliance") {
    db::StoreOptions options;
    options.lane = lane;
    options.holder = "first";
    return db::ComplianceStore::over(std::move(session), options, clock_);
  }

  /// Commits `packs` through a session that is cut before its step `step`; true when it was.
  bool commit_cut_at(int step, const std::vector<db::PackRecord>& packs) {
    int steps = 0;
    bool armed = false;
    auto store = over(std::make_unique<CuttingSession>(
        must(db::open_session(dsn_, db::OpenMode::read_write)), [&] {
          if (armed && ++steps == step) server().cut_sessions();
        }));
    if (!must(store->take_lease())) throw std::runtime_error("no lease");
    armed = true;
    const auto committed = commit_to(*store, packs);
    if (steps < step) {
      EXPECT_TRUE(committed) << committed.error().message;
      return false;
    }
    EXPECT_FALSE(committed) << "cut at step " << step;
    if (!committed) {
      EXPECT_TRUE(committed.error().action == Action::reconnect ||
                  committed.error().action == Action::in_doubt)
          << "step " << step << ": " << to_string(committed.error().action) << ": "
          << committed.error().message;
    }
    return true;
  }
};

TEST_F(LostSession, AtEachStatementOfABatchIsReplayedAndStoredOnce) {
  store_.reset();
  std::uint64_t sequence = 1;
  int step = 1;
  for (;; ++step) {
    // A gap that the next pack fills, a new room and a pack of two: every kind of statement.
    auto event = chat_event("step " + std::to_string(step));
    event.room->name = "#step" + std::to_string(step);
    const auto packs = packs_of(make_pack("n", 1, sequence + 1, {event, event}),
                                make_pack("n", 1, sequence, {chat_event("first")}));
    const bool cut = commit_cut_at(step, packs);
    auto again = open_store("first");
    ASSERT_TRUE(must(again->take_lease()));
    const auto replayed = commit_to(*again, packs);
    ASSERT_TRUE(replayed) << replayed.error().message;
    EXPECT_EQ(replayed->progress.at(0).contiguous_through, sequence + 2);
    sequence += 3;
    EXPECT_EQ(counts().events, sequence - 1);
    if (!cut) break;
  }
  EXPECT_GT(step, 10) << "a batch has more statements than that";
  EXPECT_EQ(counts().duplicates, 0U);
  EXPECT_EQ(counts().gaps, 0U);
}

// In doubt: the COMMIT of a session that was given up arrives while its successor takes the lease.
TEST_F(LostSession, ThatStillCommitsDelaysItsSuccessorAndDoesNotStopIt) {
  int steps = 0;
  auto successor = over(
      std::make_unique<CuttingSession>(must(db::open_session(dsn_, db::OpenMode::read_write)), [&] {
        constexpr int kUpdate = 4;  // after a read, the begin and a read again
        if (++steps != kUpdate) return;
        clock_.advance(std::chrono::seconds(1));
        must(commit(packs_of(make_pack("n", 1, 1, 2))));
      }));
  const auto taken = successor->take_lease();
  ASSERT_FALSE(taken) << "the lease was not contended";
  EXPECT_EQ(taken.error().action, Action::retry) << taken.error().message;
  ASSERT_TRUE(must(successor->take_lease()));
  EXPECT_EQ(must(commit_to(*successor, packs_of(make_pack("n", 1, 1, 2)))).packs_duplicate, 1U);
}

// A node that was moved to another queue: its packs wait in two. The other lane commits before each
// step of this one, or fails because this one has got further.
TEST_F(LostSession, TwoLanesThatStoreTheSameNodeDoNotForgetEachOthersPosition) {
  auto first = over(must(db::open_session(engine_->impatient_dsn(), db::OpenMode::read_write)));
  ASSERT_TRUE(must(first->take_lease()));
  int interrupted = 0;
  for (bool reached = true; reached; ++interrupted) {
    const std::string node = "n" + std::to_string(interrupted);
    must(commit_to(*first, packs_of(make_pack(node, 1, 1, 2))));
    const auto between = packs_of(make_pack(node, 1, 3, 2));
    int steps_left = interrupted;
    bool armed = false;
    bool committed = false;
    auto second = over(std::make_unique<CuttingSession>(
                           must(db::open_session(dsn_, db::OpenMode::read_write)),
                           [&] {
                             if (!armed || steps_left-- != 0) return;
                             const auto stored = commit_to(*first, between);
                             committed = stored.has_value();
                             EXPECT_TRUE(stored || stored.error().action == Action::retry);
                           }),
                       "second");
    ASSERT_TRUE(must(second->take_lease()));
    armed = true;
    const auto packs = packs_of(make_pack(node, 1, 7, 2));
    auto stored = commit_to(*second, packs);
    reached = steps_left < 0;
    for (int tries = 0; !stored && tries < 3; ++tries) {
      EXPECT_EQ(stored.error().action, Action::retry) << stored.error().message;
      stored = commit_to(*second, packs);
    }
    ASSERT_TRUE(stored) << stored.error().message;
    if (!committed) must(commit_to(*first, between));
    const std::string here =
        " WHERE node_id = (SELECT node_id FROM node WHERE name = '" + node + "')";
    EXPECT_EQ(run("SELECT contiguous_through, max_seen FROM node_position" + here),
              (std::vector<std::string>{"4", "8"}))
        << "step " << interrupted;
    EXPECT_EQ(
        run("SELECT first_sequence, last_sequence FROM gap" + here + " AND closed_at IS NULL"),
        (std::vector<std::string>{"5", "6"}))
        << "step " << interrupted;
  }
  EXPECT_GT(interrupted, 8) << "a batch has more steps than that";
}

}  // namespace
}  // namespace mgc::test
