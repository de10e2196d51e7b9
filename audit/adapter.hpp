#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <utility>

#include "audit/export_format.hpp"
#include "audit/export_state.hpp"
#include "audit/slice_export.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "spool/owner_lock.hpp"

namespace mgc::audit {

/// What one run has written.
struct AdapterRun {
  std::uint64_t events = 0, files = 0, bytes = 0;
};

/// Writes what is new in mgccomp into a directory, run after run, and removes nothing from either.
/// DIR/adapter.state is how far it is; whoever fetches the files takes away those that have their
/// names and leaves it and what ends in .new. After a kill the next run goes on: no event is left
/// out, none is in two files.
///
/// Threads: one owner. Ownership: DIR is its own until it is destroyed (DIR/adapter.state.lock).
/// Memory:  as slice_export.hpp says.
class Adapter {
 public:
  /// @param format  of several files. It may be another one each time.
  /// @errors stop  DIR cannot be written, another adapter has it, or its state cannot be read.
  [[nodiscard]] static Result<Adapter> open(std::filesystem::path dir, ExportFormat format);

  /// Writes all events that `reader` sees and that no run before has written.
  /// @param progress  called after each slice.
  /// @errors stop  the disk, the format cannot hold an event, `reader` is of another store or of
  ///               an older copy, `stop` was requested; as ComplianceReader. The next run goes on.
  [[nodiscard]] Result<AdapterRun> run(db::ComplianceReader& reader,
                                       const std::function<void()>& progress,
                                       const std::stop_token& stop);

 private:
  Adapter(std::filesystem::path dir, ExportFormat format, spool::OwnerLock lock)
      : dir_(std::move(dir)), format_(std::move(format)), lock_(std::move(lock)) {}

  [[nodiscard]] std::filesystem::path state_path() const { return dir_ / "adapter.state"; }
  [[nodiscard]] Result<ExportState> load() const;
  [[nodiscard]] Result<void> remove_unfinished(const ExportState& state) const;
  [[nodiscard]] Result<AdapterRun> write(db::ComplianceReader& reader,
                                         const std::function<void()>& progress,
                                         const std::stop_token& stop);

  std::filesystem::path dir_;
  ExportFormat format_;
  spool::OwnerLock lock_;
  PresenceOfLanes present_;
};

}  // namespace mgc::audit
