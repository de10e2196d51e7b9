#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/verify.hpp"
#include "core/bytes.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

/// What the stored packs say of every node's stream: which sequences are there, and whether each
/// pack names the SHA-256 of the one before it.
///
/// Threads: one owner. Memory: an entry for each run of packs without a gap, so flat for a healthy
/// store.
class NodeStreams {
 public:
  /// Takes the next pack in ledger order; `sha256` is that of its body.
  void add(const schema::PackHeader& header, ByteView sha256, VerifyReport& report);

  /// Holds positions and gaps of the store, closed ones too, against what was added.
  void compare(const std::vector<db::PositionRow>& positions, const std::vector<db::GapRow>& gaps,
               VerifyReport& report) const;

 private:
  using Key = std::pair<std::string, std::uint64_t>;  ///< node, epoch
  struct Run {
    std::uint64_t last = 0;
    Bytes first_previous;  ///< what the run's first pack says of the pack before it
    Bytes last_sha256;     ///< of the run's last pack
  };
  void check_closed(const db::GapRow& gap, VerifyReport& report) const;

  using Runs = std::map<std::uint64_t, Run>;  ///< by first sequence

  std::map<Key, Runs> streams_;
};

}  // namespace mgc::audit
