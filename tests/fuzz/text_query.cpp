// What auditors type, and the texts that are looked through for it.
#include <algorithm>
#include <string>
#include <vector>

#include "core/text_match.hpp"
#include "core/text_query.hpp"
#include "core/words.hpp"
#include "db/word_runs.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace mgc::fuzz {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

/// Whether an index that has the words of `text` would give it as a candidate.
bool has_needed(const std::vector<std::string>& words, const NeededWords& needed) {
  return std::ranges::all_of(needed, [&](const std::vector<SoughtWord>& one_of) {
    return std::ranges::any_of(one_of, [&](const SoughtWord& sought) {
      return std::ranges::any_of(words, [&](const std::string& word) {
        return sought.is_prefix ? word.starts_with(sought.text) : word == sought.text;
      });
    });
  });
}

void check_candidates(std::string_view text, const TextQuery& query) {
  const NeededWords needed = needed_words(query);
  require(needed.size() <= 16, "an index is asked for no more than it takes");
  if (!matches(text, query)) return;
  require(has_needed(words_of(text), needed), "an index of words loses no hit");
  const std::string folded = lower(std::string(text));
  for (const auto& one_of : db::needed_runs(needed)) {
    require(
        std::ranges::any_of(
            one_of, [&](const db::Run& run) { return folded.find(run.text) != std::string::npos; }),
        "SQL that looks for runs loses no hit");
  }
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mgc;
  using namespace mgc::fuzz;
  Input input(data, size);
  const std::string_view typed = input.bytes(input.byte());
  const std::string_view text = input.rest();
  const auto query = parse_text_query(typed);
  if (!query) {
    require_fit_to_show(query.error());
    return 0;
  }
  const std::string written = text_of(*query);
  const auto again = parse_text_query(written);
  require(again && *again == *query, "a query that is written is read back: " + written);
  check_candidates(text, *query);
  check_candidates(typed, *query);
  return 0;
}
