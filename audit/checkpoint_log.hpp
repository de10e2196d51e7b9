#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "audit/export_file.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// The checkpoints of one lane in a directory: LANE.checkpoints with all of them, and
/// LANE.checkpoint with the newest one. What was in the first half way when a process ended is
/// removed.
///
/// Threads: one owner, and no other process. Errors: stop  the disk, or a file that is none such.
class CheckpointLog {
 public:
  [[nodiscard]] static Result<CheckpointLog> open(const std::filesystem::path& dir,
                                                  const std::string& lane);

  /// The newest note; nullopt when there is none.
  [[nodiscard]] const std::optional<std::string>& last() const { return last_; }
  /// The file with all of them.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// On disk when it returns.
  [[nodiscard]] Result<void> append(const std::string& note);

 private:
  CheckpointLog(std::filesystem::path path, ExportFile file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  ExportFile file_;
  std::optional<std::string> last_;
};

}  // namespace mgc::audit
