#include "audit/reconcile.hpp"

#include <algorithm>
#include <limits>

#include "db/chat_database.hpp"
#include "db/chat_history.hpp"
#include "db/session.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using schema::EventKind;
using Found = std::vector<std::string>;

constexpr const char* kUbuntu = "ma-chan://example.org/ubuntu";
constexpr const char* kKernel = "ma-chan://example.org/kernel";

/// mgc and mgccomp side by side, both on the engine of the program.
class Reconcile : public StoreTest {
 protected:
  Reconcile() {
    must(db::init_database(mgc_dsn_, db::Schema::mgc, clock_));
    chat_ = must(db::ChatDatabase::open(mgc_dsn_));
    mgc_ = must(db::open_session(mgc_dsn_, db::OpenMode::read_write));
  }

  /// A post in mgc, numbered there; record() it to have it in mgccomp.
  schema::Event post(const std::string& text, const std::string& room = kUbuntu) {
    auto event = chat_event(text);
    event.room = schema::Room{room, "#" + room};
    event.occurred_at = utc_from_micros(1'000'000 * ++posts_);
    const std::vector<db::HistoryEntry> entries = {{&event, "n/f/" + std::to_string(posts_)}};
    event.chat_id = must(chat_->record(entries)).at(0);
    return event;
  }
  std::vector<schema::Event> post_all(const std::vector<std::string>& texts) {
    std::vector<schema::Event> events;
    for (const std::string& text : texts) events.push_back(post(text));
    return events;
  }
  void record(const std::vector<schema::Event>& events) {
    must(commit(packs_of(make_pack("n", 1, sequence_, events))));
    sequence_ += events.size();
  }
  /// An event about `said`.
  static schema::Event about(const schema::Event& said, EventKind kind, const std::string& text) {
    schema::Event event = said;
    event.kind = kind;
    event.content = text;
    event.occurred_at = said.occurred_at + std::chrono::hours{1};
    return event;
  }
  /// Changes one row of mgc around the project.
  void change(const std::string& sql, std::initializer_list<db::Value> values = {}) {
    must(mgc_->begin());
    db::Transaction transaction(*mgc_);
    ASSERT_EQ(must(mgc_->execute(sql, values)), 1) << sql;
    must(transaction.commit());
  }

  audit::Reconciliation reconcile(std::size_t findings_max = 100) {
    return must(audit::reconcile(mgc_dsn_, dsn_, findings_max, {}));
  }
  /// "kind chat_id what" of each finding.
  static Found found(const audit::Reconciliation& sum) {
    Found all;
    for (const audit::Disagreement& one : sum.findings) {
      all.push_back(std::string(to_string(one.kind)) + " " + std::to_string(one.chat_id) + " " +
                    one.what);
    }
    return all;
  }
  static void expect_whole(const audit::Reconciliation& sum) {
    EXPECT_EQ(sum.ok(), sum.findings.empty());
    EXPECT_EQ(sum.missing + sum.extra + sum.different, sum.findings.size());
  }

  const std::string mgc_dsn_ = engine_->second_dsn();
  std::unique_ptr<db::ChatDatabase> chat_;
  std::unique_ptr<db::Session> mgc_;
  std::uint64_t sequence_ = 1;
  std::int64_t posts_ = 0;
};

TEST_F(Reconcile, TwoEmptyDatabasesAgree) {
  const auto sum = reconcile();
  EXPECT_TRUE(sum.ok());
  EXPECT_EQ(sum.messages + sum.events, 0U);
}

TEST_F(Reconcile, EqualMessagesAreCountedOnBothSides) {
  auto events = post_all({"plain", std::string("a\0b", 3), "\xF0\x9F\x90\x91 \xEF\xBF\xBD", ""});
  events.push_back(post("elsewhere", kKernel));
  auto looked = chat_event("who looked");
  looked.kind = EventKind::backchat;
  looked.chat_id = 0;
  events.push_back(looked);
  auto join = chat_event("");
  join.kind = EventKind::join;
  join.chat_id = 0;
  events.push_back(join);
  record(events);
  const auto sum = reconcile();
  EXPECT_TRUE(sum.ok()) << testing::PrintToString(found(sum));
  EXPECT_EQ(sum.messages, 5U);
  EXPECT_EQ(sum.events, 5U);
  EXPECT_EQ(sum.equal, 5U);
  EXPECT_EQ(sum.unnumbered, 1U);
  EXPECT_EQ(sum.open_gaps, 0U);
}

