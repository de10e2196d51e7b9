#include "db/compliance_store.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using Store = StoreTest;

TEST_F(Store, StoresPacksEventsAndProgress) {
  const auto packs = packs_of(make_pack("chat-1", 7, 1, 3), make_pack("chat-2", 9, 1, 2),
                              make_pack("chat-1", 7, 4, 5));
  const auto stored = must(commit(packs));
  EXPECT_EQ(stored.packs_stored, 3U);
  EXPECT_EQ(stored.events_stored, 10U);
  EXPECT_EQ(stored.packs_duplicate, 0U);
  ASSERT_EQ(stored.progress.size(), 2U);
  EXPECT_EQ(stored.progress[0].node, "chat-1");
  EXPECT_EQ(stored.progress[0].epoch, 7U);
  EXPECT_EQ(stored.progress[0].contiguous_through, 8U);
  EXPECT_EQ(stored.progress[1].node, "chat-2");
  EXPECT_EQ(stored.progress[1].contiguous_through, 2U);
  EXPECT_EQ(counts().events, 10U);
  EXPECT_EQ(counts().duplicates, 0U);
}

TEST_F(Store, KeepsTheBodyExactlyAsItWasSent) {
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3));
  must(commit(packs));
  Bytes body;
  Bytes sha256;
  must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
    body = row.body;
    sha256 = row.sha256;
    return true;
  }));
  EXPECT_EQ(body, packs[0].body);
  EXPECT_EQ(sha256, schema::bytes_of(packs[0].sha256));
}

TEST_F(Store, TheSameBatchTwiceIsStoredOnce) {
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3), make_pack("chat-1", 1, 4, 3));
  must(commit(packs));
  const auto again = must(commit(packs));
  EXPECT_EQ(again.packs_stored, 0U);
  EXPECT_EQ(again.packs_duplicate, 2U);
  EXPECT_EQ(again.events_stored, 0U);
  ASSERT_EQ(again.progress.size(), 1U);
  EXPECT_EQ(again.progress[0].contiguous_through, 6U);
  EXPECT_EQ(counts().events, 6U);
  EXPECT_EQ(counts().blocks, 1U) << "a batch of duplicates writes no block";
}

TEST_F(Store, TheSamePackTwiceInOneBatchIsStoredOnce) {
  const auto stored =
      must(commit(packs_of(make_pack("chat-1", 1, 1, 3), make_pack("chat-1", 1, 1, 3))));
  EXPECT_EQ(stored.packs_stored, 1U);
  EXPECT_EQ(stored.packs_duplicate, 1U);
  EXPECT_EQ(counts().events, 3U);
}

TEST_F(Store, ReplayAfterALostCommitIsANoOp) {
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3));
  arm("store.commit_lost=error@1");
  const auto lost = commit(packs);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().action, Action::in_doubt);
  const auto replayed = must(commit(packs));
  EXPECT_EQ(replayed.packs_duplicate, 1U);
  EXPECT_EQ(counts().events, 3U);
  EXPECT_EQ(counts().blocks, 1U);
}

TEST_F(Store, FailureBeforeCommitLeavesNothing) {
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3));
  const std::vector<db::DeadLetterRecord> letters = {{"id", "no pack", "garbage"}};
  arm("store.before_commit=error@1");
  const auto failed = commit(packs, letters);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().action, Action::reconnect);
  EXPECT_EQ(counts().events, 0U);
  EXPECT_EQ(counts().dead_letters, 0U);
  EXPECT_EQ(ask("SELECT count(*) FROM node_position"), "0");
  const auto stored = must(commit(packs, letters));
  EXPECT_EQ(stored.packs_stored, 1U);
  EXPECT_EQ(counts().events, 3U);
}

