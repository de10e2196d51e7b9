#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "schema/merkle.hpp"

namespace mgc::audit {

/// What is signed of a lane's ledger: the text of a c2sp.org/tlog-checkpoint with three extension
/// lines.
struct Checkpoint {
  std::string origin;        ///< origin_of() the key and the lane
  schema::TreeHead events;   ///< its tree, of the ledger entries; a whole number of blocks
  std::uint64_t number = 0;  ///< 1, 2, 3 ... of the lane's checkpoints
  std::uint64_t block = 0;   ///< the last one whose events are in the tree; 0 = none
  schema::Digest block_digest{};
  schema::TreeHead letters;  ///< of the lane's dead letters, in the order in which they came

  bool operator==(const Checkpoint&) const = default;
};

/// "NAME/LANE", the lane as a part of a URL (RFC 3986, section 2): bytes other than letters, digits
/// and "-._~" as %XX.
[[nodiscard]] std::string origin_of(std::string_view key_name, std::string_view lane);
/// The lane so written, a name for a file.
[[nodiscard]] std::string url_part(std::string_view lane);

[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);
/// @errors reject  not what checkpoint_text() writes.
[[nodiscard]] Result<Checkpoint> read_checkpoint(std::string_view text);

}  // namespace mgc::audit
