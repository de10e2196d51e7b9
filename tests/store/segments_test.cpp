// Segments begin, are sealed, and give the same answers before and after.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "audit/verify.hpp"
#include "core/utf8.hpp"
#include "core/words.hpp"
#include "db/segment_upkeep.hpp"
#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

using Words = std::vector<std::string>;

class Segments : public SegmentsTest {
 protected:
  /// Number, state and first and last event of each segment.
  std::vector<std::string> segments() {
    return run(
        "SELECT segment, state, first_event_id, last_event_id FROM segment ORDER BY segment");
  }
  void expect_whole(std::uint64_t events) {
    const auto counts = this->counts();
    EXPECT_EQ(counts.events, events);
    EXPECT_EQ(counts.duplicates, 0U);
    EXPECT_EQ(ask("SELECT count(*) FROM compliance_event"), std::to_string(events));
    const auto report = must(audit::verify_store(*reader(), {}));
    EXPECT_EQ(report.events, events);
    for (const auto& finding : report.findings) {
      ADD_FAILURE() << finding.where << ": " << finding.what;
    }
  }
};

using Strings = std::vector<std::string>;

TEST_F(Segments, ABatchBeginsTheNextOneWhenItsOwnIsFull) {
  EXPECT_EQ(tend(), 1) << "the next one is made ahead";
  EXPECT_EQ(segments(), (Strings{"1", "hot", "0", "NULL", "2", "next", "0", "NULL"}));
  store(1, 3);
  store(4, 3);
  EXPECT_EQ(segments(), (Strings{"1", "hot", "0", "5", "2", "next", "0", "NULL"}));
  store(7, 2);
  EXPECT_EQ(segments(), (Strings{"1", "full", "0", "5", "2", "hot", "6", "7"}));
  EXPECT_EQ(tend(false), 1);
  EXPECT_EQ(segments(),
            (Strings{"1", "full", "0", "5", "2", "hot", "6", "7", "3", "next", "0", "NULL"}));
  EXPECT_GT(tend(), 1) << "an index at a time";
  EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "sealed");
  EXPECT_EQ(ask("SELECT sealed_at FROM segment WHERE segment = 1"),
            std::to_string(to_micros(clock_.utc_now())));
  EXPECT_EQ(tend(), 0);
  expect_whole(8);
}

TEST_F(Segments, WithoutANextOneTheHotOneGoesOn) {
  for (std::uint64_t i = 0; i < 4; ++i) store(i * 4 + 1, 4);
  EXPECT_EQ(segments(), (Strings{"1", "hot", "0", "15"}));
  tend();
  store(17, 1);
  EXPECT_EQ(segments(), (Strings{"1", "full", "0", "15", "2", "hot", "16", "16"}));
  expect_whole(17);
}

TEST_F(Segments, AgeEndsAlsoOneThatGetsNoMoreBatches) {
  reopen({.events = 500, .age = std::chrono::seconds{100}});
  tend();
  clock_.advance(std::chrono::seconds{1000});
  store(1, 4);
  clock_.advance(std::chrono::seconds{99});
  ASSERT_TRUE(must(store_->take_lease()));
  EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "hot");
  clock_.advance(std::chrono::seconds{1});
  ASSERT_TRUE(must(store_->take_lease()));
  EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), "hot") << "it holds too little";
  store(5, 1);
  ASSERT_TRUE(must(store_->take_lease()));
  EXPECT_EQ(segments(), (Strings{"1", "full", "0", "4", "2", "hot", "5", "NULL"}));
  store(6, 1);
  expect_whole(6);
}

TEST_F(Segments, OnlyTheHolderOfTheLaneTendsThem) {
  tend();
  store(1, 6);
  store(7, 1);
  const auto session = must(db::open_session(dsn_, db::OpenMode::beside));
  const auto all = [](std::uint64_t) { return true; };
  EXPECT_EQ(must(db::tend_segments(*session, {"compliance", "other"}, all, clock_.utc_now())),
            db::Tended::nothing);
  EXPECT_EQ(must(db::tend_segments(*session, {"hr", "first"}, all, clock_.utc_now())),
            db::Tended::nothing);
  EXPECT_EQ(must(db::tend_segments(*session, {"compliance", "first"}, all, clock_.utc_now())),
            db::Tended::a_step);
}

TEST_F(Segments, LanesHaveSegmentsOfTheirOwn) {
  auto second = open_store("second", "hr");
  ASSERT_TRUE(must(second->take_lease()));
  tend();
  const auto all = [](std::uint64_t) { return true; };
  EXPECT_EQ(must(second->tend_segments(all)), db::Tended::a_step);
  store(1, 6);
  store(7, 1);
  must(commit_to(*second, packs_of(make_pack("m", 1, 1, 2))));
  EXPECT_EQ(run("SELECT segment, state, lane_id FROM segment ORDER BY segment"),
            (Strings{"1", "full", "1", "2", "hot", "2", "3", "hot", "1", "4", "next", "2"}));
  expect_whole(9);
}