TEST_F(Store, RolledBackRoomsAndPeopleAreNotRemembered) {
  arm("store.before_commit=error@1");
  ASSERT_FALSE(commit(packs_of(make_pack("chat-1", 1, 1, 3))));
  // Another room takes the id that the first one would have had.
  auto other = chat_event("elsewhere");
  other.room = schema::Room{"ma-chan://example.org/kernel", "#kernel"};
  other.actor = schema::Person{"sip:bob@example.org", "bob", "", true};
  must(commit(packs_of(make_pack("chat-2", 1, 1, {other}))));
  must(commit(packs_of(make_pack("chat-1", 1, 1, 1))));
  EXPECT_EQ(
      run("SELECT room_uri, actor_uri, node FROM compliance_event ORDER BY event_id"),
      (std::vector<std::string>{"ma-chan://example.org/kernel", "sip:bob@example.org", "chat-2",
                                "ma-chan://example.org/ubuntu", "sip:anna@example.org", "chat-1"}));
}

TEST_F(Store, OtherBytesForAStoredKeyBecomeADeadLetterAndTheRestIsStored) {
  must(commit(packs_of(make_pack("chat-1", 1, 1, 3))));
  const auto liar = make_pack("chat-1", 1, 1, {chat_event("another story")});
  const auto stored = must(commit(packs_of(make_pack("chat-1", 1, 1, {chat_event("another story")}),
                                           make_pack("chat-1", 1, 4, 2))));
  EXPECT_EQ(stored.dead_letters, 1U);
  EXPECT_EQ(stored.packs_stored, 1U);
  EXPECT_EQ(stored.packs_duplicate, 0U);
  std::string hex = schema::to_hex(liar.body);
  for (char& c : hex) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(run("SELECT message_id, CASE WHEN " + engine_->hex("raw") + " = '" + hex +
                "' THEN 1 ELSE 0 END, epoch, first_sequence FROM dead_letter"),
            (std::vector<std::string>{"chat-1/1/1", "1", "1", "1"}));
  EXPECT_NE(ask("SELECT reason FROM dead_letter").find("other bytes"), std::string::npos);
  EXPECT_EQ(counts().events, 5U);
  EXPECT_EQ(counts().duplicates, 0U);
}

TEST_F(Store, PacksThatOverlapStoredSequencesBecomeDeadLetters) {
  must(commit(packs_of(make_pack("chat-1", 1, 1, 5))));
  const auto stored =
      must(commit(packs_of(make_pack("chat-1", 1, 2, 2), make_pack("chat-1", 1, 4, 5))));
  EXPECT_EQ(stored.dead_letters, 2U);
  EXPECT_EQ(stored.packs_stored, 0U);
  EXPECT_EQ(stored.progress[0].contiguous_through, 5U);
  EXPECT_EQ(counts().events, 5U);
  EXPECT_EQ(counts().gaps, 0U);
}

TEST_F(Store, ADeadLetterIsKeptOnceWhenItsBatchIsReplayed) {
  const std::vector<db::DeadLetterRecord> letters = {
      {"m1", "not a pack", std::string("\0\x01", 2)},
      {"m2", "not a pack", std::string("\0\x01", 2)}};
  EXPECT_EQ(must(commit({}, letters)).dead_letters, 2U);
  EXPECT_EQ(must(commit({}, letters)).dead_letters, 2U);
  EXPECT_EQ(counts().dead_letters, 2U);
  EXPECT_EQ(counts().blocks, 0U);
  EXPECT_EQ(run("SELECT " + engine_->hex("raw") + " FROM dead_letter"),
            (std::vector<std::string>{"0001", "0001"}));
}

// Larger than MariaDB takes in one packet, and the same bytes all over.
TEST_F(Store, ADeadLetterOfAnySizeIsKeptInParts) {
  constexpr std::size_t kSize = 20 * 1024 * 1024 + 7;
  const std::vector<db::DeadLetterRecord> letters = {{"m1", "too large", Bytes(kSize, 'x')}};
  EXPECT_EQ(must(commit({}, letters)).dead_letters, 6U);
  EXPECT_EQ(must(commit({}, letters)).dead_letters, 6U);
  EXPECT_EQ(counts().dead_letters, 6U) << "a replay adds nothing";
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter WHERE message_id = 'm1 (part 6 of 6)'"), "1");
  std::size_t size = 0;
  for (const std::string& part : run("SELECT " + engine_->hex("raw") + " FROM dead_letter")) {
    EXPECT_EQ(part.find_first_not_of("78"), std::string::npos);
    size += part.size() / 2;
  }
  EXPECT_EQ(size, kSize);
}

