// What auditors ask for, in hot and in sealed segments: the same answers on every engine.
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "db/schema_version.hpp"
#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

db::EventQuery by_content(std::string_view text) {
  db::EventQuery query;
  query.content = parse_text_query(text).value();
  return query;
}

class Search : public SegmentsTest {
 protected:
  /// Stores `events`, and checks before and after their segment is sealed.
  void in_each_state(const std::vector<schema::Event>& events,
                     const std::function<void(const std::string& state)>& check) {
    tend();
    must(commit(packs_of(make_pack("n", 1, 1, events))));
    check("hot");
    must(commit(packs_of(make_pack("n", 1, events.size() + 1, 1))));
    check("full");
    tend();
    ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
    check("sealed");
  }
};

constexpr std::size_t kFiller = 6'000;  // more than a search reads before it asks an index

struct TextCase {
  std::string query;
  Ids texts;  ///< that it finds, by their place
};

const std::string kRunOf70 = std::string(64, 'q') + "tail70";
const std::string kRunOf300(300, 'q');  // longer than an index takes

std::vector<std::string> texts() {
  std::string long_text;
  for (int i = 0; i < 1000; ++i) long_text += "y ";
  return {"Kernel panic in foo_bar",                       // 0
          "re-run the kernel-image build",                 // 1
          "don't PANIC",                                   // 2
          "na\u00EFve kernels of http://a.example/x?y=1",  // 3
          "R\u00C9SUM\u00C9 received",                     // 4
          "日本語のテキスト",                              // 5
          "Привет, мир",                                   // 6
          "panic kernel",                                  // 7
          "",                                              // 8
          std::string("nul\0zebra", 9),                    // 9
          long_text + kRunOf300 + " zebra",                // 10
          kRunOf300,                                       // 11
          "of " + kRunOf70,                                // 12
          "the OR of it, and AND",                         // 13
          "a a b"};                                        // 14
}

std::vector<TextCase> text_cases() {
  return {{"kernel panic", {0, 7}},
          {R"("kernel panic")", {0}},
          {R"("panic kernel")", {7}},
          {"kern*", {0, 1, 3, 7}},
          {"KERN* -panic", {1, 3}},
          {R"("foo ba*")", {0}},
          {"foo_bar", {0}},
          {"don't", {2}},
          {R"("t don")", {}},
          {"kernel OR r\u00E9sum\u00E9", {0, 1, 4, 7}},
          {"r\u00E9s*", {4}},
          {"res*", {}},
          {"na\u00EF*", {3}},
          {"na*", {3}},
          {"日本*", {5}},
          {"прив* OR zebra", {6, 9, 10}},
          {"(kernel OR kernels) (panic OR na\u00EFve)", {0, 3, 7}},
          {"(kernel -panic) OR (zebra -y)", {1, 9}},
          {"kernel -(panic OR image)", {}},
          {"y*", {3, 10}},
          {"zebra y", {10}},
          {"q*", {10, 11, 12}},
          {kRunOf300, {10, 11}},
          {kRunOf70, {12}},
          {std::string(64, 'q') + "*", {10, 11, 12}},
          {std::string(64, 'q') + "t*", {12}},
          {std::string(65, 'q') + "*", {10, 11}},
          {std::string(65, 'q'), {}},
          {R"("or" it)", {13}},
          {R"("a a b")", {14}},
          {"nosuchword*", {}},
          {"--zebra", {9, 10}}};
}

TEST_F(Search, WordsPhrasesPrefixesAndExclusionsAreFoundAlike) {
  std::vector<schema::Event> events(kFiller, chat_event("filler"));
  for (const std::string& text : texts()) events.push_back(chat_event(text));
  in_each_state(events, [&](const std::string& state) {
    for (const TextCase& one : text_cases()) {
      Ids expected;
      for (const std::uint64_t text : one.texts) expected.push_back(kFiller + text);
      EXPECT_EQ(search(by_content(one.query)), expected) << state << ": " << one.query;
    }
  });
}

TEST_F(Search, OnlyExclusionsFindAllTheRest) {
  std::vector<schema::Event> events;
  for (int i = 0; i < 12; ++i) events.push_back(chat_event(i % 4 == 0 ? "odd" : "even"));
  in_each_state(events, [&](const std::string& state) {
    auto query = by_content("-odd");
    query.before_event_id = 12;
    EXPECT_EQ(search(query), (Ids{1, 2, 3, 5, 6, 7, 9, 10, 11})) << state;
  });
}