TEST_F(Reconcile, WhatWasImportedIsOfAnotherServer) {
  record(post_all({"a"}));
  auto imported = chat_event("said elsewhere, under a number that is here too");
  must(commit(packs_of(make_pack("mgc-import.lync-xml", 7, 1, {imported}))));
  const auto sum = reconcile();
  EXPECT_TRUE(sum.ok()) << testing::PrintToString(found(sum));
  EXPECT_EQ(sum.events, 1U);
}

TEST_F(Reconcile, AMessageThatWasNeverRecordedIsMissing) {
  auto events = post_all({"a", "b", "c", "d"});
  post("in a room of which nothing was recorded", kKernel);
  events.erase(events.begin() + 1);
  events.pop_back();
  record(events);
  const auto sum = reconcile();
  EXPECT_EQ(found(sum),
            (Found{"missing 2 not recorded", "missing 4 not recorded", "missing 1 not recorded"}));
  EXPECT_EQ(sum.findings[0].room, kUbuntu);
  EXPECT_EQ(sum.findings[0].author, "sip:anna@example.org");
  EXPECT_EQ(to_micros(sum.findings[0].occurred_at), 2'000'000);
  EXPECT_EQ(sum.findings[2].room, kKernel);
  EXPECT_EQ(sum.messages, 5U);
  EXPECT_EQ(sum.equal, 2U);
  expect_whole(sum);
}

TEST_F(Reconcile, WhatMgcDoesNotHaveIsExtra) {
  auto events = post_all({"a", "b", "c"});
  events.push_back(chat_event("in a room that mgc never had"));
  events.back().room->uri = kKernel;
  events.back().chat_id = 7;
  events.push_back(events[2]);
  events.push_back(chat_event("in no room at all"));
  events.back().room.reset();
  record(events);
  change("DELETE FROM mgc_chat WHERE chat_id = 2");
  const auto sum = reconcile();
  Found all = found(sum);
  std::ranges::sort(all);
  EXPECT_EQ(all, (Found{"extra 1 mgc has no such room", "extra 2 mgc has no such message",
                        "extra 3 recorded again: another event is this message already",
                        "extra 7 mgc has no such room"}));
  EXPECT_EQ(sum.messages, 2U);
  EXPECT_EQ(sum.events, 6U);
  EXPECT_EQ(sum.equal, 2U);
  for (const auto& finding : sum.findings) {
    EXPECT_EQ(finding.event == "n/1/2", finding.chat_id == 2) << finding.event;
  }
  expect_whole(sum);
}

TEST_F(Reconcile, AnEmptyMgcMakesAllExtra) {
  record(posts(1, 3));
  const auto sum = reconcile();
  EXPECT_EQ(sum.extra, 3U);
  EXPECT_EQ(sum.messages, 0U);
  expect_whole(sum);
}

TEST_F(Reconcile, SaysWhatIsDifferent) {
  auto events = post_all({"a", "b", "c", "d", "e"});
  auto other = chat_event("x");
  other.actor->uri = "sip:Anna@example.org";
  const std::vector<db::HistoryEntry> entries = {{&other, "n/g/1"}};
  EXPECT_EQ(must(chat_->record(entries)).at(0), 6);
  record(events);
  change("DELETE FROM mgc_chat WHERE chat_id = 6");
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 1", {std::string_view("A")});
  change("UPDATE mgc_chat SET occurred_at = occurred_at + 1 WHERE chat_id = 2");
  change(
      "UPDATE mgc_chat SET person_id = (SELECT person_id FROM mgc_person WHERE uri = ?1)"
      " WHERE chat_id = 3",
      {std::string_view("sip:Anna@example.org")});
  change("UPDATE mgc_chat SET person_id = NULL WHERE chat_id = 4");
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 5", {std::string_view("e\0", 2)});
  const auto sum = reconcile();
  EXPECT_EQ(found(sum),
            (Found{"different 1 content: \"A\" in mgc, \"a\" recorded",
                   "different 2 time: 1970-01-01T00:00:02.000001Z in mgc, "
                   "1970-01-01T00:00:02.000000Z recorded",
                   "different 3 author: sip:Anna@example.org in mgc, sip:anna@example.org recorded",
                   "different 4 author: nobody in mgc, sip:anna@example.org recorded",
                   std::string("different 5 content: \"e\0\" in mgc, \"e\" recorded", 46)}));
  EXPECT_EQ(sum.messages, 5U);
  EXPECT_EQ(sum.equal, 0U);
  expect_whole(sum);
}

