#pragma once

#include <string>
#include <vector>

#include "core/text_match.hpp"

namespace mgc::db {

/// A longest run of ASCII letters and digits in a text, or how one begins; in lower case.
struct Run {
  std::string text;  ///< at most 64 characters, since no engine's index has words of any length
  bool is_prefix = false;
  bool operator==(const Run&) const = default;
};

/// Runs of which a text has one at least of each list, in any case.
using NeededRuns = std::vector<std::vector<Run>>;

/// What every text with `needed` has of runs, without Unicode: no letter beyond ASCII has one of
/// ASCII for its other case. None for words of other scripts.
[[nodiscard]] NeededRuns needed_runs(const NeededWords& needed);

}  // namespace mgc::db
