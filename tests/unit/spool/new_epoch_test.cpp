#include "spool/new_epoch.hpp"

#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using testing::ElementsAre;

class NewEpochTest : public OutboxTest {
 protected:
  void SetUp() override {
    options_.pack_events_max = 2;
    auto outbox = open();
    const RejectedLine line{"log", 7, "no time", "raw"};
    const SourceProgress progress{"log", 100, 8, 9, 7, 1, "sha", "state"};
    ASSERT_TRUE(outbox->append({.events = std::vector<Bytes>{"1", "2", "3", "4", "5"},
                                .progress = &progress,
                                .rejects = {&line, 1}}));
    epoch_ = outbox->last().epoch;
    ASSERT_TRUE(outbox->take_receipt({epoch_, 2}));
  }
  Result<NewEpoch> begin(std::uint64_t from) {
    return begin_new_epoch(
        options_.file,
        [from](const StoredPack& pack) -> Result<Standing> {
          return pack.first.sequence >= from ? Standing::refused : Standing::held;
        },
        clock_);
  }
  std::filesystem::path kept() const {
    return options_.file.string() + ".epoch-" + std::to_string(epoch_);
  }
  std::uint64_t epoch_ = 0;
};

TEST_F(NewEpochTest, RecordsTheRestAgainFromSequenceOne) {
  clock_.advance(std::chrono::hours(1));
  const auto done = begin(3);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->epoch_before, epoch_);
  EXPECT_GT(done->epoch, epoch_);
  EXPECT_EQ(done->first_sequence, 3U);
  EXPECT_EQ(done->events, 3U);
  EXPECT_EQ(done->kept_as, kept());
  auto outbox = open();
  EXPECT_THAT(checked_events(*outbox), ElementsAre("3", "4", "5"));
  EXPECT_EQ(outbox->last(), (Position{done->epoch, 3}));
  EXPECT_EQ(outbox->receipted_through(), Position{});
  EXPECT_EQ(outbox->accepted_through(), Position{});
  ASSERT_TRUE(append(*outbox, {"6"}));
  EXPECT_THAT(checked_events(*outbox), ElementsAre("3", "4", "5", "6"));
}

TEST_F(NewEpochTest, KeepsTheFileAsItWasAndWhatElseIsInIt) {
  ASSERT_TRUE(begin(3));
  auto outbox = open();
  EXPECT_EQ(outbox->progress("log")->value().lines, 8U);
  EXPECT_EQ(outbox->rejected_lines(10)->at(0).raw, "raw");
  EXPECT_EQ(outbox->status()->rejected_lines, 1U);
  const auto before = read_outbox_status(kept());
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(before->epoch, epoch_);
  EXPECT_EQ(before->recorded, 5U);
  EXPECT_EQ(before->receipted, 2U);
}

TEST_F(NewEpochTest, ChangesNothingWhenEverythingCanBeStored) {
  const auto done = begin(100);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->epoch, 0U);
  EXPECT_FALSE(std::filesystem::exists(kept()));
  EXPECT_EQ(open()->last(), (Position{epoch_, 5}));
}

TEST_F(NewEpochTest, HasNotHappenedWhenItFailsInTheMiddle) {
  arm_failpoints("outbox.before_new_epoch=error@1");
  EXPECT_FALSE(begin(3));
  EXPECT_FALSE(begin_new_epoch(
      options_.file,
      [](const StoredPack&) -> Result<Standing> {
        return Error{Action::stop, "no"};
      },
      clock_));
  EXPECT_EQ(open()->last(), (Position{epoch_, 5}));
  ASSERT_TRUE(begin(3)) << "what was left of the first try is in nobody's way";
  EXPECT_EQ(open()->last().sequence, 3U);
}

TEST_F(NewEpochTest, RecordsNothingAgainThatIsHeldBehindARefusedPack) {
  const auto done = begin_new_epoch(
      options_.file,
      [](const StoredPack& pack) -> Result<Standing> {
        return pack.first.sequence == 3 ? Standing::refused : Standing::held;
      },
      clock_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->events, 2U);
  auto outbox = open();
  EXPECT_THAT(checked_events(*outbox), ElementsAre("3", "4"));
}

TEST_F(NewEpochTest, WaitsForWhatMayStillComeOutOfTheQueue) {
  const auto begin_with = [&](std::uint64_t unknown, std::uint64_t refused) {
    return begin_new_epoch(
        options_.file,
        [=](const StoredPack& pack) -> Result<Standing> {
          if (pack.first.sequence == unknown) return Standing::unknown;
          return pack.first.sequence == refused ? Standing::refused : Standing::held;
        },
        clock_);
  };
  EXPECT_FALSE(begin_with(3, 5)) << "it does not follow a refused pack";
  ASSERT_TRUE(open()->mark_accepted({epoch_, 5}));
  EXPECT_FALSE(begin_with(5, 3)) << "a broker has it";
  ASSERT_TRUE(open()->mark_accepted({epoch_, 4}));
  const auto done = begin_with(5, 3);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->events, 3U) << "nobody else ever had it";
}

TEST_F(NewEpochTest, CanBeRepeatedAfterAKillBetweenItsLastSteps) {
  std::filesystem::create_hard_link(options_.file, kept());
  ASSERT_TRUE(begin(3));
  EXPECT_EQ(open()->last().sequence, 3U);
}

TEST_F(NewEpochTest, LeavesAnOutboxThatIsInUseAlone) {
  const auto used = open();
  EXPECT_FALSE(begin(3));
  EXPECT_FALSE(begin_new_epoch(options_.file.string() + ".none", {}, clock_));
  EXPECT_FALSE(std::filesystem::exists(options_.file.string() + ".none"));
}

}  // namespace
}  // namespace mgc::spool
