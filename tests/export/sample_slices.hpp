#pragma once

#include "audit/slice.hpp"

namespace mgc::test {

/// Every kind, two rooms, events without a room and without an actor, people who were there before.
[[nodiscard]] audit::Slice everyday_slice();

/// Posts and names that are made to break out of each format.
[[nodiscard]] audit::Slice hostile_slice();

/// `count` posts in one room, over three days.
[[nodiscard]] audit::Slice long_slice(int count);

/// Events with short fields of any bytes, many of them marks of the formats; a seed gives the same
/// slice everywhere.
[[nodiscard]] audit::Slice random_slice(unsigned seed);

}  // namespace mgc::test
