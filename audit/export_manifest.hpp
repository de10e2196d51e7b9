#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "audit/checkpoint.hpp"
#include "audit/export_state.hpp"
#include "audit/signed_note.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// The manifest of an export with proofs, as somebody who does not trust it reads it.
struct ExportManifest {
  /// A lane with the checkpoint that its events are proven with.
  struct Lane {
    LaneEnd end;
    std::string note;
    Checkpoint checkpoint;
  };

  std::string format;
  nlohmann::json query;
  std::uint64_t events = 0;
  std::map<std::pair<std::string, std::uint64_t>, Coverage> coverage;  ///< by node and epoch
  std::vector<ExportedFile> files;
  std::vector<Lane> lanes;  ///< in the order of the events
};

/// @errors reject  not well-formed, a name of a file leads out of the directory, or a checkpoint is
///                 not signed by one of `keys` or not that of its lane; with what is wrong.
[[nodiscard]] Result<ExportManifest> read_manifest(const std::string& text,
                                                   std::span<const VerifierKey> keys);

}  // namespace mgc::audit
