#pragma once

#include <string_view>

namespace mgc {

/// Prints what was broken and where to stderr, then aborts. Safe at any time, because an unsettled
/// delivery is redelivered and an unfinished transaction is rolled back.
[[noreturn]] void fail_assertion(std::string_view condition, std::string_view detail,
                                 std::string_view file, int line) noexcept;

}  // namespace mgc

/// Always on. For programming errors only: never for the content of a message or a file.
#define MGC_ASSERT(condition)                          \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::mgc::fail_assertion(#condition, "", __FILE__, __LINE__))
