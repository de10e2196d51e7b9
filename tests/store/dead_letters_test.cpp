#include "db/dead_letters.hpp"

#include "db/letter_parts.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class DeadLetters : public StoreTest {
 protected:
  std::vector<db::DeadLetter> all() {
    std::vector<db::DeadLetter> letters;
    must(letters_.each([&](db::DeadLetter letter) -> Result<bool> {
      letters.push_back(std::move(letter));
      return true;
    }));
    return letters;
  }
  std::string state_of(const db::DeadLetter& letter) {
    return std::string(to_string(must(letters_.pack_state(letter))));
  }
  static Bytes large(std::size_t bytes, char first) {
    Bytes raw;
    for (std::size_t i = 0; i < bytes; ++i)
      raw += static_cast<char>(first + static_cast<int>(i % 7));
    return raw;
  }

  db::DeadLetters letters_ = must(db::DeadLetters::open(dsn_));
};

TEST_F(DeadLetters, AreShownAsTheyWereKept) {
  const Bytes raw("\x1b[31m\0\xFF", 7);
  must(commit({}, {{"n/5/7", "no pack", raw}, {"", "empty", ""}}));
  const auto letters = all();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].message_id, "n/5/7");
  EXPECT_EQ(letters[0].reason, "no pack");
  EXPECT_EQ(letters[0].lane, "compliance");
  EXPECT_EQ(letters[0].received_at, clock_.utc_now());
  EXPECT_EQ(letters[0].bytes(), raw.size());
  EXPECT_EQ(letters[0].rows.size(), 1U);
  EXPECT_EQ(must(letters_.raw(letters[0])), raw);
  EXPECT_EQ(must(letters_.raw(letters[1])), "");
  EXPECT_EQ(must(letters_.find(letters[1].id()))->reason, "empty");
  EXPECT_FALSE(must(letters_.find(4711)));
}

TEST_F(DeadLetters, SayWhetherTheirPackIsStoredMeanwhile) {
  const db::PackRecord refused = make_pack("n", 1, 3, 2);
  must(commit(packs_of(make_pack("n", 1, 1, 2)), {{"n/1/3", "refused", refused.body},
                                                  {"n/1/1", "of another life", "other bytes"},
                                                  {"who knows", "garbage", "x"},
                                                  {"n/0/1", "no epoch", "y"},
                                                  {"n/1/1/1", "too long", "z"}}));
  const auto states = [&] {
    std::vector<std::string> found;
    for (const db::DeadLetter& letter : all()) found.push_back(state_of(letter));
    return found;
  };
  EXPECT_EQ(states(),
            (std::vector<std::string>{"open", "other bytes", "unknown", "unknown", "unknown"}));
  must(commit(packs_of(make_pack("n", 1, 3, 2))));
  EXPECT_EQ(states().front(), "stored");
}

TEST_F(DeadLetters, OneThatContradictsNamesItsPack) {
  must(commit(packs_of(make_pack("n", 1, 1, 2))));
  must(commit(packs_of(make_pack("n", 1, 1, posts(7, 2)))));
  const auto letters = all();
  ASSERT_EQ(letters.size(), 1U);
  ASSERT_TRUE(letters[0].pack);
  EXPECT_EQ(letters[0].pack->first_sequence, 1U);
  EXPECT_EQ(state_of(letters[0]), "other bytes");
}

TEST_F(DeadLetters, PartsAreOneLetter) {
  const Bytes raw = large(2 * db::kLetterPartBytes + 5, 'a');
  const Bytes other = large(db::kLetterPartBytes + 1, 'b');
  must(commit({}, {{"small", "before", "x"},
                   {"large", "too large", raw},
                   {"large", "too large", other},
                   {"large", "not too large", "y"}}));
  EXPECT_EQ(ask("SELECT count(*) FROM dead_letter"), "7");
  const auto letters = all();
  ASSERT_EQ(letters.size(), 4U);
  EXPECT_EQ(letters[1].message_id, "large");
  EXPECT_EQ(letters[1].bytes(), raw.size());
  EXPECT_EQ(letters[1].rows.size(), 3U);
  EXPECT_TRUE(must(letters_.raw(letters[1])) == raw);
  EXPECT_TRUE(must(letters_.raw(letters[2])) == other);
  EXPECT_EQ(letters[3].bytes(), 1U);
  const auto by_part = must(letters_.find(letters[1].rows[2].id));
  ASSERT_TRUE(by_part);
  EXPECT_EQ(by_part->id(), letters[1].id());
}

TEST_F(DeadLetters, PartsOfWhichOneIsNotThereAreShownOneByOne) {
  const Bytes raw = large(2 * db::kLetterPartBytes + 5, 'a');
  must(commit({}, {{"large", "too large", raw}, {"small", "garbage", "x"}}));
  run("DELETE FROM dead_letter WHERE message_id = 'large (part 2 of 3)'");
  const auto letters = all();
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].message_id, "large (part 1 of 3)");
  EXPECT_TRUE(must(letters_.raw(letters[0])) == raw.substr(0, db::kLetterPartBytes));
  EXPECT_EQ(letters[1].message_id, "large (part 3 of 3)");
  EXPECT_EQ(letters[2].message_id, "small");
}

TEST_F(DeadLetters, BytesThatWereChangedAreNotGivenOut) {
  must(commit({}, {{"a", "garbage", "abc"}, {"b", "garbage", "def"}}));
  run("UPDATE dead_letter SET sha256 = (SELECT d.digest FROM (SELECT sha256 AS digest"
      " FROM dead_letter WHERE message_id = 'b') AS d) WHERE message_id = 'a'");
  const auto letters = all();
  const auto raw = letters_.raw(letters.at(0));
  ASSERT_FALSE(raw);
  EXPECT_EQ(raw.error().action, Action::stop);
  EXPECT_EQ(must(letters_.raw(letters.at(1))), "def");
}

TEST_F(DeadLetters, AnIdThatReadsLikeAPartHidesNothing) {
  const std::vector<std::string> ids = {"x (part 1 of 2)", "x (part 2 of 2)",  "x (part 0 of 2)",
                                        "x (part 2 of 1)", "x (part 01 of 2)", "(part 1 of 1)"};
  std::vector<db::DeadLetterRecord> sent;
  for (const std::string& id : ids) sent.push_back({id, "garbage", "bytes of " + id});
  must(commit({}, sent));
  const auto letters = all();
  ASSERT_EQ(letters.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(letters[i].message_id, ids[i]);
    EXPECT_EQ(must(letters_.raw(letters[i])), "bytes of " + ids[i]);
  }
}

TEST_F(DeadLetters, MoreThanAWindowOfThem) {
  std::vector<db::DeadLetterRecord> many;
  for (int i = 0; i < 1'100; ++i) many.push_back({"id " + std::to_string(i), "garbage", "x"});
  must(commit({}, many));
  const auto letters = all();
  ASSERT_EQ(letters.size(), 1'100U);
  EXPECT_EQ(letters.back().message_id, "id 1099");
  int seen = 0;
  must(letters_.each([&](const db::DeadLetter&) -> Result<bool> { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace mgc::test
