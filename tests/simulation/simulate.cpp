// Runs seeds of the simulator and prints a verdict. Usage: protocol_simulation [--first SEED]
// [--seeds N] [--until-violation]. Exit status: 0 no violation; 1 one was found; 2 wrong usage.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/scenario.hpp"

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 500;
};

std::optional<Options> parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == count || (name != "--first" && name != "--seeds")) return std::nullopt;
    const std::string_view text = words[i + 1];
    std::uint64_t& value = name == "--first" ? options.first : options.seeds;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  const auto options = parse(count, words);
  if (!options) {
    fmt::print(stderr, "usage: {} [--first SEED] [--seeds N]\n", words[0]);
    return 2;
  }
  mgc::simulation::Verdict sum;
  for (std::uint64_t seed = options->first; seed < options->first + options->seeds; ++seed) {
    const auto verdict = mgc::simulation::Scenario(seed).run();
    sum.faults += verdict.faults;
    sum.promised += verdict.promised;
    sum.recovered += verdict.recovered;
    sum.quarantined += verdict.quarantined;
    if (verdict.violations.empty()) continue;
    fmt::print("seed {}: {} violations after {} seeds\n", seed, verdict.violations.size(),
               seed - options->first + 1);
    for (std::size_t i = 0; i < verdict.violations.size() && i < 10; ++i) {
      fmt::print("  {}\n", verdict.violations[i]);
    }
    return 1;
  }
  fmt::print(
      "{} seeds, {} faults, {} events promised, {} recovered, {} outboxes quarantined: "
      "no violation\n",
      options->seeds, sum.faults, sum.promised, sum.recovered, sum.quarantined);
  return 0;
}
