#include "db/word_runs.hpp"

#include "core/words.hpp"

namespace mgc::db {

std::string joined_runs(std::span<const std::string> words, std::string_view prefix,
                        std::string_view separator) {
  constexpr std::size_t kRunMax = 64;
  std::string joined;
  for (const std::string& run : ascii_runs(words)) {
    if (run.size() > kRunMax) continue;
    if (!joined.empty()) joined += separator;
    joined.append(prefix).append(run);
  }
  return joined;
}

}  // namespace mgc::db
