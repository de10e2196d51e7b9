#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/checkpoint.hpp"
#include "audit/signed_note.hpp"
#include "core/result.hpp"
#include "db/ledger_rows.hpp"
#include "schema/merkle.hpp"

namespace mgc::audit {

/// A checkpoint as it is stored, read and checked by itself.
struct StoredCheckpoint {
  Checkpoint checkpoint;
  schema::CompactRange edge;  ///< of its tree
};

/// The checkpoint of `note`, of this lane.
/// @param keys  one of which signed it; none: it is believed.
/// @errors reject  it is not; with what is wrong.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& lane,
                                                 std::span<const VerifierKey> keys);

/// As open_checkpoint(), with the row's other columns.
[[nodiscard]] Result<StoredCheckpoint> read_checkpoint_row(const db::CheckpointRow& row,
                                                           const std::string& lane,
                                                           std::span<const VerifierKey> keys);

/// The nodes of an edge as they are stored, one after the other.
[[nodiscard]] Bytes edge_bytes(const schema::CompactRange& edge);

}  // namespace mgc::audit
