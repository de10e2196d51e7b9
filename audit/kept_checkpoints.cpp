#include "audit/kept_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "audit/checkpoint.hpp"
#include "audit/signed_note.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

/// The lanes whose checkpoints are in a file. What cannot be read is found when it is checked.
Result<std::set<std::string>> lanes_in(const fs::path& path) {
  std::set<std::string> lanes;
  auto file = NoteFile::open(path);
  if (!file) return file.error();
  while (true) {
    const auto note = file->next();
    if (!note && note.error().action == Action::reject) return lanes;
    if (!note) return note.error();
    if (!*note) return lanes;
    const auto text = unverified_text(**note);
    const auto checkpoint = text ? read_checkpoint(*text) : Result<Checkpoint>(text.error());
    if (!checkpoint) continue;
    lanes.insert(checkpoint->origin.substr(checkpoint->origin.rfind('/') + 1));
  }
}

}  // namespace

Result<KeptCheckpoints> KeptCheckpoints::open(const fs::path& place) {
  KeptCheckpoints kept;
  std::vector<fs::path> files;
  std::error_code failed;
  if (fs::is_directory(place, failed)) {
    for (fs::directory_iterator entry(place, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      if (entry->path().extension() == ".checkpoints") files.push_back(entry->path());
    }
    if (failed) return Error{Action::stop, place.string() + ": " + failed.message()};
    std::ranges::sort(files);
  } else {
    files.push_back(place);
  }
  for (const fs::path& path : files) {
    const auto lanes = lanes_in(path);
    if (!lanes) return lanes.error();
    for (const std::string& lane : *lanes) {
      auto file = NoteFile::open(path);
      if (!file) return file.error();
      kept.lanes_.push_back({lane, std::move(*file)});
    }
  }
  if (kept.lanes_.empty()) {
    return Error{Action::stop,
                 fmt::format("{}: no checkpoint is in it; mgc audit checkpoint writes them",
                             printable(place.string()))};
  }
  return kept;
}

std::vector<std::string> KeptCheckpoints::lanes() const {
  std::vector<std::string> all;
  for (const Lane& lane : lanes_) all.push_back(lane.part);
  return all;
}

NoteFile* KeptCheckpoints::file_of(const std::string& lane_part) {
  const auto found = std::ranges::find(lanes_, lane_part, &Lane::part);
  return found == lanes_.end() ? nullptr : &found->file;
}

}  // namespace mgc::audit
