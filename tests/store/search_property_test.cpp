// Searches in random small stores find what one finds by reading every event.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "core/utf8.hpp"
#include "tests/store/segments_fixture.hpp"

namespace mgc::test {
namespace {

using Kind = TextQuery::Kind;
using Words = std::vector<std::string>;

/// What texts and queries are made of: words that begin alike, words of other scripts, of both,
/// and such as an index does not take as they are.
const Words& vocabulary() {
  static const Words words = {"kernel",
                              "kern",
                              "kernels",
                              "panic",
                              "pan",
                              "a",
                              "an",
                              "and",
                              "the",
                              "0",
                              "1e5",
                              "1e5x",
                              "na\u00EFve",
                              "na",
                              "ve",
                              "na\u00EFf",
                              "привет",
                              "прив",
                              "日本語",
                              "日本",
                              "x1",
                              "mgc",
                              "long",
                              "или",
                              std::string(64, 'z'),
                              std::string(64, 'z') + "y",
                              std::string(300, 'z')};
  return words;
}

const Words& separators() {
  static const Words texts = {" ",      ", ",
                              "-",      "_",
                              "\n",     "'",
                              "/",      " \U0001F427 ",
                              "\u2026", " (",
                              ") ",     "\"",
                              "*",      std::string(1, '\0')};
  return texts;
}

struct Said {
  Words words;
  schema::Event event;
};

/// Everything that is drawn, from one number.
class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t count) { return engine_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  const std::string& one_of(const Words& texts) { return texts[below(texts.size())]; }

  Said event(std::size_t place) {
    Said said;
    said.event = chat_event("");
    std::string& content = said.event.content;
    if (one_in(3)) content = one_of(separators());
    const std::size_t count = below(7);
    for (std::size_t i = 0; i < count; ++i) {
      said.words.push_back(one_of(vocabulary()));
      for (char c : said.words.back()) {
        content += one_in(4) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      }
      content += one_of(separators());
    }
    // So long that PostgreSQL's index leaves out the words of a run that is too long for it.
    if (one_in(20)) content += std::string(2000, '.');
    if (one_in(2)) said.event.room = schema::Room{"ma-chan://example.org/kernel", "#kernel"};
    if (one_in(3)) said.event.actor = schema::Person{"sip:bob", "bob", "", false};
    if (one_in(5)) said.event.kind = schema::EventKind::notice;
    said.event.occurred_at = utc_from_micros(static_cast<std::int64_t>(place / 2 * 1'000'000));
    return said;
  }

  TextQuery query(std::size_t depth) {
    TextQuery query;
    const std::size_t kind = depth == 0 ? 0 : below(6);
    if (kind < 2) return phrase();
    query.kind = kind < 4 ? Kind::all : kind == 4 ? Kind::any : Kind::no;
    const std::size_t parts = query.kind == Kind::no ? 1 : 2 + below(2);
    for (std::size_t i = 0; i < parts; ++i) query.parts.push_back(this->query(depth - 1));
    return query;
  }

 private:
  TextQuery phrase() {
    TextQuery phrase{Kind::phrase, {}, {}};
    const std::size_t count = one_in(3) ? 2 + below(2) : 1;
    for (std::size_t i = 0; i < count; ++i) phrase.words.push_back({one_of(vocabulary()), false});
    if (one_in(2)) return phrase;
    SoughtWord& last = phrase.words.back();
    last.is_prefix = true;
    std::size_t size = 1 + below(last.text.size());
    while (!is_utf8(last.text.substr(0, size))) ++size;
    last.text.resize(size);
    return phrase;
  }

  std::mt19937 engine_;
};

bool has_phrase_at(const Words& words, std::size_t place, const std::vector<SoughtWord>& phrase) {
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (place + i >= words.size()) return false;
    const std::string& word = words[place + i];
    const std::string& sought = phrase[i].text;
    if (phrase[i].is_prefix ? word.compare(0, sought.size(), sought) != 0 : word != sought) {
      return false;
    }
  }
  return true;
}

