#include <algorithm>
#include <atomic>
#include <thread>

#include "core/log.hpp"
#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutboxPurgeTest : public OutboxTest {
 protected:
  /// Packs of two events: 1-2, 3-4, ...
  std::unique_ptr<Outbox> open_with(int events) {
    options_.pack_events_max = 2;
    auto outbox = open();
    EXPECT_TRUE(append(*outbox, numbered(events)));
    epoch_ = outbox->last().epoch;
    return outbox;
  }
  [[nodiscard]] Position at(std::uint64_t sequence) const { return {epoch_, sequence}; }

  std::uint64_t epoch_ = 0;
};

TEST_F(OutboxPurgeTest, AReceiptPurgesThePacksThatEndBeforeIt) {
  auto outbox = open_with(7);
  EXPECT_EQ(take_receipt(*outbox, at(5)), 2U);
  EXPECT_EQ(outbox->receipted_through(), at(5));
  EXPECT_EQ(packs(*outbox).front().first, at(5));
  EXPECT_EQ(take_receipt(*outbox, at(7)), 2U);
  EXPECT_THAT(packs(*outbox), IsEmpty());
  EXPECT_EQ(outbox->status()->waiting_packs, 0U);
  EXPECT_EQ(outbox->status()->waiting_bytes, 0U);
  EXPECT_FALSE(outbox->status()->oldest_waiting_at);
}

TEST_F(OutboxPurgeTest, BeingAcceptedPurgesNothing) {
  auto outbox = open_with(4);
  ASSERT_TRUE(outbox->mark_accepted(at(4)));
  ASSERT_TRUE(append(*outbox, {"x"}));
  EXPECT_EQ(packs(*outbox).size(), 3U);
  EXPECT_EQ(outbox->receipted_through(), Position{});
}

TEST_F(OutboxPurgeTest, AReceiptTwiceOrGoingBackPurgesNothingMore) {
  auto outbox = open_with(6);
  EXPECT_EQ(take_receipt(*outbox, at(4)), 2U);
  EXPECT_EQ(take_receipt(*outbox, at(4)), 0U);
  EXPECT_EQ(take_receipt(*outbox, at(2)), 0U);
  EXPECT_EQ(packs(*outbox).size(), 1U);
}

TEST_F(OutboxPurgeTest, AReceiptBeyondWhatWasRecordedIsRefused) {
  auto outbox = open_with(4);
  const auto refused = outbox->take_receipt(at(5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::reject);
  EXPECT_THAT(refused.error().message, HasSubstr("older copy"));
  EXPECT_EQ(packs(*outbox).size(), 2U);
  EXPECT_EQ(outbox->receipted_through(), Position{});
}

TEST_F(OutboxPurgeTest, ItsOwnPacksAreKnownByTheirBytes) {
  auto outbox = open_with(7);
  schema::Hasher hasher;
  const Bytes another(32, 'x');
  for (const StoredPack& pack : packs(*outbox)) {
    const Bytes sha256(schema::bytes_of(hasher.sha256(pack.body)));
    const Position end = at(pack.last_sequence);
    EXPECT_EQ(*outbox->compare(end, sha256), PackMatch::same) << end.sequence;
    EXPECT_EQ(*outbox->compare(end, another), PackMatch::other) << end.sequence;
    EXPECT_EQ(*outbox->compare({epoch_ + 1, end.sequence}, sha256), PackMatch::unknown);
  }
  EXPECT_EQ(*outbox->compare(at(3), another), PackMatch::other) << "no pack ends there";
  EXPECT_EQ(*outbox->compare(at(4), ""), PackMatch::unknown) << "nothing is said";
  EXPECT_EQ(*outbox->compare(at(8), another), PackMatch::unknown) << "not recorded";
  EXPECT_EQ(*outbox->compare({epoch_, 0}, another), PackMatch::unknown);
  take_receipt(*outbox, at(4));
  EXPECT_EQ(*outbox->compare(at(2), another), PackMatch::unknown) << "purged";
}

TEST_F(OutboxPurgeTest, AReceiptOfAnotherEpochIsAboutAnotherFile) {
  auto outbox = open_with(4);
  EXPECT_EQ(take_receipt(*outbox, {epoch_ - 1, 4}), 0U);
  EXPECT_EQ(take_receipt(*outbox, {epoch_ + 1, 400}), 0U);
  EXPECT_EQ(packs(*outbox).size(), 2U);
}

TEST_F(OutboxPurgeTest, PurgesALongBacklogInPartsWithExactTotals) {
  options_.pack_events_max = 1;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, numbered(4500)));
  EXPECT_EQ(take_receipt(*outbox, {outbox->last().epoch, 4400}), 4400U);
  const auto status = *outbox->status();
  EXPECT_EQ(status.waiting_packs, 100U);
  std::uint64_t bytes = 0;
  for (const auto& pack : packs(*outbox)) bytes += pack.body.size();
  EXPECT_EQ(status.waiting_bytes, bytes);
}

