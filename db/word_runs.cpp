#include "db/word_runs.hpp"

#include <algorithm>
#include <utility>

namespace mgc::db {
namespace {

constexpr std::size_t kRunMax = 64;

bool is_of_run(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The runs of a word. Where it is a prefix, so is the run that it ends with.
std::vector<Run> runs_of(const SoughtWord& word) {
  std::vector<Run> runs;
  Run run;
  for (std::size_t at = 0; at <= word.text.size(); ++at) {
    const bool is_end = at == word.text.size();
    if (!is_end && is_of_run(word.text[at])) {
      run.text += word.text[at];
      continue;
    }
    if (run.text.empty()) continue;
    run.is_prefix = (is_end && word.is_prefix) || run.text.size() > kRunMax;
    run.text.resize(std::min(run.text.size(), kRunMax));
    runs.push_back(std::exchange(run, {}));
  }
  return runs;
}

}  // namespace

NeededRuns needed_runs(const NeededWords& needed) {
  NeededRuns lists;
  for (const std::vector<SoughtWord>& words : needed) {
    if (words.size() == 1) {
      for (Run& run : runs_of(words.front())) lists.push_back({std::move(run)});
      continue;
    }
    std::vector<Run> one_of;
    for (const SoughtWord& word : words) {
      std::vector<Run> runs = runs_of(word);
      if (runs.empty()) break;
      one_of.push_back(std::move(
          *std::ranges::max_element(runs, {}, [](const Run& run) { return run.text.size(); })));
    }
    if (one_of.size() == words.size()) lists.push_back(std::move(one_of));
  }
  return lists;
}

}  // namespace mgc::db