TEST_F(Reconcile, AnEditExplainsTheContentThatItGave) {
  const auto events = post_all({"a", "b", "c", "d"});
  record({about(events[0], EventKind::edit, "A")});  // before its message came
  record(events);
  record({about(events[1], EventKind::edit, "B"), about(events[1], EventKind::edit, "BB"),
          about(events[2], EventKind::edit, "C"), about(events[3], EventKind::edit, "D")});
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 1", {std::string_view("A")});
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 2", {std::string_view("BB")});
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 3", {std::string_view("forged")});
  change("UPDATE mgc_chat SET content = ?1, occurred_at = 5 WHERE chat_id = 4",
         {std::string_view("D")});
  const auto sum = reconcile();
  EXPECT_EQ(found(sum), (Found{"different 3 content: \"forged\" in mgc, \"c\" recorded",
                               "different 4 time: 1970-01-01T00:00:00.000005Z in mgc, "
                               "1970-01-01T00:00:04.000000Z recorded"}));
  EXPECT_EQ(sum.edited, 2U);
  EXPECT_EQ(sum.messages, 4U);
  expect_whole(sum);
}

TEST_F(Reconcile, ADeleteExplainsWhatIsGoneOrReplaced) {
  const auto events = post_all({"a", "b", "c", "d"});
  const auto elsewhere = post("other room, same number", kKernel);
  record(events);
  record({elsewhere});
  record({about(events[0], EventKind::deletion, "removed by an administrator"),
          about(events[1], EventKind::deletion, "removed by an administrator")});
  change("DELETE FROM mgc_chat WHERE chat_id = 2");
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 1 AND content = ?2",
         {std::string_view("removed by an administrator"), std::string_view("a")});
  change("UPDATE mgc_chat SET content = ?1 WHERE chat_id = 3",
         {std::string_view("removed by an administrator")});
  change("DELETE FROM mgc_chat WHERE content = ?1", {elsewhere.content});
  const auto sum = reconcile();
  Found all = found(sum);
  std::ranges::sort(all);
  EXPECT_EQ(all, (Found{"different 3 content: \"removed by an administrator\" in mgc,"
                        " \"c\" recorded",
                        "extra 1 mgc has no such message"}));
  EXPECT_EQ(sum.deleted, 2U);
  expect_whole(sum);
}

TEST_F(Reconcile, APurgeExplainsWhatIsGoneThroughItsTime) {
  auto events = post_all({"a", "b", "c"});
  events.push_back(post("elsewhere", kKernel));
  record(events);
  auto purge = about(events[0], EventKind::purge, "");
  purge.chat_id = 0;
  purge.purged_through = to_micros(events[1].occurred_at);
  record({post("d"), purge});
  for (const char* text : {"a", "b", "c", "elsewhere"}) {
    change("DELETE FROM mgc_chat WHERE content = ?1", {std::string_view(text)});
  }
  const auto sum = reconcile();
  Found all = found(sum);
  std::ranges::sort(all);
  EXPECT_EQ(all, (Found{"extra 1 mgc has no such message", "extra 3 mgc has no such message"}));
  EXPECT_EQ(sum.purged, 2U);
  EXPECT_EQ(sum.equal, 1U);
  expect_whole(sum);
}

