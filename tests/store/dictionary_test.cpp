#include "db/dictionary.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class DictionaryTest : public StoreTest {
 protected:
  std::unique_ptr<db::Session> session_ = must(db::open_session(dsn_, db::OpenMode::read_write));
};

TEST_F(DictionaryTest, EqualTuplesHaveOneId) {
  db::Dictionary dictionary(*session_);
  const auto first = must(dictionary.person({"sip:a", "a", "", false}));
  EXPECT_EQ(must(dictionary.person({"sip:a", "a", "", false})), first);
  EXPECT_NE(must(dictionary.person({"sip:a", "a", "", true})), first);
  EXPECT_NE(must(dictionary.person({"sip:", "aa", "", false})), first);
  EXPECT_EQ(dictionary.size(), 3U);
}

TEST_F(DictionaryTest, FindsWhatIsStoredAlready) {
  const auto id = must(db::Dictionary(*session_).room({"ma-chan://x", "#x"}));
  EXPECT_EQ(must(db::Dictionary(*session_).room({"ma-chan://x", "#x"})), id);
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "1");
}

TEST_F(DictionaryTest, ForgetsOnlyWhatWasAddedSinceKeep) {
  db::Dictionary dictionary(*session_);
  const auto kept = must(dictionary.node("kept"));
  dictionary.keep();
  must(session_->begin());
  must(dictionary.node("undone"));
  EXPECT_EQ(dictionary.size(), 2U);
  session_->rollback();
  dictionary.forget();
  EXPECT_EQ(dictionary.size(), 1U);
  EXPECT_EQ(must(dictionary.node("kept")), kept);
  EXPECT_EQ(ask("SELECT count(*) FROM node WHERE name = 'undone'"), "0");
  must(dictionary.node("undone"));
  EXPECT_EQ(ask("SELECT count(*) FROM node WHERE name = 'undone'"), "1");
}

TEST_F(DictionaryTest, StaysWithinItsBytesAndRight) {
  db::Dictionary dictionary(*session_, 200);
  must(session_->begin());
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(must(dictionary.node("n" + std::to_string(i))));
  EXPECT_LE(dictionary.size(), 200U / 7);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(must(dictionary.node("n" + std::to_string(i))), ids[static_cast<std::size_t>(i)]);
  }
  session_->rollback();
  dictionary.forget();
  EXPECT_EQ(dictionary.size(), 0U);
}

TEST_F(DictionaryTest, LearnsManyPeopleAtOnceAndEachOnce) {
  db::Dictionary dictionary(*session_);
  const auto before = must(dictionary.person({"sip:7", "name", "", false}));
  std::vector<std::string> uris;
  for (int i = 0; i < 333; ++i) uris.push_back("sip:" + std::to_string(i % 300));
  std::vector<schema::PersonView> people;
  for (const std::string& uri : uris) people.push_back({uri, "name", "", false});
  people.push_back({"sip:7", "name", "", true});
  people.push_back({"sip:7 ", "Name", "", false});
  must(db::Dictionary(*session_).learn(people));
  EXPECT_EQ(ask("SELECT count(*) FROM person"), "302");
  must(dictionary.learn(people));
  EXPECT_EQ(ask("SELECT count(*) FROM person"), "302") << "they are stored already";
  EXPECT_EQ(dictionary.known({"sip:7", "name", "", false}), before);
  EXPECT_NE(dictionary.known({"sip:7", "name", "", true}), before);
  EXPECT_EQ(
      dictionary.known({"sip:299", "name", "", false}),
      must(session_->query_number("SELECT person_id FROM person WHERE uri = ?1", {"sip:299"})));
  EXPECT_EQ(dictionary.known({"sip:300", "name", "", false}), std::nullopt);
}

TEST_F(DictionaryTest, LearnsManyRoomsAtOnceAndEachOnce) {
  using schema::RoomView;
  db::Dictionary dictionary(*session_);
  const auto before = must(dictionary.room({"ma-chan://7", "name"}));
  std::vector<std::string> uris;
  for (int i = 0; i < 333; ++i) uris.push_back("ma-chan://" + std::to_string(i % 300));
  std::vector<RoomView> rooms;
  for (const std::string& uri : uris) rooms.push_back({uri, "name"});
  rooms.push_back({"ma-chan://7", "renamed"});
  must(db::Dictionary(*session_).learn(rooms));
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "301");
  must(dictionary.learn(rooms));
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "301") << "they are stored already";
  EXPECT_EQ(dictionary.known(RoomView{"ma-chan://7", "name"}), before);
  EXPECT_EQ(dictionary.known(RoomView{"ma-chan://7", "renamed"}),
            must(session_->query_number("SELECT room_id FROM room WHERE name = ?1", {"renamed"})));
  EXPECT_EQ(dictionary.known(RoomView{"ma-chan://300", "name"}), std::nullopt);
}

}  // namespace
}  // namespace mgc::test
