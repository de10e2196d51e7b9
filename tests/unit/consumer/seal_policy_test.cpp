#include "consumer/seal_policy.hpp"

#include <gtest/gtest.h>

namespace mgc::consumer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kStart = SteadyTime{} + seconds{100};

TEST(SealPolicy, SealsAtOnceWhileBatchesAreNotFull) {
  SealPolicy policy(4);
  EXPECT_FALSE(policy.may_seal(0, kStart)) << "nothing waits";
  EXPECT_TRUE(policy.may_seal(1, kStart));
  policy.note_batch(false, kStart);
  EXPECT_TRUE(policy.may_seal(1, kStart));
}

TEST(SealPolicy, AFullBatchPutsItOffForAWhile) {
  SealPolicy policy(4);
  policy.note_batch(true, kStart);
  EXPECT_FALSE(policy.may_seal(1, kStart));
  EXPECT_FALSE(policy.may_seal(3, kStart + SealPolicy::kBusy - milliseconds{1}));
  EXPECT_TRUE(policy.may_seal(1, kStart + SealPolicy::kBusy));
}

TEST(SealPolicy, AnotherFullBatchPutsItOffAgainAndOneThatIsNotFullDoesNotEndIt) {
  SealPolicy policy(4);
  policy.note_batch(true, kStart);
  policy.note_batch(true, kStart + seconds{1});
  policy.note_batch(false, kStart + seconds{1});
  EXPECT_FALSE(policy.may_seal(1, kStart + SealPolicy::kBusy));
  EXPECT_TRUE(policy.may_seal(1, kStart + seconds{1} + SealPolicy::kBusy));
}

TEST(SealPolicy, TooManyThatWaitAreSealedWhateverComesUntilTheyAreFewer) {
  SealPolicy policy(4);
  policy.note_batch(true, kStart);
  EXPECT_TRUE(policy.may_seal(5, kStart));
  EXPECT_TRUE(policy.may_seal(4, kStart));
  EXPECT_FALSE(policy.may_seal(3, kStart));
}

}  // namespace
}  // namespace mgc::consumer