/// As one reads it, from the words that the text was made of.
bool holds(const Words& words, const TextQuery& query) {
  if (query.kind == Kind::phrase) {
    for (std::size_t place = 0; place < words.size(); ++place) {
      if (has_phrase_at(words, place, query.words)) return true;
    }
    return false;
  }
  std::size_t held = 0;
  for (const TextQuery& part : query.parts) held += holds(words, part) ? 1U : 0U;
  if (query.kind == Kind::all) return held == query.parts.size();
  return query.kind == Kind::any ? held > 0 : held == 0;
}

class SearchProperty : public SegmentsTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  Ids expected(const db::EventQuery& query, const TextQuery& content) const {
    Ids ids;
    for (std::uint64_t id = 0; id < said_.size(); ++id) {
      const schema::Event& event = said_[id].event;
      const bool wanted = holds(said_[id].words, content) &&
                          (!query.room || event.room->name == *query.room) &&
                          (!query.person || event.actor->name == *query.person) &&
                          (query.kinds.empty() || event.kind == query.kinds.front()) &&
                          (!query.since || event.occurred_at >= *query.since) &&
                          (!query.until || event.occurred_at < *query.until);
      if (wanted) ids.push_back(id);
    }
    return ids;
  }
  db::EventQuery draw_query(Chance& chance, const TextQuery& content) {
    db::EventQuery query;
    const std::string text = text_of(content);
    auto read = parse_text_query(text);
    EXPECT_TRUE(read) << text << ": " << read.error().message;
    query.content = std::move(*read);
    if (chance.one_in(4)) query.room = "#kernel";
    if (chance.one_in(4)) query.person = "bob";
    if (chance.one_in(6)) query.kinds = {schema::EventKind::notice};
    const auto time = [&] {
      return utc_from_micros(static_cast<std::int64_t>(chance.below(said_.size()) * 500'000));
    };
    if (chance.one_in(5)) query.since = time();
    if (chance.one_in(5)) query.until = time();
    query.limit = static_cast<std::uint32_t>(chance.one_in(3) ? 7 : 1'000);
    return query;
  }
  Ids all_pages(db::EventQuery query) {
    Ids ids;
    for (Ids page = search(query); !page.empty(); page = search(query)) {
      ids.insert(ids.end(), page.begin(), page.end());
      if (page.size() < query.limit) break;
      query.after_event_id = page.back();
    }
    return ids;
  }

  std::vector<Said> said_;
};

TEST_P(SearchProperty, SearchesFindWhatOneFindsByReading) {
  constexpr std::size_t kSegments = 4;
  constexpr std::size_t kEvents = 120;
  Chance chance(GetParam());
  reopen({.events = kEvents});
  for (std::size_t segment = 0; segment < kSegments; ++segment) {
    tend();
    std::vector<schema::Event> events;
    for (std::size_t i = 0; i < kEvents; ++i) {
      said_.push_back(chance.event(said_.size()));
      events.push_back(said_.back().event);
    }
    must(commit(packs_of(make_pack("n", 1, segment * kEvents + 1, events))));
  }
  ASSERT_EQ(ask("SELECT count(*) FROM segment WHERE state = 'sealed'"), "2");
  ASSERT_EQ(ask("SELECT count(*) FROM segment WHERE state = 'full'"), "1");
  std::size_t found = 0;
  for (int i = 0; i < 60; ++i) {
    const TextQuery content = chance.query(3);
    const auto query = draw_query(chance, content);
    const Ids ids = expected(query, content);
    EXPECT_EQ(all_pages(query), ids)
        << text_of(content) << " room " << query.room.value_or("-") << " person "
        << query.person.value_or("-") << " limit " << query.limit;
    found += ids.size();
  }
  EXPECT_GT(found, 500U) << "the queries are worth asking";
}

INSTANTIATE_TEST_SUITE_P(Seeds, SearchProperty, ::testing::Values(1U, 2U, 3U, 4U));

}  // namespace
}  // namespace mgc::test
