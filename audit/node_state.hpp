#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/time.hpp"
#include "db/node_status.hpp"

namespace mgc::audit {

enum class NodeState : std::uint8_t {
  running,  ///< its watermarks come, and events
  silent,   ///< its watermarks come and nothing else: it is alive and has nothing to say
  stopped,  ///< it said so
  dead,     ///< its watermarks ended without a stop: it crashed, or something cuts it off
  unknown,  ///< it never said a watermark
};

/// "running", "silent", ...
[[nodiscard]] std::string_view to_string(NodeState state);

/// What `node` is at `now`, when one that was not heard for longer than `dead_after` is dead. A
/// pure function.
[[nodiscard]] NodeState node_state(const db::NodeStatusRow& node, UtcTime now,
                                   std::chrono::seconds dead_after);

/// What somebody has to do about it; empty when nothing.
[[nodiscard]] std::string_view advice(NodeState state);

}  // namespace mgc::audit
