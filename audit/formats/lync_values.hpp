#pragma once

#include <cstdint>
#include <string_view>

namespace mgc::audit {

/// .NET's ticks, of 100 ns since the year 1, at 1970.
inline constexpr std::int64_t kTicksOf1970 = 621'355'968'000'000'000;

/// The original showed addresses without their scheme.
[[nodiscard]] std::string_view without_sip(std::string_view uri);

/// The original has a number from its directory here. It is the same in each file of each export.
[[nodiscard]] std::int64_t sender_id(std::string_view uri);

}  // namespace mgc::audit
