#include "app/audit_nodes.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/table.hpp"
#include "audit/node_state.hpp"

namespace mgc::app {
namespace {

using audit::NodeState;
using nlohmann::json;

json time_json(const std::optional<UtcTime>& time) {
  return time ? json(format_utc(*time)) : json(nullptr);
}

std::string time_text(const std::optional<UtcTime>& time) { return time ? format_utc(*time) : "-"; }

json to_json(const db::NodeStatusRow& node, NodeState state) {
  return {{"node", node.node},
          {"epoch", node.epoch},
          {"session", node.session},
          {"sequence", node.sequence},
          {"heard_at", time_json(node.heard_at)},
          {"received_at", time_json(node.received_at)},
          {"last_event_at", time_json(node.last_event_at)},
          {"state", audit::to_string(state)},
          {"open_gaps", node.open_gaps}};
}

}  // namespace

int audit_nodes(db::ComplianceReader& reader, const AuditNodesFlags& flags, bool as_json,
                const Clock& clock) {
  const auto nodes = reader.nodes();
  if (!nodes) return report(nodes.error());
  json document = {{"nodes", json::array()}};
  std::vector<std::vector<std::string>> lines;
  std::set<NodeState> states;
  for (const db::NodeStatusRow& node : *nodes) {
    const NodeState state =
        audit::node_state(node, clock.utc_now(), std::chrono::seconds{flags.dead_after_seconds});
    states.insert(state);
    document["nodes"].push_back(to_json(node, state));
    lines.push_back({node.node, std::string(audit::to_string(state)), std::to_string(node.epoch),
                     std::to_string(node.session), with_commas(node.sequence),
                     time_text(node.heard_at), time_text(node.received_at),
                     time_text(node.last_event_at), with_commas(node.open_gaps)});
  }
  std::string text = lines.empty() ? "no nodes"
                                   : table({"node", "state", "epoch", "session", "sequence",
                                            "heard", "received", "last event", "open gaps"},
                                           lines);
  for (const NodeState state : states) {
    if (const auto advice = audit::advice(state); !advice.empty()) {
      text += (text.ends_with('\n') ? "" : "\n") + std::string(advice);
    }
  }
  print_result(as_json, document.dump(2), text);
  return states.contains(NodeState::dead) ? kExitFinding : kExitFine;
}

}  // namespace mgc::app
