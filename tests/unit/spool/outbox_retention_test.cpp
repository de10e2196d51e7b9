// Packs stay for a time after their receipt, so that a database that is restored gets them again.
#include <filesystem>
#include <random>

#include "spool/outbox_file.hpp"
#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutboxRetention : public OutboxTest {
 protected:
  OutboxRetention() {
    options_.keep_for = hours{1};
    options_.pack_events_max = 2;
  }
  /// Packs of two events: 1-2, 3-4, ...
  std::unique_ptr<Outbox> open_with(int events) {
    auto outbox = open();
    EXPECT_TRUE(append(*outbox, numbered(events)));
    epoch_ = outbox->last().epoch;
    return outbox;
  }
  [[nodiscard]] Position at(std::uint64_t sequence) const { return {epoch_, sequence}; }
  static std::vector<std::uint64_t> firsts(Outbox& outbox, Position after) {
    std::vector<std::uint64_t> found;
    for (const StoredPack& pack : *outbox.read(after, 1'000'000, kNoLimit)) {
      found.push_back(pack.first.sequence);
    }
    return found;
  }
  /// The totals are those of the packs that are there.
  static void expect_totals(Outbox& outbox, std::uint64_t waiting, std::uint64_t kept) {
    const auto status = *outbox.status();
    EXPECT_EQ(status.waiting_packs, waiting);
    EXPECT_EQ(status.kept_packs, kept);
    std::uint64_t bytes[2] = {0, 0};
    for (const StoredPack& pack : packs(outbox)) {
      bytes[pack.last_sequence <= status.receipted ? 1 : 0] += pack.body.size();
    }
    EXPECT_EQ(status.waiting_bytes, bytes[0]);
    EXPECT_EQ(status.kept_bytes, bytes[1]);
    EXPECT_EQ(status.oldest_waiting_at.has_value(), waiting > 0);
  }

  std::uint64_t epoch_ = 0;
};

TEST_F(OutboxRetention, APackStaysForItsTimeAndNotForMuchLonger) {
  auto outbox = open_with(6);
  EXPECT_EQ(take_receipt(*outbox, at(4)), 0U);
  expect_totals(*outbox, 1, 2);
  clock_.advance(minutes{59});
  EXPECT_EQ(take_receipt(*outbox, at(6)), 0U);
  clock_.advance(minutes{2});
  EXPECT_EQ(take_receipt(*outbox, at(6)), 2U);
  EXPECT_THAT(firsts(*outbox, {}), ElementsAre(5U));
  expect_totals(*outbox, 0, 1);
  clock_.advance(hours{1});
  EXPECT_EQ(take_receipt(*outbox, at(6)), 1U);
  expect_totals(*outbox, 0, 0);
}

TEST_F(OutboxRetention, ReceiptsInASteadyFlowPurgeEachPackInItsTurn) {
  auto outbox = open_with(600);
  constexpr std::uint64_t kMinutes = 150;
  for (std::uint64_t minute = 0; minute < kMinutes; ++minute) {
    take_receipt(*outbox, at(2 * minute + 2));
    const auto left = firsts(*outbox, {});
    // Received at minute m, gone between m + 60 and m + 62.
    const std::uint64_t oldest = (left.front() - 1) / 2;
    EXPECT_LE(oldest, minute < 60 ? 0 : minute - 60 + 1) << minute;
    EXPECT_GE(oldest + 62, minute) << minute;
    clock_.advance(minutes{1});
  }
}

TEST_F(OutboxRetention, AReceiptThatGoesBackMakesThemWaitAgain) {
  auto outbox = open_with(6);
  ASSERT_TRUE(outbox->mark_accepted(at(6)));
  take_receipt(*outbox, at(6));
  expect_totals(*outbox, 0, 3);
  const auto back = outbox->take_receipt(at(2));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->held, at(2));
  EXPECT_EQ(outbox->receipted_through(), at(2));
  EXPECT_EQ(outbox->accepted_through(), at(6)) << "a broker has had them";
  expect_totals(*outbox, 2, 1);
  EXPECT_THAT(firsts(*outbox, at(2)), ElementsAre(3U, 5U));

  outbox.reset();
  outbox = open();
  expect_totals(*outbox, 2, 1);
  clock_.advance(hours{48});
  take_receipt(*outbox, at(2));
  EXPECT_THAT(firsts(*outbox, at(2)), ElementsAre(3U, 5U)) << "what waits is never purged";
  take_receipt(*outbox, at(6));
  expect_totals(*outbox, 0, 3);
}

TEST_F(OutboxRetention, OnlyWhatIsStillThereIsWaitedFor) {
  options_.keep_for = std::chrono::seconds{0};
  auto outbox = open_with(6);
  take_receipt(*outbox, at(4));
  EXPECT_EQ(outbox->take_receipt(at(2))->held, at(4));
  EXPECT_EQ(outbox->take_receipt(at(0))->held, at(4));
  EXPECT_EQ(outbox->take_receipt(at(6))->held, at(6));
  EXPECT_EQ(outbox->take_receipt(at(2))->held, at(6)) << "nothing is left";
  expect_totals(*outbox, 0, 0);
}