TEST_F(Store, AnEmptyBatchIsNothing) {
  const auto stored = must(commit({}));
  EXPECT_EQ(stored.packs_stored, 0U);
  EXPECT_TRUE(stored.progress.empty());
  EXPECT_EQ(counts().blocks, 0U);
}

TEST_F(Store, ALockedDatabaseIsRetryAndTheStoreStaysUsable) {
  db::StoreOptions options;
  options.holder = "impatient";
  must(store_->drop_lease());
  auto impatient = must(db::ComplianceStore::open(engine_->impatient_dsn(), options, clock_));
  ASSERT_TRUE(must(impatient->take_lease()));
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3));
  {
    const auto held = engine_->hold_write_lock();
    const auto busy = commit_to(*impatient, packs);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().action, Action::retry) << busy.error().message;
  }
  EXPECT_EQ(must(commit_to(*impatient, packs)).packs_stored, 1U);
}

TEST_F(Store, AFailedStatementRollsTheWholeBatchBack) {
  // A pack in the way of the second one, as only a change by hand can put it there.
  must(commit(packs_of(make_pack("chat-0", 1, 1, 3))));
  run("UPDATE pack SET first_event_id = 6");
  const auto packs = packs_of(make_pack("chat-1", 1, 1, 3), make_pack("chat-1", 1, 4, 3));
  const auto failed = commit(packs);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().action, Action::stop);
  EXPECT_EQ(ask("SELECT count(*) FROM pack"), "1");
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "3");
  run("UPDATE pack SET first_event_id = 0");
  EXPECT_EQ(must(commit(packs)).packs_stored, 2U);
}

TEST_F(Store, LanesHaveLedgersOfTheirOwn) {
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  must(commit(packs_of(make_pack("chat-1", 1, 1, 3))));
  const auto packs = packs_of(make_pack("chat-2", 1, 1, 2));
  EXPECT_EQ(must(commit_to(*second, packs)).events_stored, 2U);
  EXPECT_EQ(run("SELECT lane, event_id, segment FROM compliance_event ORDER BY lane, event_id"),
            (std::vector<std::string>{"compliance", "0", "1", "compliance", "1", "1", "compliance",
                                      "2", "1", "hr", "0", "2", "hr", "1", "2"}));
  EXPECT_EQ(counts().events, 5U);
  EXPECT_EQ(must(reader()->lanes()), (std::vector<std::string>{"compliance", "hr"}));
}

TEST_F(Store, ThePackBeforeIsKnownAlsoWhenAnotherLaneStoredIt) {
  const auto first = packs_of(make_pack("chat-1", 1, 1, 3));
  must(commit(first));
  const auto second =
      packs_of(make_pack("chat-1", 1, 4, posts(4, 3), Bytes(schema::bytes_of(first[0].sha256))));
  const auto other = open_store("second", "other");
  ASSERT_TRUE(must(other->take_lease()));
  must(commit_to(*other, second));
  const Bytes end(schema::bytes_of(second[0].sha256));
  const auto stray =
      packs_of(make_pack("chat-1", 1, 7, posts(7, 1), Bytes(schema::bytes_of(first[0].sha256))));
  EXPECT_EQ(must(commit(stray)).dead_letters, 1U) << "it names the pack before that one";
  EXPECT_EQ(must(commit(packs_of(make_pack("chat-1", 1, 7, posts(7, 1), end)))).packs_stored, 1U);
}

}  // namespace
}  // namespace mgc::test
