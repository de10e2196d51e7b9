#include "audit/checkpoint_log.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "audit/checkpoint.hpp"
#include "audit/note_file.hpp"
#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

/// What of a file counts.
struct Kept {
  std::optional<std::string> last;
  std::uint64_t bytes = 0;
  bool is_cut = false;     ///< the end of its last note, or what follows it
  bool lacks_end = false;  ///< the empty line behind its last note
};

Result<Kept> read_kept(const fs::path& path) {
  Kept kept;
  std::error_code absent;
  if (!fs::exists(path, absent) && !absent) return kept;
  auto file = NoteFile::open(path);
  if (!file) return file.error();
  while (true) {
    auto note = file->next();
    if (!note && note.error().action == Action::reject) kept.is_cut = true;
    if (!note && !kept.is_cut) return note.error();
    if (kept.is_cut || !*note) return kept;
    kept.last = std::move(**note);
    kept.lacks_end = file->position() - kept.bytes == kept.last->size();
    kept.bytes = file->position();
  }
}

}  // namespace

Result<CheckpointLog> CheckpointLog::open(const fs::path& dir, const std::string& lane) {
  std::error_code failed;
  fs::create_directories(dir, failed);
  if (failed) {
    return Error{Action::stop, fmt::format("{}: {}", printable(dir.string()), failed.message())};
  }
  const fs::path path = dir / (url_part(lane) + ".checkpoints");
  auto kept = read_kept(path);
  if (!kept) return kept.error();
  if (kept->is_cut) {
    log_warning("{}: what follows byte {} is no whole checkpoint and is removed", path.string(),
                kept->bytes);
  }
  auto file = ExportFile::open(path, kept->bytes);
  if (!file) return file.error();
  if (kept->lacks_end) {
    if (auto ended = file->append("\n"); !ended) return ended.error();
  }
  CheckpointLog log(path, std::move(*file));
  log.last_ = std::move(kept->last);
  return log;
}

Result<void> CheckpointLog::append(const std::string& note) {
  if (auto written = file_.append(note + '\n'); !written) return written;
  if (auto synced = file_.sync(); !synced) return synced;
  if (reach_failpoint("checkpoint.appended") == Failure::error) {
    return Error{Action::stop, "failure point checkpoint.appended"};
  }
  fs::path newest = path_;
  newest.replace_extension(".checkpoint");
  if (auto written = write_file(newest, note); !written) return written;
  last_ = note;
  return sync_directory(path_.parent_path());
}

}  // namespace mgc::audit
