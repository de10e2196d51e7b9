#include "audit/export.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "audit/export_file.hpp"
#include "audit/export_proofs.hpp"
#include "audit/export_state.hpp"
#include "audit/export_writer.hpp"
#include "audit/line_export.hpp"
#include "audit/slice_export.hpp"
#include "core/failpoint.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kStateFile = "export.state";
constexpr const char* kListFile = "export.files";

/// What cannot be looked at cannot be opened either, and that says why.
bool is_there(const fs::path& path) {
  std::error_code unseen;
  return fs::exists(path, unseen);
}

class Export {
 public:
  Export(db::ComplianceReader& reader, const ExportOptions& options,
         const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop)
      : reader_(reader), options_(options), progress_(progress), stop_(stop) {}

  Result<ExportReport> run();

 private:
  [[nodiscard]] fs::path path(const std::string& name) const { return options_.dir / name; }
  [[nodiscard]] OpenExport open() {
    return {reader_, options_.query, options_.dir, path(kStateFile), state_};
  }

  /// The report of an export that is complete; nullopt when it is not.
  [[nodiscard]] Result<std::optional<ExportReport>> find_complete() const;
  [[nodiscard]] ExportReport report(const json& files, std::uint64_t events,
                                    bool was_complete) const;
  /// `document` is a state or a manifest.
  [[nodiscard]] Result<void> check_same(const json& document, const std::string& where) const;
  [[nodiscard]] Error other_export(const std::string& where) const;
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> resume();
  [[nodiscard]] Result<json> complete();
  [[nodiscard]] Result<void> check_whole();
  /// What an export showed before it was removed or redacted has no proof any more.
  [[nodiscard]] Result<std::uint64_t> count_taken();
  [[nodiscard]] Result<void> check_taken();
  void remove_leftovers() const;

  db::ComplianceReader& reader_;
  const ExportOptions& options_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  std::vector<LaneCheckpoint> checkpoints_;
  ExportState state_;
  PresenceOfLanes present_;
  std::unique_ptr<ExportWriter> writer_;
};

bool is_manifest(const json& document) {
  if (!document.is_object() || !document.value("events", json()).is_number_unsigned() ||
      !document.value("files", json()).is_array()) {
    return false;
  }
  for (const json& file : document["files"]) {
    if (!file.is_object() || !file.value("name", json()).is_string() ||
        !file.value("bytes", json()).is_number_unsigned()) {
      return false;
    }
  }
  return document.contains("query") && document.contains("format");
}

Result<std::optional<ExportReport>> Export::find_complete() const {
  if (!is_there(path("manifest.json"))) return std::optional<ExportReport>();
  const auto text = read_file(path("manifest.json"));
  if (!text) return text.error();
  const json manifest = json::parse(*text, nullptr, false);
  if (!is_manifest(manifest)) {
    return Error{Action::stop, fmt::format("{} is no manifest of an export; give an empty --out",
                                           path("manifest.json").string())};
  }
  if (auto same = check_same(manifest, "manifest.json"); !same) return same.error();
  if (manifest.contains("checkpoints") == options_.checkpoints.empty())
    return other_export("manifest.json");
  for (const json& file : manifest["files"]) {
    const fs::path found = path(file["name"]);
    std::error_code missing;
    if (fs::file_size(found, missing) == file["bytes"] && !missing) continue;
    return Error{Action::stop, fmt::format("{} is not the file that manifest.json beside it is of; "
                                           "remove both and export again",
                                           found.string())};
  }
  return std::optional(report(manifest["files"], manifest["events"], true));
}

ExportReport Export::report(const json& files, std::uint64_t events, bool was_complete) const {
  ExportReport report{events, 0, files.size(), options_.dir, was_complete};
  for (const json& file : files) report.bytes += file["bytes"].get<std::uint64_t>();
  const auto* lines = std::get_if<LineFormat>(&options_.format.form);
  if (lines != nullptr && files.size() == 1) report.file = path(lines->file);
  return report;
}

Result<void> Export::check_same(const json& document, const std::string& where) const {
  if (document["query"] == query_json(options_.query) &&
      document["format"] == options_.format.name &&
      document.value("options", json()) == options_.format.options) {
    return {};
  }
  return other_export(where);
}

Error Export::other_export(const std::string& where) const {
  return Error{Action::stop,
               fmt::format("{} is of another export; give another --out", path(where).string())};
}

