// Names that are found and added before the batch that needs them, in a session of their own.
#include "consumer/name_finder.hpp"

#include "db/names_ahead.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

constexpr std::uint64_t kSource = 7;

class NamesAheadTest : public StoreTest {
 protected:
  ServerEngine& server() { return dynamic_cast<ServerEngine&>(*engine_); }

  /// A pack of three events by two people in one room.
  static db::PackRecord pack(std::uint64_t first_sequence = 1) {
    auto events = posts(first_sequence, 3);
    for (schema::Event& event : events) {
      event.room = schema::Room{"ma-chan://ahead", "#ahead"};
      event.actor = schema::Person{"sip:first@x", "first", "", false};
    }
    events[2].actor = schema::Person{"sip:second@x", "second", "", false};
    return make_pack("chat-1", 1, first_sequence, events);
  }
  static consumer::DecodedRecord record(db::PackRecord pack) {
    consumer::DecodedRecord record;
    record.pack = std::move(pack);
    return record;
  }
  Result<db::CommitCounts> commit_as(std::uint64_t source, const db::PackRecord& pack) {
    const db::PackRecord* const packs[] = {&pack};
    return store_->commit({clock_.utc_now(), packs, {}, source});
  }
  std::vector<std::string> actors() {
    std::vector<std::string> names;
    for (const auto& event : must(reader()->search({})))
      names.push_back(event.actor_name.value_or("nobody"));
    return names;
  }
  std::string people() { return ask("SELECT count(*) FROM person"); }

  const std::vector<std::string> kActors = {"first", "first", "second"};
};

TEST_F(NamesAheadTest, TheyAreStoredBeforeTheBatchAndUsedByIt) {
  auto names = must(db::NamesAhead::open(dsn_));
  db::PackRecord first = pack();
  db::PackRecord* const packs[] = {&first};
  must(names->find(packs));
  EXPECT_EQ(people(), "2");
  ASSERT_EQ(first.names.ids.size(), 3U);
  EXPECT_EQ(first.names.ids[0].actor_id, first.names.ids[1].actor_id);
  EXPECT_NE(first.names.ids[0].actor_id, first.names.ids[2].actor_id);

  first.names.source = kSource;
  // The names that the writer would find by himself are others now.
  run("UPDATE person SET uri = 'sip:moved@x'");
  must(commit_as(kSource, first));
  EXPECT_EQ(people(), "2");
  EXPECT_EQ(actors(), kActors);
}

TEST_F(NamesAheadTest, ThoseOfAnotherSessionAreNotUsed) {
  db::PackRecord first = pack();
  first.names = {kSource, {{91, 92, 93}, {91, 92, 93}, {91, 92, 93}}};
  must(commit_as(kSource + 1, first));
  EXPECT_EQ(actors(), kActors);
}

TEST_F(NamesAheadTest, WhatWasStoredBeforeIsFoundAndNotAddedAgain) {
  must(commit_as(0, pack()));
  auto names = must(db::NamesAhead::open(dsn_));
  db::PackRecord next = pack(4);
  db::PackRecord* const packs[] = {&next};
  must(names->find(packs));
  next.names.source = kSource;
  must(commit_as(kSource, next));
  EXPECT_EQ(people(), "2");
  EXPECT_EQ(ask("SELECT count(*) FROM room"), "1");
}

TEST_F(NamesAheadTest, ATransactionThatFailsLeavesNoIds) {
  auto names = must(db::NamesAhead::open(dsn_));
  db::PackRecord first = pack();
  db::PackRecord* const packs[] = {&first};
  arm("names.before_commit=error@1");
  EXPECT_FALSE(names->find(packs));
  disarm();
  EXPECT_TRUE(first.names.ids.empty());
  EXPECT_EQ(people(), "0");
  must(names->find(packs));
  EXPECT_EQ(people(), "2");
}

TEST_F(NamesAheadTest, ADictionaryThatCannotHoldAllLooksBeforeItAdds) {
  must(commit_as(0, pack()));
  auto session = must(db::open_session(dsn_, db::OpenMode::ahead));
  db::Dictionary small(*session, 20);
  must(small.load());
  const schema::PersonView first{"sip:first@x", "first", "", false};
  must(small.learn(std::span<const schema::PersonView>(&first, 1)));
  EXPECT_EQ(people(), "2");
}

TEST_F(NamesAheadTest, TheFinderFindsForTheSessionThatTheWriterHas) {
  std::uint64_t session = 1;
  consumer::NameFinder finder(
      dsn_, [&] { return session; }, clock_);
  consumer::DecodedRecord records[] = {record(pack()), {}, record(pack(4))};
  finder.find(records);
  EXPECT_EQ(records[0].pack->names.source, 1U);
  EXPECT_EQ(records[2].pack->names.source, 1U);

  // An older copy of the database: what was found in the one before is not there any more.
  session = 2;
  run("DELETE FROM person");
  consumer::DecodedRecord after[] = {record(pack(7))};
  finder.find(after);
  EXPECT_EQ(after[0].pack->names.source, 2U);
  EXPECT_EQ(people(), "2");
}

TEST_F(NamesAheadTest, TheFinderLeavesNamesToTheWriterWhileItsSessionIsLost) {
  consumer::NameFinder finder(
      dsn_, [] { return 1; }, clock_);
  consumer::DecodedRecord before[] = {record(pack())};
  finder.find(before);
  server().cut_sessions();

  auto events = posts(4, 1);
  events[0].actor = schema::Person{"sip:third@x", "third", "", false};
  consumer::DecodedRecord lost[] = {record(make_pack("chat-1", 1, 4, events))};
  finder.find(lost);
  EXPECT_EQ(lost[0].pack->names.source, 0U);
  EXPECT_TRUE(lost[0].pack->names.ids.empty());
  clock_.advance(std::chrono::seconds{1});
  finder.find(lost);
  EXPECT_EQ(lost[0].pack->names.source, 1U);
  EXPECT_EQ(people(), "3");
}

TEST_F(NamesAheadTest, OnlyAServerThatTakesEqualNamesHasThem) {
  EXPECT_TRUE(db::NamesAhead::is_possible(dsn_));
  EXPECT_FALSE(db::NamesAhead::is_possible("sqlite3://db=mgccomp.db"));
  EXPECT_FALSE(db::NamesAhead::is_possible("mysql://host=db dbname=mgccomp"));
}

}  // namespace
}  // namespace mgc::test
