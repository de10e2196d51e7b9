#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/checkpoint.hpp"
#include "audit/export_state.hpp"
#include "audit/export_writer.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

inline constexpr const char* kProofsFile = "proofs.tlog";
/// Only of an export that goes on.
inline constexpr const char* kProofsState = "proofs.state";
inline constexpr const char* kCheckpointsFile = "export.checkpoints";

/// The checkpoint with which the events of a lane are exported.
struct LaneCheckpoint {
  std::string lane;
  std::string note;
  Checkpoint checkpoint;
};

/// The checkpoints of an export into `dir`, in order of lane: the newest that `place`, a file or a
/// directory, keeps of each lane of the store when the export begins; they are kept in `dir` until
/// it is complete. Whether they are signed is for those who check the export. None without a place.
/// @errors stop  there is none of a lane with events, or it is not of this store's blocks.
[[nodiscard]] Result<std::vector<LaneCheckpoint>> begin_proofs(db::ComplianceReader& reader,
                                                               const std::filesystem::path& place,
                                                               const std::filesystem::path& dir);

/// An export of the whole ledger is whole when it has the events that say what was removed of it:
/// nothing was removed after its checkpoints.
/// @errors stop  something was.
[[nodiscard]] Result<void> check_removals(db::DutyBook& book,
                                          const std::vector<LaneCheckpoint>& checkpoints);

/// Where an export ends that is proven with these.
[[nodiscard]] std::vector<LaneEnd> ends_of(const std::vector<LaneCheckpoint>& checkpoints);

/// Their notes, in their order.
[[nodiscard]] nlohmann::json notes_of(const std::vector<LaneCheckpoint>& checkpoints);

/// Writes DIR/proofs.tlog: for each event of an export, in its order, a c2sp.org/tlog-proof of its
/// ledger entry, followed by an empty line; `extra` is the entry and then the event's own bytes.
/// Goes on after a kill, as the export does, and gives the same bytes.
///
/// Threads: one owner. Memory: 256 KiB, a pack, and a quarter of a byte for each event of a lane.
/// @errors stop  the store is not what a checkpoint was signed of, the disk, `stop` was requested;
///         as ComplianceReader.
[[nodiscard]] Result<ExportedFile> write_proofs(const OpenExport& open,
                                                const std::vector<LaneCheckpoint>& checkpoints,
                                                const std::function<void(std::uint64_t)>& progress,
                                                const std::stop_token& stop);

/// What sha256sum -c reads beside a manifest.
[[nodiscard]] std::string sum_line(const std::string& manifest);

}  // namespace mgc::audit
