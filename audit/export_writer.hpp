#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/export_state.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// An export that is being written.
struct OpenExport {
  db::ComplianceReader& reader;
  const db::EventQuery& query;
  std::filesystem::path dir;
  std::filesystem::path state_file;
  ExportState& state;

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return dir / name; }
  /// Everything that `state` says is on disk: so is the state when this returns.
  [[nodiscard]] Result<void> save() const;
};

/// Makes files of events. What it says of itself in the state, and saves there, is how far it goes
/// on from after a kill.
///
/// Threads: one owner. Errors: stop  the disk; as ComplianceReader.
class ExportWriter {
 public:
  virtual ~ExportWriter() = default;
  /// Goes on where the state is.
  [[nodiscard]] virtual Result<void> open() = 0;
  /// The next event of the state's lane.
  [[nodiscard]] virtual Result<void> write(const db::ComplianceEvent& event) = 0;
  /// There are no more of that lane.
  [[nodiscard]] virtual Result<void> end_lane() = 0;
  /// The writing is broken off; what is whole is saved.
  [[nodiscard]] virtual Result<void> stop() = 0;
  /// All lanes are written. All files have their names when it returns; they come as file_json().
  [[nodiscard]] virtual Result<nlohmann::json> finish() = 0;
};

/// The newest block of each lane.
[[nodiscard]] Result<std::vector<LaneEnd>> find_ends(db::ComplianceReader& reader);
/// The ledger of `reader` has the ends of the state. @errors stop  it is another one.
[[nodiscard]] Result<void> check_ends(const OpenExport& open);
/// Hands the writer what is left of the lanes of the state. Stops early, without an error, when
/// `stop` is requested.
[[nodiscard]] Result<void> write_lanes(const OpenExport& open, ExportWriter& writer,
                                       const std::stop_token& stop);

}  // namespace mgc::audit
