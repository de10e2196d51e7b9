#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

class Session;

/// How a node is doing, as far as its packs say: of its latest epoch and start.
struct NodeStatusRow {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;  ///< the last one that is stored
  std::uint64_t open_gaps = 0;
  std::uint64_t session = 0;             ///< 0 = the node does not say
  std::optional<UtcTime> heard_at;       ///< of the last watermark, by the node's clock
  std::optional<UtcTime> received_at;    ///< when it was stored
  bool stopped = false;                  ///< it said so, and nothing after it
  std::optional<UtcTime> last_event_at;  ///< of the last event that is no watermark, where it is
                                         ///< within the last kPacksSearched packs
  static constexpr std::size_t kPacksSearched = 5'000;
};

/// Every node but the service's own and those of imports, by name.
/// @errors those of the session; stop also when a stored pack cannot be read.
/// @cost   for a node that has nothing to say, its last packs.
[[nodiscard]] Result<std::vector<NodeStatusRow>> read_node_status(Session& session);

/// The same without gaps and the last event: what two statements for a node tell.
[[nodiscard]] Result<std::vector<NodeStatusRow>> read_nodes_heard(Session& session);

}  // namespace mgc::db