TEST_F(OutboxPurgeTest, AppendsGoOnWhileALongBacklogIsPurged) {
  options_.pack_events_max = 1;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, numbered(4500)));
  std::atomic<bool> purged = false;
  std::jthread purger([&] {
    EXPECT_EQ(take_receipt(*outbox, {outbox->last().epoch, 4500}), 4500U);
    purged = true;
  });
  std::uint64_t last = 4500;
  while (!purged) {
    const auto done = append(*outbox, {"x"});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->first_sequence, ++last);
  }
  purger.join();
  EXPECT_EQ(outbox->status()->waiting_packs, last - 4500);
}

TEST_F(OutboxPurgeTest, CountsStayRightAfterAPurgeAndARestart) {
  Bytes before;
  {
    auto outbox = open_with(6);
    ASSERT_TRUE(outbox->mark_accepted(at(5)));
    before = Bytes(schema::bytes_of(schema::Hasher().sha256(packs(*outbox).back().body)));
    EXPECT_EQ(take_receipt(*outbox, at(4)), 2U);
  }
  {
    auto outbox = open();
    const auto status = *outbox->status();
    EXPECT_EQ(status.recorded, 6U);
    EXPECT_EQ(status.accepted, 5U);
    EXPECT_EQ(status.receipted, 4U);
    EXPECT_EQ(status.waiting_packs, 1U);
    EXPECT_EQ(status.waiting_bytes, packs(*outbox)[0].body.size());
    EXPECT_EQ(outbox->accepted_through(), at(5));
    EXPECT_EQ(outbox->receipted_through(), at(4));
    EXPECT_EQ(take_receipt(*outbox, at(6)), 1U);
  }
  auto outbox = open();
  EXPECT_EQ(append(*outbox, {"seven"})->first_sequence, 7U);
  EXPECT_THAT(checked_events(*outbox, before), ElementsAre("seven")) << "the chain goes on";
}

TEST_F(OutboxPurgeTest, AcceptedIsKeptWhenTheOutboxIsClosed) {
  {
    auto outbox = open_with(4);
    EXPECT_EQ(outbox->accepted_through(), Position{});
    ASSERT_TRUE(outbox->mark_accepted(at(3)));
    EXPECT_EQ(outbox->accepted_through(), at(3));
  }
  EXPECT_EQ(open()->accepted_through(), at(3));
}

TEST_F(OutboxPurgeTest, AReplayTakesAcceptedBackButNotBehindAReceipt) {
  auto outbox = open_with(6);
  ASSERT_TRUE(outbox->mark_accepted(at(6)));
  ASSERT_TRUE(outbox->take_receipt(at(2)));
  ASSERT_TRUE(outbox->mark_accepted(at(3)));
  EXPECT_EQ(outbox->accepted_through(), at(3));
  ASSERT_TRUE(outbox->mark_accepted({}));
  EXPECT_EQ(outbox->accepted_through(), at(2));
  ASSERT_TRUE(outbox->take_receipt(at(4)));
  EXPECT_EQ(outbox->accepted_through(), at(4)) << "what has a receipt was accepted";
}

TEST_F(OutboxPurgeTest, AcceptedBeyondWhatWasRecordedIsRefused) {
  auto outbox = open_with(4);
  EXPECT_EQ(outbox->mark_accepted(at(5)).error().action, Action::reject);
  EXPECT_EQ(outbox->mark_accepted({epoch_ + 1, 1}).error().action, Action::reject);
  EXPECT_EQ(outbox->accepted_through(), Position{});
}

TEST_F(OutboxPurgeTest, AUsedUpQuotaRefusesUntilAReceiptComes) {
  options_.quota_packs = 2;
  auto outbox = open_with(4);
  const auto refused = append(*outbox, {"x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("node-1.outbox"), HasSubstr("quota of 2 packs")));
  EXPECT_EQ(outbox->last().sequence, 4U);

  const SourceProgress progress{.path = "/logs/a.txt"};
  EXPECT_TRUE(outbox->append({.events = {}, .progress = &progress}));
  EXPECT_EQ(take_receipt(*outbox, at(2)), 1U);
  EXPECT_EQ(append(*outbox, {"x"})->first_sequence, 5U);
}

TEST_F(OutboxPurgeTest, TheQuotaHoldsAfterARestart) {
  options_.quota_bytes = 100;
  open_with(4).reset();
  EXPECT_EQ(append(*open(), {"x"}).error().action, Action::retry);
}

TEST_F(OutboxPurgeTest, WarnsOnceBeforeTheQuotaIsUsedUp) {
  options_.quota_packs = 10;
  start_log(LogLevel::warning);
  ::testing::internal::CaptureStderr();
  {
    auto outbox = open_with(12);
    EXPECT_TRUE(append(*outbox, numbered(2)));
    EXPECT_TRUE(append(*outbox, numbered(2)));
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  start_log(LogLevel::off);
  EXPECT_THAT(log, HasSubstr("70 % of the quota is used"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(OutboxPurgeTest, PurgesWhenAppendsLeaveTheLastOfTheDiskAlone) {
  open_with(4).reset();
  options_.disk_reserve_bytes = std::uint64_t{1} << 62U;
  auto outbox = open();
  const auto refused = append(*outbox, {"x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, Action::retry);
  EXPECT_THAT(refused.error().message, HasSubstr("are kept free"));
  EXPECT_EQ(take_receipt(*outbox, at(4)), 2U);
}

}  // namespace
}  // namespace mgc::spool
