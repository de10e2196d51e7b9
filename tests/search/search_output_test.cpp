// How the hits of a search are shown.
#include "app/search_output.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/table.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

db::ComplianceEvent said(std::uint64_t id, const std::string& content) {
  db::ComplianceEvent event;
  event.lane = "compliance";
  event.event_id = id;
  event.kind = "CHAT";
  event.occurred_at = *parse_utc("2006-03-05T02:22:00Z");
  event.room_uri = "ma-chan://a";
  event.room_name = "#a";
  event.actor_name = "anna";
  event.content = content;
  return event;
}

SearchPage hits_of(const std::vector<std::string>& contents) {
  SearchPage page;
  for (std::size_t i = 0; i < contents.size(); ++i) page.hits.push_back(said(i, contents[i]));
  return page;
}

SearchPage with_context() {
  SearchPage page = hits_of({"a hit"});
  page.context = {{{said(3, "before"), false}, {said(4, "hit"), true}}, {{said(9, "hit"), true}}};
  page.next = 9;
  return page;
}

const std::string kTime = "2006-03-05T02:22:00.000000Z";
const std::string kHostile = "\x1b[2J\x1b]0;x\x07\r\nfake\u202Egnp.exe\u009B31m\x7f";

TEST(SearchOutput, ATranscriptMarksHitsAndPartsConversations) {
  EXPECT_EQ(page_text(hits_of({"a", "b"}), HitFormat::transcript),
            "       0 " + kTime + " #a CHAT anna: a\n       1 " + kTime + " #a CHAT anna: b\n");
  EXPECT_EQ(page_text(with_context(), HitFormat::transcript),
            "         3 " + kTime + " #a CHAT anna: before\n" +  //
                ">        4 " + kTime + " #a CHAT anna: hit\n--\n" + ">        9 " + kTime +
                " #a CHAT anna: hit\n");
}

TEST(SearchOutput, ATableHasColumnsAndCutsLongContents) {
  const std::string text = page_text(hits_of({"a", std::string(100, 'x')}), HitFormat::table);
  EXPECT_EQ(text,
            "event_id  occurred_at                  kind  room  who   content\n"
            "0         " +
                kTime +
                "  CHAT  #a    anna  a\n"
                "1         " +
                kTime + "  CHAT  #a    anna  " + std::string(71, 'x') + "\u2026\n");
  const std::string marked = page_text(with_context(), HitFormat::table);
  EXPECT_NE(marked.find("\n>  4"), std::string::npos) << marked;
  EXPECT_NE(marked.find("\n   3"), std::string::npos) << marked;
  EXPECT_EQ(page_text(hits_of({}), HitFormat::table), "");
}

TEST(SearchOutput, NothingThatATerminalObeysIsShown) {
  auto page = hits_of({kHostile});
  for (auto* name : {&page.hits[0].room_name, &page.hits[0].actor_name, &page.hits[0].file_name}) {
    *name = kHostile;
  }
  page.context = {{{page.hits[0], true}}};
  for (const auto format : {HitFormat::transcript, HitFormat::table, HitFormat::jsonl}) {
    const std::string text = page_text(page, format);
    EXPECT_EQ(printable_lines(text), text) << static_cast<int>(format);
  }
  const std::string document = page_json(page);
  EXPECT_EQ(printable_lines(document), document + '\n');
}

TEST(SearchOutput, JsonIsExactAndHasTheConversationBesideTheHits) {
  auto page = with_context();
  page.hits[0].content = kHostile;
  const json document = json::parse(page_json(page));
  EXPECT_EQ(document["hits"][0]["content"], kHostile);
  EXPECT_EQ(document["next"], 9);
  ASSERT_EQ(document["context"].size(), 2U);
  EXPECT_EQ(document["context"][0]["room_uri"], "ma-chan://a");
  EXPECT_EQ(document["context"][0]["lane"], "compliance");
  EXPECT_EQ(document["context"][0]["events"][0]["hit"], false);
  EXPECT_EQ(document["context"][0]["events"][1]["hit"], true);
  EXPECT_EQ(document["context"][0]["events"][1]["event_id"], 4);
  const json plain = json::parse(page_json(hits_of({"a"})));
  EXPECT_FALSE(plain.contains("context"));
  EXPECT_EQ(plain["next"], nullptr);
}

TEST(SearchOutput, JsonLinesAreADocumentEach) {
  const std::string text = page_text(hits_of({kHostile, "b"}), HitFormat::jsonl);
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  const json first = json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(first["content"], kHostile);
  EXPECT_FALSE(first.contains("hit"));
  const std::string marked = page_text(with_context(), HitFormat::jsonl);
  EXPECT_EQ(json::parse(marked.substr(0, marked.find('\n')))["hit"], false);
}

TEST(SearchOutput, CsvRunsNoFormula) {
  const std::string text = page_text(hits_of({"=1+1"}), HitFormat::csv);
  EXPECT_NE(text.find(",'=1+1,"), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("lane,event_id,"));
}

TEST(SearchOutput, ThePageSaysWhereTheNextOneBegins) {
  EXPECT_EQ(page_end(hits_of({"a", "b"})), "2 hits");
  EXPECT_EQ(page_end(with_context()), "1 hits; for more: --after 9");
}

TEST(SearchOutput, APageThatIsFullOrMoreHasANextOne) {
  const auto three = hits_of({"a", "b", "c"}).hits;
  EXPECT_EQ(page_of(three, 4).next, std::nullopt);
  EXPECT_EQ(page_of(three, 3).next, 2U);
  EXPECT_EQ(page_of(three, 2).next, 2U) << "lanes that share the last event_id";
  EXPECT_EQ(page_of({}, 1).next, std::nullopt);
}

TEST(Table, CutsBetweenLetters) {
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(clipped("abcd", 3), "ab\u2026");
  EXPECT_EQ(clipped("\u00E9\u00E9\u00E9", 3), "\u00E9\u00E9\u00E9");
  EXPECT_EQ(clipped("\U0001F427\U0001F427\U0001F427", 2), "\U0001F427\u2026");
  EXPECT_EQ(clipped("", 3), "");
}

}  // namespace
}  // namespace mgc::app
