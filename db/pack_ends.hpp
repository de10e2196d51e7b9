#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "core/bytes.hpp"

namespace mgc::db {

/// How the history of a node ended when it was committed last: what the next pack names as the one
/// before it, so that most batches need no look-up among the stored packs.
struct PackEnd {
  std::uint64_t sequence = 0;
  Bytes sha256;
};

/// The ends that one writer committed, by node and epoch. Each holds only as long as the node's row
/// is the one that was written with it: another lane may have moved the node on meanwhile.
///
/// Threads: one owner. Memory: 200 bytes for each node and epoch, of at most kMost.
/// Errors:  none.
class PackEnds {
 public:
  static constexpr std::size_t kMost = 10'000;

  struct Committed {
    PackEnd end;
    std::int64_t updated_at = 0;  ///< as in node_position
  };
  using Ends = std::map<std::pair<std::int64_t, std::uint64_t>, Committed>;

  /// Empty when it is not known. @param updated_at  of the row of the node, as it is now.
  [[nodiscard]] PackEnd find(std::int64_t node_id, std::uint64_t epoch,
                             std::int64_t updated_at) const {
    const auto found = ends_.find({node_id, epoch});
    if (found == ends_.end() || found->second.updated_at != updated_at) return {};
    return found->second.end;
  }
  /// After COMMIT.
  void keep(Ends ends) {
    if (ends_.size() > kMost) ends_.clear();
    for (auto& [node, committed] : ends) ends_.insert_or_assign(node, std::move(committed));
  }

 private:
  Ends ends_;
};

}  // namespace mgc::db
