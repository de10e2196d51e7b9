#include "core/text_match.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "core/words.hpp"

namespace mgc {
namespace {

using Kind = TextQuery::Kind;

bool has_phrase(const std::vector<std::string>& words, const std::vector<SoughtWord>& phrase) {
  const auto is_sought = [](const std::string& word, const SoughtWord& sought) {
    return sought.is_prefix ? word.starts_with(sought.text) : word == sought.text;
  };
  return std::search(words.begin(), words.end(), phrase.begin(), phrase.end(), is_sought) !=
         words.end();
}

bool holds(const std::vector<std::string>& words, const TextQuery& query) {
  const auto part_holds = [&words](const TextQuery& part) { return holds(words, part); };
  switch (query.kind) {
    case Kind::phrase: return has_phrase(words, query.words);
    case Kind::all: return std::ranges::all_of(query.parts, part_holds);
    case Kind::any: return std::ranges::any_of(query.parts, part_holds);
    case Kind::no: return std::ranges::none_of(query.parts, part_holds);
  }
  return false;
}

/// How much a list leaves out, as far as its words say: of long words there are fewer.
bool is_better(const std::vector<SoughtWord>& a, const std::vector<SoughtWord>& b) {
  const auto shortest = [](const std::vector<SoughtWord>& list) {
    const auto size_of = [](const SoughtWord& word) { return word.text.size(); };
    return size_of(std::ranges::min(list, {}, size_of));
  };
  if (a.size() != b.size()) return a.size() < b.size();
  return shortest(a) > shortest(b);
}

NeededWords all_needed(const TextQuery& query) {
  NeededWords needed;
  switch (query.kind) {
    case Kind::phrase:
      for (const SoughtWord& word : query.words) needed.push_back({word});
      break;
    case Kind::all:
      for (const TextQuery& part : query.parts)
        std::ranges::move(all_needed(part), std::back_inserter(needed));
      break;
    case Kind::any: {
      std::vector<SoughtWord> one_of;
      for (const TextQuery& part : query.parts) {
        const NeededWords of_part = all_needed(part);
        if (of_part.empty()) return {};
        const auto best = std::ranges::min_element(of_part, is_better);
        one_of.insert(one_of.end(), best->begin(), best->end());
      }
      if (!one_of.empty()) needed.push_back(std::move(one_of));
      break;
    }
    case Kind::no: break;
  }
  return needed;
}

}  // namespace

bool matches(std::string_view text, const TextQuery& query) {
  return query.wants_everything() || holds(words_of(text), query);
}

NeededWords needed_words(const TextQuery& query) {
  constexpr std::size_t kListsMax = 16;
  NeededWords needed = all_needed(query);
  std::ranges::stable_sort(needed, is_better);
  if (needed.size() > kListsMax) needed.resize(kListsMax);
  return needed;
}

}  // namespace mgc
