#include "audit/slice_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "audit/export_file.hpp"
#include "audit/file_name.hpp"
#include "core/failpoint.hpp"
#include "core/utf8.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Files of a slice that are synced one after the other. Beyond that the whole file system is: it
/// takes as long as a few files, but also writes what other programs have not synced.
constexpr std::size_t kSyncedEachMax = 100;

Error file_error(const fs::path& path, const std::error_code& why) {
  return {Action::stop, fmt::format("{}: {}", path.string(), why.message())};
}

/// What an event takes of a slice.
std::size_t size_of(const db::ComplianceEvent& event) {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? value->size() : 0;
  };
  return sizeof event + event.content.size() + text(event.room_uri) + text(event.room_name) +
         text(event.actor_uri) + text(event.actor_name) + text(event.actor_email) +
         text(event.file_name);
}

class SliceWriter final : public ExportWriter {
 public:
  SliceWriter(OpenExport open, const FileFormat& format, std::string list, PresenceOfLanes& present,
              std::function<void(std::uint64_t)> progress)
      : export_(std::move(open)),
        format_(format),
        list_name_(std::move(list)),
        present_(present),
        progress_(std::move(progress)) {}

  [[nodiscard]] Result<void> open() override;
  [[nodiscard]] Result<void> write(const db::ComplianceEvent& event) override;
  [[nodiscard]] Result<void> end_lane() override { return end_slice(); }
  [[nodiscard]] Result<void> stop() override { return {}; }  // the slice is begun anew
  [[nodiscard]] Result<json> finish() override;

 private:
  [[nodiscard]] bool fits(const db::ComplianceEvent& event) const;
  [[nodiscard]] std::uint64_t number_of(const db::ComplianceEvent& first) const;
  [[nodiscard]] Result<void> end_slice();
  [[nodiscard]] Result<void> look_who_is_there();
  [[nodiscard]] Result<void> write_files(const std::vector<OutputFile>& files);
  [[nodiscard]] Result<void> write_one(const OutputFile& file, Sync sync);
  [[nodiscard]] Result<void> rename_files();
  [[nodiscard]] Result<void> sync_folders(const std::vector<std::string>& names) const;
  [[nodiscard]] Result<void> list(const std::vector<OutputFile>& files);
  [[nodiscard]] std::string where() const {
    return fmt::format("the slice at event_id {} of lane '{}'", slice_.number, slice_.lane);
  }

  const OpenExport export_;
  const FileFormat& format_;
  const std::string list_name_;
  PresenceOfLanes& present_;
  const std::function<void(std::uint64_t)> progress_;
  Slice slice_;
  std::size_t slice_bytes_ = 0;
  std::optional<ExportFile> list_;
};

// The state is saved before the first file: which events there are to export is not for a later
// process to decide.
Result<void> SliceWriter::open() {
  if (auto renamed = rename_files(); !renamed) return renamed;
  if (!list_name_.empty()) {
    auto list = ExportFile::open(export_.path(list_name_), export_.state.listed);
    if (!list) return list.error();
    list_.emplace(std::move(*list));
  }
  return export_.save();
}

bool SliceWriter::fits(const db::ComplianceEvent& event) const {
  const std::uint64_t run = slice_.events.front().event_id / kSliceIds;
  return event.event_id / kSliceIds == run && slice_bytes_ + size_of(event) <= kSliceBytes;
}

std::uint64_t SliceWriter::number_of(const db::ComplianceEvent& first) const {
  const std::uint64_t run = first.event_id / kSliceIds;
  const auto& through = export_.state.through;
  return through && *through / kSliceIds == run ? first.event_id : run * kSliceIds;
}

Result<void> SliceWriter::write(const db::ComplianceEvent& event) {
  if (!slice_.events.empty() && !fits(event)) {
    if (auto ended = end_slice(); !ended) return ended;
  }
  if (slice_.events.empty()) {
    slice_.lane = event.lane;
    slice_.number = number_of(event);
  }
  slice_bytes_ += size_of(event);
  slice_.events.push_back(event);
  return {};
}

Result<void> SliceWriter::end_slice() {
  if (slice_.events.empty()) return {};
  if (format_.wants_present) {
    if (auto looked = look_who_is_there(); !looked) return looked;
  }
  const auto files = format_.write(slice_);
  if (!files) return files.error();
  if (auto written = write_files(*files); !written) return written;
  if (auto listed = list(*files); !listed) return listed;
  for (const db::ComplianceEvent& event : slice_.events) export_.state.count(event);
  export_.state.through = slice_.events.back().event_id;
  if (auto saved = export_.save(); !saved) return saved;
  if (auto renamed = rename_files(); !renamed) return renamed;
  slice_ = {};
  slice_bytes_ = 0;
  progress_(export_.state.events);
  return {};
}

Result<void> SliceWriter::look_who_is_there() {
  Presence& lane = present_.try_emplace(slice_.lane, slice_.lane, export_.query).first->second;
  const std::uint64_t first = slice_.events.front().event_id;
  const std::uint64_t end = export_.state.ends[export_.state.lane].events;
  if (auto advanced = lane.advance(export_.reader, first, end); !advanced) return advanced;
  for (const db::ComplianceEvent& event : slice_.events) {
    if (!event.room_uri || slice_.present.contains(*event.room_uri)) continue;
    if (auto there = lane.in(*event.room_uri); !there.empty()) {
      slice_.present.emplace(*event.room_uri, std::move(there));
    }
  }
  return {};
}