TEST_F(Segments, WhatBreaksOffAnywhereIsDoneAgain) {
  for (const char* point :
       {"segment.table_made", "segment.rolling", "segment.index_built", "segment.before_sealed"}) {
    std::uint64_t next = counts().events + 1;
    int broken = 0;
    const auto steps = [&] {
      const auto step = store_->tend_segments([](std::uint64_t) { return true; });
      if (!step) {
        EXPECT_EQ(step.error().action, Action::reconnect);
        ++broken;
      }
      return step && *step == db::Tended::a_step;
    };
    for (int i = 0; i < 3; ++i) {
      arm(fmt::format("{}=error@1", point));
      static_cast<void>(steps());
      const auto stored = commit(packs_of(make_pack("n", 1, next, 6)));
      while (steps()) continue;
      disarm();
      broken += stored ? 0 : 1;
      if (!stored) must(commit(packs_of(make_pack("n", 1, next, 6))));
      next += 6;
      tend();
    }
    EXPECT_GT(broken, 0) << point << " was never reached";
    store(next, 1);
    tend();
    EXPECT_EQ(ask("SELECT count(*) FROM segment WHERE state IN ('hot', 'next')"), "2") << point;
    EXPECT_EQ(ask("SELECT count(*) FROM segment WHERE state = 'full'"), "0") << point;
    expect_whole(next);
  }
}

const std::string kRunOf300(300, 'q');  // longer than an index takes

std::vector<std::string> odd_texts() {
  std::string long_text;
  for (int i = 0; i < 1000; ++i) long_text += "y ";
  return {"Kernel panic in foo_bar",
          "re-run the kernel-image build",
          "don't panic",
          "version 3.14 of abc123",
          "http://www.example.com/resume?x=1",
          "na\xC3\xAFve r\xC3\xA9sum\xC3\xA9",
          "R\xC3\x89SUM\xC3\x89 received",
          "日本語のテキスト",
          "日本語 テキスト",
          "Привет, мир",
          "ПРИВЕТ",
          "1e5x",
          "kernels",
          long_text + kRunOf300 + " zebra",
          "the a of it",
          "",
          std::string("nul\0zebra", 9),
          kRunOf300};
}

struct WordCase {
  Words words;
  Ids texts;  ///< that have them, by their place
};
std::vector<WordCase> word_cases() {
  return {{{"kernel"}, {0, 1}},
          {{"KERNEL"}, {0, 1}},
          {{"kernel", "panic"}, {0}},
          {{"foo"}, {0}},
          {{"foo_bar"}, {0}},
          {{"don"}, {2}},
          {{"don't"}, {2}},
          {{"t"}, {2}},
          {{"14"}, {3}},
          {{"abc123"}, {3}},
          {{"abc"}, {}},
          {{"resume"}, {4}},
          {{"r\xC3\xA9sum\xC3\xA9"}, {5, 6}},
          {{"na\xC3\xAFve"}, {5}},
          {{"na"}, {}},
          {{"日本語"}, {8}},
          {{"日本語のテキスト"}, {7}},
          {{"привет"}, {9, 10}},
          {{"мир", "привет"}, {9}},
          {{"1e5x"}, {11}},
          {{"1e5"}, {}},
          {{"zebra"}, {13, 16}},
          {{"the"}, {1, 14}},
          {{"a"}, {14}},
          {{"image", "build"}, {1}},
          {{"x"}, {4}},
          {{kRunOf300}, {13, 17}},
          {{"y", "zebra"}, {13}},
          {{"nosuchword"}, {}}};
}

TEST_F(Segments, AnswersAreTheSameBeforeAndAfterSealing) {
  constexpr std::size_t kFiller = 6'000;  // more than a search reads before it asks an index
  std::vector<schema::Event> events(kFiller, chat_event("filler"));
  for (const std::string& text : odd_texts()) events.push_back(chat_event(text));
  tend();
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  const auto expect_answers = [&](const char* state) {
    EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), state);
    for (const WordCase& one : word_cases()) {
      db::EventQuery query;
      query.words = one.words;
      Ids expected;
      for (const std::uint64_t text : one.texts) expected.push_back(kFiller + text);
      EXPECT_EQ(search(query), expected) << state << ": " << one.words.front();
    }
  };
  expect_answers("hot");
  store(events.size() + 1, 1);
  expect_answers("full");
  tend();
  expect_answers("sealed");
  expect_whole(events.size() + 1);
}