// The ends of the first begin count: a later one exports the same.
Result<void> Export::begin() {
  if (is_there(path(kStateFile))) {
    if (auto read = resume(); !read) return read;
  } else {
    auto ends = checkpoints_.empty() ? find_ends(reader_) : ends_of(checkpoints_);
    if (!ends) return ends.error();
    state_.format = options_.format.name;
    state_.options = options_.format.options;
    state_.query = query_json(options_.query);
    state_.ends = std::move(*ends);
    auto taken = count_taken();
    if (!taken) return taken.error();
    state_.taken = *taken;
  }
  if (auto whole = check_whole(); !whole) return whole;
  const ExportFormat& format = options_.format;
  writer_ = std::holds_alternative<LineFormat>(format.form)
                ? make_line_writer(open(), std::get<LineFormat>(format.form), progress_)
                : make_slice_writer(open(), std::get<FileFormat>(format.form), kListFile, present_,
                                    progress_);
  return writer_->open();
}

Result<void> Export::resume() {
  const auto text = read_file(path(kStateFile));
  if (!text) return text.error();
  auto state = read_state(*text);
  if (!state) {
    return Error{Action::stop,
                 fmt::format("{}: {}", path(kStateFile).string(), state.error().message)};
  }
  state_ = std::move(*state);
  const json saved = {
      {"query", state_.query}, {"format", state_.format}, {"options", state_.options}};
  if (auto same = check_same(saved, kStateFile); !same) return same;
  if (!checkpoints_.empty() && state_.ends != ends_of(checkpoints_))
    return other_export(kStateFile);
  return check_ends(open());
}

Result<void> Export::check_whole() {
  const bool is_whole = state_.query == json{{"duties", true}};
  return is_whole ? check_removals(reader_.duties(), checkpoints_) : Result<void>();
}

Result<std::uint64_t> Export::count_taken() {
  std::uint64_t taken = 0;
  for (const auto kind : {schema::EventKind::removal, schema::EventKind::redaction}) {
    const auto size = reader_.duties().size(kind);
    if (!size) return size.error();
    taken += size->events;
  }
  return taken;
}

Result<void> Export::check_taken() {
  const auto taken = count_taken();
  if (!taken) return taken.error();
  if (*taken == state_.taken) return check_whole();
  return Error{Action::stop,
               fmt::format("something was removed or redacted while {} was made: some of what it "
                           "shows is not in the record any more. Delete it, and export again",
                           options_.dir.string())};
}

Result<json> Export::complete() {
  auto files = writer_->finish();
  if (!files) return files.error();
  if (reach_failpoint("export.before_manifest") == Failure::error)
    return Error{Action::stop, "failure point export.before_manifest"};
  if (!checkpoints_.empty()) {
    const auto proofs = write_proofs(open(), checkpoints_, progress_, stop_);
    if (!proofs) return proofs.error();
    files->push_back(file_json(*proofs));
  }
  if (auto same = check_taken(); !same) return same.error();
  const std::string manifest = manifest_text(state_, *files, notes_of(checkpoints_));
  if (!checkpoints_.empty()) {
    if (auto summed = write_file(path("manifest.json.sha256"), sum_line(manifest)); !summed)
      return summed.error();
  }
  // The manifest last: where it is, the files are whole.
  if (auto made = write_file(path("manifest.json"), manifest); !made) return made.error();
  remove_leftovers();
  if (auto synced = sync_directory(options_.dir); !synced) return synced.error();
  return *files;
}

/// Beside a manifest they mean nothing any more, so that one which stays does no harm.
void Export::remove_leftovers() const {
  std::error_code stays;
  for (const char* name : {kStateFile, kListFile, kCheckpointsFile, kProofsState})
    fs::remove(path(name), stays);
}

Result<ExportReport> Export::run() {
  std::error_code failed;
  fs::create_directories(options_.dir, failed);
  if (failed)
    return Error{Action::stop, fmt::format("{}: {}", options_.dir.string(), failed.message())};
  auto done = find_complete();
  if (!done) return done.error();
  if (*done) {
    remove_leftovers();
    return **done;
  }
  auto checkpoints = begin_proofs(reader_, options_.checkpoints, options_.dir);
  if (!checkpoints) return checkpoints.error();
  checkpoints_ = std::move(*checkpoints);
  if (auto begun = begin(); !begun) return begun.error();
  if (auto written = write_lanes(open(), *writer_, stop_); !written) return written.error();
  if (stop_.stop_requested()) {
    if (auto stopped = writer_->stop(); !stopped) return stopped.error();
    return Error{Action::stop,
                 fmt::format("stopped after {} events; the same command goes on", state_.events)};
  }
  const auto files = complete();
  if (!files) return files.error();
  return report(*files, state_.events, false);
}

}  // namespace

Result<ExportReport> export_events(db::ComplianceReader& reader, const ExportOptions& options,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop) {
  return Export(reader, options, progress, stop).run();
}

}  // namespace mgc::audit
