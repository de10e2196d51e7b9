#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace mgc {

void fail_assertion(std::string_view condition, std::string_view detail, std::string_view file,
                    int line) noexcept {
  std::fprintf(stderr, "mgc: assertion failed: %.*s %.*s (%.*s:%d)\n",
               static_cast<int>(condition.size()), condition.data(),
               static_cast<int>(detail.size()), detail.data(), static_cast<int>(file.size()),
               file.data(), line);
  std::abort();
}

}  // namespace mgc