/// Up to 9,000 lines of the bundled logs.
std::vector<std::string> lines_of_logs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(MGC_DEMO_LOGS)) {
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<std::string> lines;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; lines.size() < 9'000 && std::getline(in, line);) {
      if (!line.empty()) lines.push_back(utf8_from_mixed(line));
    }
  }
  return lines;
}

// What is expected is found by reading each line, so it is the same for all engines.
TEST_F(Segments, WordsOfRealLogsAreFoundAsOneReadsThem) {
  const auto lines = lines_of_logs();
  ASSERT_GT(lines.size(), 6'000U) << "more than a search reads before it asks an index";
  std::map<std::string, Ids> places;
  std::vector<schema::Event> events;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string& word : words_of(lines[i])) {
      Ids& ids = places[word];
      if (ids.empty() || ids.back() != i) ids.push_back(i);
    }
    events.push_back(chat_event(lines[i]));
  }
  tend();
  must(commit(packs_of(make_pack("n", 1, 1, events))));
  const auto expect_answers = [&](const char* state) {
    EXPECT_EQ(ask("SELECT state FROM segment WHERE segment = 1"), state);
    int asked = 0;
    for (auto place = places.begin(); place != places.end(); ++place) {
      if (++asked % 151 != 0) continue;
      db::EventQuery query;
      query.words = {place->first};
      query.limit = 100'000;
      EXPECT_EQ(search(query), place->second) << state << ": " << place->first;
    }
    EXPECT_GT(asked / 151, 30);
  };
  expect_answers("hot");
  store(events.size() + 1, 1);
  tend();
  expect_answers("sealed");
}

TEST_F(Segments, RoomsPeopleAndTimesAreFoundInSealedOnes) {
  std::vector<schema::Event> events;
  for (int i = 0; i < 12; ++i) {
    auto event = chat_event("post");
    if (i % 3 == 0) event.room = schema::Room{"ma-chan://example.org/kernel", "#kernel"};
    if (i % 2 == 0) event.actor = schema::Person{"sip:bob@example.org", "bob", "bob@x.org", true};
    event.occurred_at = utc_from_micros(1'000'000 * i);
    events.push_back(event);
  }
  const auto expect_answers = [&] {
    db::EventQuery query;
    query.room = "#kernel";
    EXPECT_EQ(search(query), (Ids{0, 3, 6, 9}));
    query.since = utc_from_micros(3'000'000);
    query.until = utc_from_micros(9'000'000);
    EXPECT_EQ(search(query), (Ids{3, 6}));
    query.person = "bob@x.org";
    EXPECT_EQ(search(query), Ids{6});
    query.words = {"post"};
    EXPECT_EQ(search(query), Ids{6});
    query.words = {"posts"};
    EXPECT_EQ(search(query), Ids{});
    query = {};
    query.person = "sip:bob@example.org";
    query.limit = 2;
    EXPECT_EQ(search(query), (Ids{0, 2}));
    query.after_event_id = 2;
    EXPECT_EQ(search(query), (Ids{4, 6}));
    query.after_event_id = 8;
    EXPECT_EQ(search(query), Ids{10});
  };
  for (std::size_t i = 0; i < 12; i += 6) {
    tend();
    const std::vector<schema::Event> half(events.begin() + static_cast<std::ptrdiff_t>(i),
                                          events.begin() + static_cast<std::ptrdiff_t>(i + 6));
    must(commit(packs_of(make_pack("n", 1, i + 1, half))));
  }
  expect_answers();
  EXPECT_EQ(ask("SELECT count(*) FROM segment WHERE state = 'sealed'"), "0");
  tend();
  EXPECT_EQ(ask("SELECT count(*) FROM segment WHERE state = 'sealed'"), "1");
  expect_answers();
}

TEST_F(Segments, AViewOverAllNeverGetsMoreThanItsEngineAllows) {
  run(
      fmt::format("INSERT INTO segment (segment, lane_id, state, first_event_id, opened_at)"
                  " VALUES ({}, 1, 'sealed', 0, 0)",
                  99));
  for (std::uint64_t i = 2; i < db::kSegmentsMax; ++i) {
    run(
        fmt::format("INSERT INTO segment (segment, lane_id, state, first_event_id, opened_at)"
                    " VALUES ({}, 1, 'sealed', 0, 0)",
                    i + 1000));
  }
  EXPECT_EQ(tend(), 0) << "no room for another one";
  store(1, 6);
  store(7, 6);
  EXPECT_EQ(run("SELECT state, last_event_id FROM segment WHERE segment = 1"),
            (Strings{"hot", "11"}));
}

}  // namespace
}  // namespace mgc::test