/// As FULLTEXT of MariaDB and FTS5 of SQLite are beside the events, they still have what a text
/// was.
TEST_F(Search, ASealedSegmentIsNotReadForWordsThatItsIndexDoesNotHave) {
  std::vector<schema::Event> events(kFiller, chat_event("filler"));
  tend();
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  store(events.size() + 1, 1);
  tend();
  ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  run("UPDATE event_1 SET content = 'zebra' WHERE event_id IN (10, 5500)");
  const std::string product = engine_->product();
  const bool is_beside = product == "SQLite" || product == "MariaDB";
  EXPECT_EQ(search(by_content("zebra")), is_beside ? Ids{10} : (Ids{10, 5500}))
      << "the first ones are read, the others looked up";
  EXPECT_EQ(search(by_content("zeb* OR nosuchword")), is_beside ? Ids{10} : (Ids{10, 5500}));
}

TEST_F(Search, WhatWasSealedBeforeAnUpgradeIsSealedAnew) {
  tend();
  must(commit(packs_of(make_pack("n", 1, 1, 20), make_pack("n", 1, 21, {chat_event("zebra")}))));
  store(22, 1);
  tend();
  ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  const auto session = db::open_session(dsn_, db::OpenMode::read_write).value();
  for (const db::Migration& migration : db::known_migrations(*session, db::Schema::mgccomp)) {
    if (!std::string_view(migration.name).ends_with("search")) continue;
    must(session->begin_exclusive(db::Schema::mgccomp));
    db::Transaction transaction(*session);
    must(session->run_script(migration.text));
    must(transaction.commit());
  }
  if (engine_->product() != "SQL Server") {
    EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "full");
  }
  EXPECT_EQ(search(by_content("zeb*")), Ids{20});
  reopen({.events = 5});
  tend();
  EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  EXPECT_EQ(search(by_content("zeb*")), Ids{20});
}

schema::Event upload(const std::string& name, char digest) {
  auto event = chat_event("");
  event.kind = schema::EventKind::file_upload;
  event.file = schema::File{name, Bytes(32, digest), 5, ""};
  return event;
}

TEST_F(Search, FindsFilesByHashAndByPartsOfTheirName) {
  std::vector<schema::Event> events(7, chat_event("filler"));
  events.push_back(upload("Plan 9%.PDF", 'a'));
  events.push_back(upload("R\u00C9SUM\u00C9.doc", 'b'));
  events.push_back(upload("plan 10.pdf", 'a'));
  in_each_state(events, [&](const std::string& state) {
    db::EventQuery query;
    query.file_sha256 = Bytes(32, 'a');
    EXPECT_EQ(search(query), (Ids{7, 9})) << state;
    query.file_sha256 = Bytes(32, 'c');
    EXPECT_EQ(search(query), Ids{}) << state;
    query = {};
    query.file_name = "PLAN";
    EXPECT_EQ(search(query), (Ids{7, 9})) << state;
    query.file_name = "9%.p";
    EXPECT_EQ(search(query), Ids{7}) << state;
    query.file_name = "r\u00E9sum\u00E9";
    EXPECT_EQ(search(query), Ids{}) << state << ": case is no difference for ASCII only";
    query.file_name = "R\u00C9SUM\u00C9.DOC";
    EXPECT_EQ(search(query), Ids{8}) << state;
  });
}

TEST_F(Search, PartsOfAContentAreFoundAlikeOnEveryEngine) {
  const std::vector<schema::Event> events = {chat_event("R\u00C9SUM\u00C9"), chat_event("\u212A9"),
                                             chat_event("k9"), chat_event("K9"), chat_event("x")};
  in_each_state(events, [&](const std::string& state) {
    db::EventQuery query;
    query.text = "r\u00E9sum\u00E9";
    EXPECT_EQ(search(query), Ids{}) << state;
    query.text = "r\u00C9sum";
    EXPECT_EQ(search(query), Ids{0}) << state;
    query.text = "k9";
    EXPECT_EQ(search(query), (Ids{2, 3})) << state << ": a Kelvin sign is no k";
    query.limit = 1;
    EXPECT_EQ(search(query), Ids{2}) << state;
  });
}

TEST_F(Search, FindsByNodeAndBySeveralKinds) {
  auto join = chat_event("");
  join.kind = schema::EventKind::join;
  tend();
  must(commit(packs_of(make_pack("n", 1, 1, {chat_event("a"), join, upload("f", 'a')}),
                       make_pack("m", 1, 1, {chat_event("b"), join, upload("g", 'a')}))));
  const auto check = [&] {
    db::EventQuery query;
    query.node = "m";
    query.before_event_id = 6;
    EXPECT_EQ(search(query), (Ids{3, 4, 5}));
    query.kinds = {schema::EventKind::join, schema::EventKind::file_upload};
    EXPECT_EQ(search(query), (Ids{4, 5}));
    query.node.reset();
    EXPECT_EQ(search(query), (Ids{1, 2, 4, 5}));
    query.node = "no such node";
    EXPECT_EQ(search(query), Ids{});
  };
  check();
  store(4, 1);
  tend();
  ASSERT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  check();
}