Result<void> SliceWriter::write_files(const std::vector<OutputFile>& files) {
  std::set<std::string_view> names;
  for (const OutputFile& file : files) {
    if (auto checked = check_file_name(file.name); !checked) return checked;
    if (names.insert(file.name).second) continue;
    return Error{Action::stop, fmt::format("format {} has two files {} for {}",
                                           export_.state.format, file.name, where())};
  }
  export_.state.renames.assign(names.begin(), names.end());
  const Sync sync = files.size() > kSyncedEachMax ? Sync::later : Sync::now;
  for (const OutputFile& file : files) {
    if (auto written = write_one(file, sync); !written) return written;
  }
  if (sync == Sync::later) {
    if (auto synced = sync_filesystem(export_.dir); !synced) return synced;
  }
  return sync_folders(export_.state.renames);
}

Result<void> SliceWriter::write_one(const OutputFile& file, Sync sync) {
  const fs::path path = export_.path(file.name);
  std::error_code failed;
  if (fs::exists(path, failed)) {
    return Error{Action::stop,
                 fmt::format("{} is there already, and {} would replace it; give an empty --out",
                             path.string(), where())};
  }
  fs::create_directories(path.parent_path(), failed);
  if (failed) return file_error(path.parent_path(), failed);
  return write_aside(path, file.bytes, sync);
}

/// What is not aside any more has its name, and may have been taken away since.
Result<void> SliceWriter::rename_files() {
  std::error_code unseen;
  for (const std::string& name : export_.state.renames) {
    const fs::path path = export_.path(name);
    if (!fs::exists(aside(path), unseen)) continue;
    if (auto renamed = take_from_aside(path); !renamed) return renamed;
    if (reach_failpoint("export.renamed") == Failure::error)
      return Error{Action::stop, "failure point export.renamed"};
  }
  if (auto synced = sync_folders(export_.state.renames); !synced) return synced;
  export_.state.renames.clear();
  return {};
}

/// With those above them, in which their names are.
Result<void> SliceWriter::sync_folders(const std::vector<std::string>& names) const {
  std::set<fs::path> folders;  // below that of the export
  for (const std::string& name : names) {
    fs::path folder = fs::path(name).parent_path();
    while (folders.insert(folder).second && !folder.empty()) folder = folder.parent_path();
  }
  for (const fs::path& folder : folders) {
    if (auto synced = sync_directory(export_.dir / folder); !synced) return synced;
  }
  return {};
}

Result<void> SliceWriter::list(const std::vector<OutputFile>& files) {
  schema::Hasher hasher;
  std::string lines;
  for (const OutputFile& file : files) {
    const std::string sha256 = schema::to_hex(schema::bytes_of(hasher.sha256(file.bytes)));
    lines += file_json({file.name, file.bytes.size(), sha256}).dump() + '\n';
    export_.state.bytes += file.bytes.size();
    ++export_.state.files;
  }
  if (!list_) return {};
  if (auto appended = list_->append(lines); !appended) return appended;
  if (auto synced = list_->sync(); !synced) return synced;
  export_.state.listed = list_->bytes();
  if (reach_failpoint("export.listed") == Failure::error)
    return Error{Action::stop, "failure point export.listed"};
  return {};
}

Result<json> SliceWriter::finish() {
  json files = json::array();
  const auto text = read_file(export_.path(list_name_));
  if (!text) return text.error();
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    json file = json::parse(line, nullptr, false);
    if (file.is_discarded()) {
      return Error{Action::stop, fmt::format("{} is not as it was written; remove the directory "
                                             "and export again",
                                             export_.path(list_name_).string())};
    }
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

Result<void> check_file_name(std::string_view name) {
  constexpr std::size_t kPartMax = 200;  // of 255, so that what is written aside has a name too
  constexpr std::array<std::string_view, 10> kOwn = {
      "manifest.json", "manifest.json.sha256", "export.state",       "export.files",
      "adapter.state", "adapter.state.lock",   "export.checkpoints", "proofs.state",
      "proofs.tlog",   "proofs.tlog.part"};
  const auto wrong = [&](std::string_view what) {
    return Error{Action::stop,
                 fmt::format("'{}' is no name for a file of an export: {}", printable(name), what)};
  };
  if (std::ranges::find(kOwn, name) != kOwn.end())
    return wrong("the export has a file of that name");
  if (name.ends_with(".new")) return wrong("it ends as what is not whole yet");
  for (std::string_view rest = name;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty()) return wrong("a part of it is empty");
    if (part.size() > kPartMax) return wrong("a part of it has more than 200 characters");
    if (part == "." || part == "..") return wrong("it leaves its folder");
    if (!std::ranges::all_of(part, is_name_character))
      return wrong("only letters, digits, '.', '_' and '-' can be in one");
    if (part.size() == rest.size()) return {};
    rest.remove_prefix(part.size() + 1);
  }
}

std::unique_ptr<ExportWriter> make_slice_writer(OpenExport open, const FileFormat& format,
                                                std::string list, PresenceOfLanes& present,
                                                std::function<void(std::uint64_t)> progress) {
  return std::make_unique<SliceWriter>(std::move(open), format, std::move(list), present,
                                       std::move(progress));
}

}  // namespace mgc::audit
