#pragma once

#include <string_view>

namespace mgc {

/// Whether this process shall behave wrongly in the way `name`: the environment variable
/// MGC_PLANTED_BUG chooses one, so that a campaign can show that it would notice it
/// (docs/failure-modes.md). False unless the build has MGC_FAILPOINTS=ON; never in a release.
/// Threads: any.
#ifdef MGC_FAILPOINTS
[[nodiscard]] bool planted_bug(std::string_view name);
/// As planted_bug("NAME:OF"): the bug shows with one message only.
[[nodiscard]] bool planted_bug(std::string_view name, std::string_view of);
#else
[[nodiscard]] constexpr bool planted_bug(std::string_view /*name*/) { return false; }
[[nodiscard]] constexpr bool planted_bug(std::string_view /*name*/, std::string_view /*of*/) {
  return false;
}
#endif

}  // namespace mgc
