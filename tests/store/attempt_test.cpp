// The marks of suspect messages, on each engine.
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using Attempts = StoreTest;

schema::Digest digest_of(const std::string& text) { return schema::Hasher().sha256(text); }

TEST_F(Attempts, AreCountedByMessageAndLane) {
  EXPECT_EQ(must(store_->attempts_of(digest_of("a"))), 0U);
  must(store_->mark_attempt({digest_of("a"), "n/1/1", 1}));
  must(store_->mark_attempt({digest_of("a"), "n/1/1", 1}));
  EXPECT_EQ(must(store_->attempts_of(digest_of("a"))), 1U) << "the same mark again is a no-op";
  must(store_->mark_attempt({digest_of("a"), "n/1/1", 3}));
  must(store_->mark_attempt({digest_of("b"), "n/1/2", 2}));
  EXPECT_EQ(must(store_->attempts_of(digest_of("a"))), 3U);
  EXPECT_EQ(must(store_->given_up(3)), std::vector{digest_of("a")});
  EXPECT_EQ(must(store_->given_up(1)).size(), 2U);
  must(store_->mark_attempt({digest_of("a"), "n/1/1", 0}));
  EXPECT_TRUE(must(store_->given_up(3)).empty());

  auto other = open_store("other", "another lane");
  ASSERT_TRUE(must(other->take_lease()));
  EXPECT_EQ(must(other->attempts_of(digest_of("b"))), 0U);
  EXPECT_TRUE(must(other->given_up(1)).empty());
}

TEST_F(Attempts, OnlyTheHolderOfTheLeaseMarks) {
  auto second = open_store("second");
  clock_.advance(std::chrono::seconds(16));
  ASSERT_TRUE(must(second->take_lease()));
  const auto marked = store_->mark_attempt({digest_of("a"), "n/1/1", 1});
  ASSERT_FALSE(marked);
  EXPECT_EQ(marked.error().action, Action::stop);
  EXPECT_EQ(must(second->attempts_of(digest_of("a"))), 0U);
}

}  // namespace
}  // namespace mgc::test