TEST_F(OutboxRetention, WhatIsTooMuchGoesBeforeItsTime) {
  auto outbox = open_with(20);
  const auto all = packs(*outbox);
  options_.keep_bytes = all[5].body.size() + all[6].body.size() + all[7].body.size();
  outbox.reset();
  outbox = open();
  EXPECT_EQ(take_receipt(*outbox, at(16)), 5U);
  EXPECT_THAT(firsts(*outbox, {}), ElementsAre(11U, 13U, 15U, 17U, 19U));
  expect_totals(*outbox, 2, 3);
}

TEST_F(OutboxRetention, TotalsAreExactOverALongBacklogThereAndBack) {
  options_.pack_events_max = 1;
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, numbered(4500)));
  epoch_ = outbox->last().epoch;
  take_receipt(*outbox, at(4400));
  expect_totals(*outbox, 100, 4400);
  take_receipt(*outbox, at(1));
  expect_totals(*outbox, 4499, 1);
  take_receipt(*outbox, at(4500));
  expect_totals(*outbox, 0, 4500);
  clock_.advance(hours{2});
  EXPECT_EQ(take_receipt(*outbox, at(4500)), 4500U);
  expect_totals(*outbox, 0, 0);
}

TEST_F(OutboxRetention, WhatIsKeptGoesBeforeAnEventIsRefusedForLackOfDisk) {
  std::vector<Bytes> large;
  std::mt19937_64 random(1);
  for (int i = 0; i < 60; ++i) {
    Bytes event(200'000, '\0');
    for (char& byte : event) byte = static_cast<char>(random());
    large.push_back(std::move(event));
  }
  auto outbox = open();
  ASSERT_TRUE(append(*outbox, large));
  take_receipt(*outbox, outbox->last());
  EXPECT_GT(outbox->status()->kept_bytes, 10'000'000U);
  outbox.reset();
  options_.disk_reserve_bytes = std::uint64_t{1} << 62U;  // as if the disk were full
  outbox = open();
  EXPECT_TRUE(append(*outbox, {"x"}));
  EXPECT_LT(outbox->status()->kept_bytes, 10'000'000U);
  EXPECT_EQ(outbox->status()->waiting_packs, 1U);
}

TEST_F(OutboxRetention, WhatWaitsAgainLeavesRoomInTheQuota) {
  const auto all = [&] {
    auto outbox = open_with(20);
    return packs(*outbox);
  }();
  std::filesystem::remove(options_.file);
  options_.quota_bytes = 0;
  for (const StoredPack& pack : all) options_.quota_bytes += pack.body.size();
  ++options_.quota_bytes;
  auto outbox = open_with(20);
  take_receipt(*outbox, at(20));
  take_receipt(*outbox, at(0));
  EXPECT_TRUE(append(*outbox, {"x"})) << "half of it at the most";
}

TEST_F(OutboxRetention, TheQuotaIsForWhatWaits) {
  options_.quota_packs = 2;
  auto outbox = open_with(4);
  ASSERT_FALSE(append(*outbox, {"x"}));
  take_receipt(*outbox, at(4));
  EXPECT_EQ(append(*outbox, {"x"})->first_sequence, 5U);
}

TEST_F(OutboxRetention, ATimeOutOfRangeIsRefused) {
  options_.keep_for = std::chrono::seconds{-1};
  EXPECT_THAT(open_error().message, HasSubstr("a year"));
}

// As the first version of this program wrote it.
constexpr const char* kVersion1 = R"(
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  node BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  receipted INTEGER NOT NULL,
  waiting_packs INTEGER NOT NULL,
  waiting_bytes INTEGER NOT NULL,
  rejected_lines INTEGER NOT NULL,
  last_sha256 BLOB NOT NULL);
CREATE TABLE pack(
  first_sequence INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL,
  appended_at INTEGER NOT NULL,
  body BLOB NOT NULL);
CREATE TABLE progress(
  path BLOB PRIMARY KEY,
  bytes INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  line_number INTEGER NOT NULL,
  events INTEGER NOT NULL,
  rejects INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE rejected_line(
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL,
  line INTEGER NOT NULL,
  reason BLOB NOT NULL,
  raw BLOB NOT NULL);
INSERT INTO outbox VALUES(1, x'6E6F64652D31', 77, 9, 6, 4, 1, 5, 0, x'');
INSERT INTO pack VALUES(5, 9, 1000000, x'0102030405');
)";

TEST_F(OutboxRetention, AnOutboxOfTheFirstVersionIsBroughtUpToDateByItsNode) {
  {
    const FileKind first{kOutboxFile.name, kOutboxFile.application_id, 1};
    auto database = Database::open(options_.file, first);
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE(database->create_tables(kVersion1, first));
  }
  const auto unowned = read_outbox_status(options_.file);
  ASSERT_FALSE(unowned);
  EXPECT_THAT(unowned.error().message, HasSubstr("when it starts"));
  auto outbox = open();
  const auto status = *outbox->status();
  EXPECT_EQ(status.recorded, 9U);
  EXPECT_EQ(status.receipted, 4U);
  expect_totals(*outbox, 1, 0);
  EXPECT_EQ(append(*outbox, {"ten"})->first_sequence, 10U);
  EXPECT_TRUE(read_outbox_status(options_.file));
}

}  // namespace
}  // namespace mgc::spool
