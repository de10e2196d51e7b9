// A database server that ends the session at each statement of a batch; linked into the programs
// of the engines that are servers.
#include "tests/store/cutting_session.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class LostSession : public StoreTest {
 protected:
  ServerEngine& server() { return dynamic_cast<ServerEngine&>(*engine_); }

  /// Commits `packs` through a session that is cut before its step `step`; true when it was.
  bool commit_cut_at(int step, const std::vector<db::PackRecord>& packs) {
    int steps = 0;
    bool armed = false;
    db::StoreOptions options;
    options.holder = "first";
    auto store = db::ComplianceStore::over(
        std::make_unique<CuttingSession>(must(db::open_session(dsn_, db::OpenMode::read_write)),
                                         [&] {
                                           if (armed && ++steps == step) server().cut_sessions();
                                         }),
        options, clock_);
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

}  // namespace
}  // namespace mgc::test
