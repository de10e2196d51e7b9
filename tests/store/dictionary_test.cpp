#include "db/dictionary.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using schema::PersonView;
using schema::RoomView;

class DictionaryTest : public StoreTest {
 protected:
  template <typename View>
  static std::int64_t learn(db::Dictionary& dictionary, const View& view) {
    return must(dictionary.learn(std::span<const View>(&view, 1))).at(0);
  }
  /// 0 = not known.
  template <typename View>
  static std::int64_t known(const db::Dictionary& dictionary, const View& view) {
    const db::Name name = db::name_of(view);
    std::int64_t id = -1;
    dictionary.known({&name, 1}, {&id, 1});
    return id;
  }

  std::unique_ptr<db::Session> session_ = must(db::open_session(dsn_, db::OpenMode::read_write));
};

TEST_F(DictionaryTest, EqualTuplesHaveOneId) {
  db::Dictionary dictionary(*session_);
  const auto first = learn(dictionary, PersonView{"sip:a", "a", "", false});
  EXPECT_EQ(learn(dictionary, PersonView{"sip:a", "a", "", false}), first);
  EXPECT_NE(learn(dictionary, PersonView{"sip:a", "a", "", true}), first);
  EXPECT_NE(learn(dictionary, PersonView{"sip:", "aa", "", false}), first);
  EXPECT_EQ(dictionary.size(), 3U);
}

TEST_F(DictionaryTest, FindsWhatIsStoredAlready) {
  db::Dictionary first(*session_);
  db::Dictionary second(*session_);
  const RoomView room{"ma-chan://x", "#x"};
  const std::int64_t id = learn(first, room);
  EXPECT_EQ(known(second, room), 0);
  EXPECT_EQ(learn(second, room), id);
  EXPECT_EQ(known(second, room), id);
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
  const std::int64_t before = learn(dictionary, PersonView{"sip:7", "name", "", false});
  std::vector<std::string> uris;
  for (int i = 0; i < 333; ++i) uris.push_back("sip:" + std::to_string(i % 300));
  std::vector<PersonView> people;
  for (const std::string& uri : uris) people.push_back({uri, "name", "", false});
  people.push_back({"sip:7", "name", "", true});
  people.push_back({"sip:7 ", "Name", "", false});
  const auto ids = must(db::Dictionary(*session_).learn(people));
  EXPECT_EQ(ask("SELECT count(*) FROM person"), "302");
  EXPECT_EQ(must(dictionary.learn(people)), ids);
  EXPECT_EQ(ask("SELECT count(*) FROM person"), "302") << "they are stored already";
  ASSERT_EQ(ids.size(), people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto stored = must(session_->query_number(
        "SELECT person_id FROM person WHERE uri = ?1 AND name = ?2 AND \"external\" = ?3",
        {people[i].uri, people[i].name, people[i].external}));
    EXPECT_EQ(stored, ids[i]) << people[i].uri;
    EXPECT_EQ(known(dictionary, people[i]), ids[i]) << people[i].uri;
  }
  EXPECT_EQ(ids[7], before);
  EXPECT_EQ(known(dictionary, PersonView{"sip:300", "name", "", false}), 0);
}

TEST_F(DictionaryTest, LearnsManyRoomsAtOnceAndEachOnce) {
  db::Dictionary dictionary(*session_);
  const std::int64_t before = learn(dictionary, RoomView{"ma-chan://7", "name"});
  std::vector<std::string> uris;
  for (int i = 0; i < 333; ++i) uris.push_back("ma-chan://" + std::to_string(i % 300));
  std::vector<RoomView> rooms;
  for (const std::string& uri : uris) rooms.push_back({uri, "name"});
  rooms.push_back({"ma-chan://7", "renamed"});
  const auto ids = must(db::Dictionary(*session_).learn(rooms));
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "301");
  EXPECT_EQ(must(dictionary.learn(rooms)), ids);
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "301") << "they are stored already";
  ASSERT_EQ(ids.size(), rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    const auto stored = must(session_->query_number(
        "SELECT room_id FROM room WHERE uri = ?1 AND name = ?2", {rooms[i].uri, rooms[i].name}));
    EXPECT_EQ(stored, ids[i]) << rooms[i].uri;
    EXPECT_EQ(known(dictionary, rooms[i]), ids[i]) << rooms[i].uri;
  }
  EXPECT_EQ(ids[7], before);
  EXPECT_EQ(known(dictionary, RoomView{"ma-chan://300", "name"}), 0);
}

TEST_F(DictionaryTest, AddsNamesInOneOrderHoweverTheyCome) {
  db::Dictionary dictionary(*session_);
  const RoomView rooms[] = {{"ma-chan://c", "x"}, {"ma-chan://a", "y"}, {"ma-chan://b", "z"}};
  const auto ids = must(dictionary.learn(rooms));
  EXPECT_LT(ids.at(1), ids.at(2)) << "two lanes that add the same names would block each other";
  EXPECT_LT(ids.at(2), ids.at(0));
}

TEST_F(DictionaryTest, NamesAreStoredAsTheyAre) {
  using namespace std::string_view_literals;
  db::Dictionary dictionary(*session_);
  const PersonView people[] = {{"sip:nul\0@x"sv, "a\0b"sv, "\xEE\x80\x80"sv, true},
                               {"sip:\xC3\xA9@x"sv, "\xF0\x9F\x98\x80"sv, ""sv, false}};
  const auto ids = must(dictionary.learn(people));
  EXPECT_EQ(must(db::Dictionary(*session_).learn(people)), ids) << "found again";
  std::string stored;
  must(session_->query("SELECT uri, name, email FROM person WHERE person_id = ?1", {ids.at(0)},
                       [&](const db::Row& row) {
                         stored = row.text(0) + "|" + row.text(1) + "|" + row.text(2);
                         return false;
                       }));
  EXPECT_EQ(stored, "sip:nul\0@x|a\0b|\xEE\x80\x80"sv);
}

}  // namespace
}  // namespace mgc::test