TEST_F(Reconcile, RoomsAreToldApartByEveryByte) {
  const std::vector<std::string> rooms = {"room",  "Room", "ROOM",       "room ",
                                          "room_", "röom", "ro\u0308om", "\xF0\x9F\x90\x91"};
  std::vector<schema::Event> events;
  for (const std::string& room : rooms) {
    for (int i = 0; i < 2; ++i) events.push_back(post("in " + room, room));
  }
  std::ranges::reverse(events);
  record(events);
  EXPECT_EQ(reconcile().equal, events.size());
  change(
      "DELETE FROM mgc_chat WHERE chat_id = 2 AND room_id ="
      " (SELECT room_id FROM mgc_room WHERE uri = ?1)",
      {std::string_view("Room")});
  const auto sum = reconcile();
  EXPECT_EQ(found(sum), Found{"extra 2 mgc has no such message"});
  EXPECT_EQ(sum.findings.at(0).room, "Room");
}

TEST_F(Reconcile, ARoomThatWasRenamedIsOneRoom) {
  auto events = post_all({"a", "b", "c", "d"});
  events[1].room->name = "renamed";
  events[2].room->name = "renamed again";
  record(events);
  const auto sum = reconcile();
  EXPECT_TRUE(sum.ok()) << testing::PrintToString(found(sum));
  EXPECT_EQ(sum.equal, 4U);
}

TEST_F(Reconcile, MoreThanAPageOfMessages) {
  constexpr std::size_t kMessages = 2 * db::ChatHistory::kPageRows + 500;
  std::vector<schema::Event> all = posts(1, kMessages);
  std::vector<db::HistoryEntry> entries;
  for (auto& event : all) entries.push_back({&event, "n/f/" + std::to_string(entries.size())});
  const auto ids = must(chat_->record(entries));
  std::vector<schema::Event> recorded;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].chat_id = ids[i];
    const bool at_edge = ids[i] == 1 || ids[i] == 1'000 || ids[i] == 1'001 ||
                         ids[i] == static_cast<std::int64_t>(kMessages);
    if (!at_edge) recorded.push_back(all[i]);
  }
  record(recorded);
  const auto sum = reconcile();
  EXPECT_EQ(found(sum), (Found{"missing 1 not recorded", "missing 1000 not recorded",
                               "missing 1001 not recorded", "missing 2500 not recorded"}));
  EXPECT_EQ(sum.messages, kMessages);
  EXPECT_EQ(sum.equal, kMessages - 4);
}

TEST_F(Reconcile, LargeMessagesAndNumbersFarApart) {
  std::vector<schema::Event> events;
  const std::string large(900'000, 'x');
  for (int i = 0; i < 6; ++i) events.push_back(post(large + std::to_string(i)));
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  const std::int64_t numbers[] = {1, 2, 5'000'000'000, 5'000'000'001, kLast - 1, kLast};
  for (std::size_t i = 6; i > 0; --i) {
    change("UPDATE mgc_chat SET chat_id = ?1 WHERE chat_id = ?2", {numbers[i - 1], i});
    events[i - 1].chat_id = numbers[i - 1];
  }
  record(std::vector(events.begin(), events.end() - 1));
  const auto sum = reconcile();
  EXPECT_EQ(sum.equal, 5U);
  EXPECT_EQ(found(sum), Found{"missing 9223372036854775807 not recorded"});
}

TEST_F(Reconcile, CountsAreWholeWhateverIsListed) {
  post_all({"a", "b", "c", "d", "e"});
  const auto sum = reconcile(2);
  EXPECT_EQ(sum.missing, 5U);
  EXPECT_EQ(found(sum), (Found{"missing 1 not recorded", "missing 2 not recorded"}));
  EXPECT_TRUE(reconcile(0).findings.empty());
}

TEST_F(Reconcile, WhatIsPostedMeanwhileIsNotMissing) {
  record(post_all({"a", "b"}));
  bool posted = false;
  const auto sum = must(audit::reconcile(mgc_dsn_, dsn_, 100, [&](std::uint64_t, std::uint64_t) {
    if (std::exchange(posted, true)) return;
    post("c");  // on its way to mgccomp
    post("d", kKernel);
  }));
  EXPECT_TRUE(posted);
  EXPECT_TRUE(sum.ok()) << testing::PrintToString(found(sum));
  EXPECT_EQ(sum.messages, 2U);
  EXPECT_EQ(reconcile().missing, 2U);
}

TEST_F(Reconcile, TellsOfOpenGaps) {
  must(commit(packs_of(make_pack("n", 1, 5, 1))));
  EXPECT_EQ(reconcile().open_gaps, 1U);
}

}  // namespace
}  // namespace mgc::test