schema::Event said_by(const schema::Person& person) {
  auto event = chat_event("post");
  event.actor = person;
  return event;
}

TEST_F(Search, APersonIsFoundByAnyNameOrAddressThatWasHersOnce) {
  const std::vector<schema::Event> events = {
      said_by({"sip:anna@a", "Anna Maier", "anna@a", false}),  // 0
      said_by({"sip:anna@a", "Anna Huber", "anna@a", false}),  // 1: she married
      said_by({"sip:anna@a", "", "", false}),                  // 2
      said_by({"sip:anna@b", "Anna Maier", "", false}),        // 3: another Anna Maier
      said_by({"sip:old@a", "A. M.", "anna@a", false}),        // 4: her address before
      said_by({"anna@a", "quiz bot", "", true}),               // 5: its uri is her e-mail
      said_by({"sip:bob@a", "Bob", "bob@a", false})};          // 6
  in_each_state(events, [&](const std::string& state) {
    const auto said = [&](const char* person) {
      db::EventQuery query;
      query.person = person;
      query.before_event_id = 7;
      return search(query);
    };
    EXPECT_EQ(said("sip:anna@a"), (Ids{0, 1, 2})) << state;
    EXPECT_EQ(said("Anna Huber"), (Ids{0, 1, 2})) << state << ": under all her names";
    EXPECT_EQ(said("Anna Maier"), (Ids{0, 1, 2, 3})) << state << ": a name is not one person's";
    EXPECT_EQ(said("anna@a"), (Ids{0, 1, 2, 4, 5})) << state << ": all uris with that address";
    EXPECT_EQ(said("A. M."), Ids{4}) << state;
    EXPECT_EQ(said("anna"), Ids{}) << state;
    EXPECT_EQ(said("' OR 1=1 --"), Ids{}) << state;
  });
}

TEST_F(Search, APageOfSeveralLanesIsFollowedByTheNextOne) {
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  store(1, 4);
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, 4))));
  auto query = by_content("post");
  query.limit = 3;
  Ids all;
  while (all.size() < 8) {
    const auto page = must(reader()->search(query));
    ASSERT_GE(page.size(), 3U);
    for (const auto& hit : page) all.push_back(hit.event_id);
    query.after_event_id = page.back().event_id;
    store(all.size() * 10, 1);  // paging goes on while events are added
  }
  all.resize(8);
  EXPECT_EQ(all, (Ids{0, 0, 1, 1, 2, 2, 3, 3}));
}

TEST_F(Search, ABatchIsCommittedInTheMiddleOfASearch) {
  tend();
  store(1, 20);
  const auto before = reader();
  Ids seen;
  const auto searched = before->each_hit("compliance", by_content("post"), [&](const auto& hit) {
    if (seen.size() == 3) store(21, 20);
    seen.push_back(hit.event_id);
    return true;
  });
  EXPECT_TRUE(searched) << searched.error().message;
  EXPECT_EQ(seen.size(), 20U) << "what came meanwhile is for another search";
  EXPECT_EQ(search(by_content("post")).size(), 40U);
}

TEST_F(Search, ASearchDoesNotWaitForABatchThatIsNotCommitted) {
  store(1, 20);
  const auto held = engine_->hold_write_lock();
  EXPECT_EQ(search(by_content("po* -other")).size(), 20U);
}

TEST_F(Search, BatchesAtFullRateAndSearchesGoOnTogether) {
  constexpr std::uint64_t kBatches = 60;
  constexpr std::uint64_t kEvents = 50;
  reopen({.events = 500});
  tend();
  std::atomic<std::uint64_t> stored = 0;
  std::thread writer([&] {
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
      const auto committed = commit(packs_of(make_pack("n", 1, batch * kEvents + 1, kEvents)));
      EXPECT_TRUE(committed) << committed.error().message;
      // Sealing gives way to searches that look at the segments.
      static_cast<void>(store_->tend_segments([](std::uint64_t) { return true; }));
      ++stored;
    }
  });
  std::size_t last = 0;
  int searches = 0;
  while (stored < kBatches) {
    auto query = by_content("post -filler");
    query.limit = 100'000;
    const std::uint64_t known = stored;
    const Ids ids = search_once(query);
    EXPECT_GE(ids.size(), known * kEvents);
    EXPECT_GE(ids.size(), last);
    for (std::uint64_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i) << "none is left out";
    last = ids.size();
    ++searches;
  }
  writer.join();
  EXPECT_GT(searches, 1);
  auto query = by_content("post");
  query.limit = 100'000;
  EXPECT_EQ(search(query).size(), kBatches * kEvents);
}

}  // namespace
}  // namespace mgc::test
