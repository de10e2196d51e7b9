#pragma once

#include <string_view>

namespace mgc {

/// What an armed failure point does when it is reached.
enum class Failure { none, error };

/// Asks whether the point `name` is armed. Points are armed by the environment variable
/// MGC_FAILPOINTS, a comma separated list of `name=crash@N` or `name=error@N`: the Nth time the
/// point is reached the process dies as by kill -9 (crash), or the caller fails (error).
/// Compiled to nothing unless the build has MGC_FAILPOINTS=ON; never in a release.
/// Threads: any.
#ifdef MGC_FAILPOINTS
[[nodiscard]] Failure reach_failpoint(std::string_view name);
/// For unit tests: replaces what the environment armed, and starts counting again.
void arm_failpoints(std::string_view specification);
/// For tests: whether every armed point has been reached for the Nth time.
[[nodiscard]] bool armed_failpoints_fired();
#else
[[nodiscard]] inline Failure reach_failpoint(std::string_view /*name*/) { return Failure::none; }
#endif

}  // namespace mgc
