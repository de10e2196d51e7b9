// Two histories of one node and epoch, as a copied or restored outbox makes them: never merged.
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class Histories : public StoreTest {
 protected:
  /// Of one event that says `what`, behind `before`.
  static db::PackRecord pack(std::uint64_t sequence, const std::string& what,
                             const db::PackRecord* before) {
    const Bytes previous = before == nullptr ? Bytes{} : Bytes(schema::bytes_of(before->sha256));
    return make_pack("n", 1, sequence, {chat_event(what)}, previous);
  }
  std::vector<std::string> contents() {
    return run("SELECT content FROM compliance_event ORDER BY sequence");
  }

  const db::PackRecord one_ = pack(1, "one", nullptr);
  const db::PackRecord two_ = pack(2, "two", &one_);
  const db::PackRecord three_ = pack(3, "three", &two_);
  const db::PackRecord other_two_ = pack(2, "another two", &one_);
  const db::PackRecord other_three_ = pack(3, "another three", &other_two_);

  Result<db::CommitCounts> commit_all(const std::vector<const db::PackRecord*>& packs) {
    return store_->commit({clock_.utc_now(), packs, {}});
  }
};

TEST_F(Histories, TheSecondOneIsKeptAsDeadLetters) {
  must(commit_all({&one_, &two_}));
  const auto stored = must(commit_all({&other_two_, &other_three_}));
  EXPECT_EQ(stored.packs_stored, 0U);
  EXPECT_EQ(stored.dead_letters, 2U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(counts().gaps, 0U);
  EXPECT_EQ(must(commit_all({&three_})).packs_stored, 1U) << "the first one goes on";
}

TEST_F(Histories, AreToldApartInsideOneBatch) {
  const auto stored = must(commit_all({&one_, &two_, &other_two_, &other_three_, &three_}));
  EXPECT_EQ(stored.packs_stored, 3U);
  EXPECT_EQ(stored.dead_letters, 2U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(Histories, OnesThatMeetAtAGapAreNotMerged) {
  must(commit_all({&one_, &three_}));
  EXPECT_EQ(must(commit_all({&other_two_})).dead_letters, 1U) << "three follows another two";
  EXPECT_EQ(counts().gaps, 1U);
  EXPECT_EQ(must(commit_all({&two_})).packs_stored, 1U);
  EXPECT_EQ(counts().gaps, 0U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(Histories, WhatComesBeforeTheRestOfItsOwnDecides) {
  must(commit_all({&one_, &other_three_}));
  EXPECT_EQ(must(commit_all({&two_, &three_})).dead_letters, 2U);
  EXPECT_EQ(must(commit_all({&other_two_})).packs_stored, 1U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"one", "another two", "another three"}));
}

TEST_F(Histories, WhatFollowsADeadLetterOfAnotherHistoryIsNotStoredBehindAGap) {
  must(commit_all({&one_, &two_}));
  const auto other_four = pack(4, "another four", &other_three_);
  const auto other_five = pack(5, "another five", &other_four);
  must(commit_all({&other_two_, &other_three_, &other_four}));
  EXPECT_EQ(must(commit_all({&other_five})).dead_letters, 1U);
  EXPECT_EQ(counts().gaps, 0U);
  const auto four = pack(4, "four", &three_);
  EXPECT_EQ(must(commit_all({&three_, &four})).packs_stored, 2U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

TEST_F(Histories, ADeadLetterOfAnotherLaneIsKnownToo) {
  must(commit_all({&one_, &two_}));
  const auto other_four = pack(4, "another four", &other_three_);
  must(commit_all({&other_two_, &other_three_}));
  const auto second = open_store("second", "lane 2");
  ASSERT_TRUE(must(second->take_lease()));
  const db::PackRecord* const packs[] = {&other_four};
  EXPECT_EQ(must(second->commit({clock_.utc_now(), packs, {}})).dead_letters, 1U);
}

TEST_F(Histories, TheFirstPackFollowsNone) {
  EXPECT_EQ(must(commit_all({&one_})).packs_stored, 1U);
  const auto liar = make_pack("m", 1, 1, {chat_event("first")}, Bytes(32, 'x'));
  EXPECT_EQ(must(commit_all({&liar})).dead_letters, 1U);
}

TEST_F(Histories, AReceiptNamesThePackThatItEndsWith) {
  const auto sha256_of = [](const db::PackRecord& pack) {
    return Bytes(schema::bytes_of(pack.sha256));
  };
  EXPECT_EQ(must(commit_all({&one_, &two_})).progress.at(0).last_sha256, sha256_of(two_));
  EXPECT_EQ(must(commit_all({&one_})).progress.at(0).last_sha256, sha256_of(two_)) << "a repeat";
  EXPECT_EQ(must(commit_all({&other_two_})).progress.at(0).last_sha256, sha256_of(two_));
  const auto four = pack(4, "four", &three_);
  EXPECT_EQ(must(commit_all({&four})).progress.at(0).last_sha256, sha256_of(two_)) << "a gap";
  EXPECT_EQ(must(commit_all({&three_})).progress.at(0).last_sha256, sha256_of(four)) << "filled";
}

TEST_F(Histories, AReceiptNamesThePackThatWasRefused) {
  must(commit_all({&one_, &two_}));
  const auto progress = must(commit_all({&other_two_, &three_})).progress.at(0);
  EXPECT_EQ(progress.refused_sha256, schema::bytes_of(other_two_.sha256));
  EXPECT_EQ(progress.refused_through, 2U);
  EXPECT_EQ(must(commit_all({&three_})).progress.at(0).refused_sha256, "");
}

TEST_F(Histories, AReceiptForNothingNamesNoPack) {
  const auto progress = must(commit_all({&two_})).progress.at(0);
  EXPECT_EQ(progress.contiguous_through, 0U);
  EXPECT_EQ(progress.last_sha256, "");
}

}  // namespace
}  // namespace mgc::test
