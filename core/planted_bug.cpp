#include "core/planted_bug.hpp"

#ifdef MGC_FAILPOINTS

#include <cstdlib>

namespace mgc {

bool planted_bug(std::string_view name) {
  static const char* const planted = std::getenv("MGC_PLANTED_BUG");
  return planted != nullptr && name == planted;
}

}  // namespace mgc

#endif
