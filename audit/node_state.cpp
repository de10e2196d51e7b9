#include "audit/node_state.hpp"

namespace mgc::audit {

std::string_view to_string(NodeState state) {
  switch (state) {
    case NodeState::running: return "running";
    case NodeState::silent: return "silent";
    case NodeState::stopped: return "stopped";
    case NodeState::dead: return "dead";
    case NodeState::unknown: break;
  }
  return "unknown";
}

NodeState node_state(const db::NodeStatusRow& node, UtcTime now, std::chrono::seconds dead_after) {
  if (!node.heard_at || !node.received_at) return NodeState::unknown;
  if (node.stopped) return NodeState::stopped;
  // By the service's clock, because the node's may be wrong.
  if (now - *node.received_at > dead_after) return NodeState::dead;
  // By the node's clock, on both sides.
  const bool quiet = !node.last_event_at || *node.heard_at - *node.last_event_at > dead_after;
  return quiet ? NodeState::silent : NodeState::running;
}

std::string_view advice(NodeState state) {
  switch (state) {
    case NodeState::dead:
      return "dead: see whether the node runs and reaches its broker (mgc node status on its "
             "host), and whether the service runs and has no backlog; when the node starts again, "
             "the service closes the people whom it left joined";
    case NodeState::unknown:
      return "unknown: the node says no watermarks, so nobody can tell whether it is alive";
    case NodeState::running:
    case NodeState::silent:
    case NodeState::stopped: break;
  }
  return {};
}

}  // namespace mgc::audit
