#pragma once

#include <string>

#include "core/failpoint.hpp"

namespace mgc::test {

/// arm_failpoints(), which a build without failure points has not.
inline void arm(const std::string& point) {
#ifdef MGC_FAILPOINTS
  arm_failpoints(point);
#else
  static_cast<void>(point);
#endif
}

}  // namespace mgc::test
