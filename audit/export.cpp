#include "audit/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "audit/csv.hpp"
#include "audit/event_json.hpp"
#include "audit/export_file.hpp"
#include "audit/export_state.hpp"
#include "core/failpoint.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What is written at once, and between two states: a kill costs that much work.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr std::uint64_t kStateBytes = std::uint64_t{64} << 20;

std::string_view name_of(ExportFormat format) {
  return format == ExportFormat::csv ? "csv" : "jsonl";
}

/// What cannot be looked at cannot be opened either, and that says why.
bool is_there(const fs::path& path) {
  std::error_code unseen;
  return fs::exists(path, unseen);
}

std::string line_of(ExportFormat format, const db::ComplianceEvent& event) {
  if (format == ExportFormat::csv) return csv_line(event);
  return event_json(event).dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

Result<std::vector<LaneEnd>> find_ends(db::ComplianceReader& reader) {
  const auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  std::vector<LaneEnd> ends;
  for (const std::string& lane : *lanes) {
    const auto last = reader.last_block(lane);
    if (!last) return last.error();
    if (!*last) continue;
    const db::BlockRow& block = **last;
    ends.push_back(
        {lane, block.block, block.first_event_id + block.events, schema::to_hex(block.digest)});
  }
  std::ranges::sort(ends, {}, &LaneEnd::lane);
  return ends;
}

class Export {
 public:
  Export(db::ComplianceReader& reader, const ExportOptions& options,
         const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop)
      : reader_(reader), options_(options), progress_(progress), stop_(stop) {}

  Result<ExportReport> run();

 private:
  [[nodiscard]] fs::path path(const std::string& name) const { return options_.dir / name; }
  [[nodiscard]] std::string name() const {
    return fmt::format("events.{}", name_of(options_.format));
  }
  [[nodiscard]] fs::path state_path() const { return path("export.state"); }
  [[nodiscard]] fs::path part_path() const { return path(name() + ".part"); }

  /// The report of an export that is complete; nullopt when it is not.
  [[nodiscard]] Result<std::optional<ExportReport>> find_complete() const;
  [[nodiscard]] Result<void> check_same(const json& query, const json& format,
                                        const std::string& where) const;
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> check_ledger() const;
  [[nodiscard]] Result<void> write_lane();
  [[nodiscard]] Result<void> write(const db::ComplianceEvent& event);
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> save();
  [[nodiscard]] Result<void> complete();

  db::ComplianceReader& reader_;
  const ExportOptions& options_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  ExportState state_;
  std::optional<ExportFile> file_;
  Bytes pending_;
  std::uint64_t saved_bytes_ = 0;
};

Result<std::optional<ExportReport>> Export::find_complete() const {
  if (!is_there(path("manifest.json"))) return std::optional<ExportReport>();
  const auto text = read_file(path("manifest.json"));
  if (!text) return text.error();
  const json manifest = json::parse(*text, nullptr, false);
  const auto number = [&](const char* pointer) {
    return manifest.value(json::json_pointer(pointer), json()).is_number_unsigned();
  };
  if (!manifest.is_object() || !number("/events") || !number("/files/0/bytes") ||
      !manifest.contains("query") || !manifest.contains("format")) {
    return Error{Action::stop, fmt::format("{} is no manifest of an export; give an empty --out",
                                           path("manifest.json").string())};
  }
  if (auto same = check_same(manifest["query"], manifest["format"], "manifest.json"); !same)
    return same.error();
  const std::uint64_t bytes = manifest["files"][0]["bytes"];
  std::error_code missing;
  if (fs::file_size(path(name()), missing) != bytes || missing) {
    return Error{Action::stop, fmt::format("{} is not the file that manifest.json beside it is of; "
                                           "remove both and export again",
                                           path(name()).string())};
  }
  return std::optional(ExportReport{manifest["events"], bytes, path(name()), true});
}

Result<void> Export::check_same(const json& query, const json& format,
                                const std::string& where) const {
  if (query == query_json(options_.query) && format == name_of(options_.format)) return {};
  return Error{Action::stop,
               fmt::format("{} is of another export; give another --out", path(where).string())};
}

// The ends of the first begin count: a later one exports the same.
Result<void> Export::begin() {
  if (is_there(state_path())) {
    const auto text = read_file(state_path());
    if (!text) return text.error();
    auto state = read_state(*text);
    if (!state)
      return Error{Action::stop,
                   fmt::format("{}: {}", state_path().string(), state.error().message)};
    state_ = std::move(*state);
    if (auto same = check_same(state_.query, state_.format, "export.state"); !same) return same;
    if (auto checked = check_ledger(); !checked) return checked;
  } else {
    auto ends = find_ends(reader_);
    if (!ends) return ends.error();
    state_.format = name_of(options_.format);
    state_.query = query_json(options_.query);
    state_.ends = std::move(*ends);
    if (options_.format == ExportFormat::csv) pending_ = csv_header();
  }
  saved_bytes_ = state_.bytes;
  // Killed between the two last steps: the file has its name, and no manifest says so.
  std::error_code none;
  if (!is_there(part_path()) && state_.bytes > 0) fs::rename(path(name()), part_path(), none);
  auto file = ExportFile::open(part_path(), state_.bytes);
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  return {};
}

Result<void> Export::check_ledger() const {
  for (const LaneEnd& end : state_.ends) {
    const auto block = reader_.block(end.lane, end.block);
    if (!block) return block.error();
    if (*block && schema::to_hex((*block)->digest) == end.digest) continue;
    return Error{
        Action::stop,
        fmt::format("{}: block {} of lane '{}' is not the one that this export began with; "
                    "is it another store?",
                    state_path().string(), end.block, end.lane)};
  }
  return {};
}

Result<void> Export::write_lane() {
  const LaneEnd& end = state_.ends[state_.lane];
  db::EventQuery query = options_.query;
  if (state_.through)
    query.after_event_id = std::max(query.after_event_id.value_or(0), *state_.through);
  query.before_event_id = std::min(query.before_event_id.value_or(end.events), end.events);
  Result<void> written;
  const auto read = reader_.each_hit(end.lane, query, [&](const db::ComplianceEvent& event) {
    written = write(event);
    return written && !stop_.stop_requested();
  });
  if (!read) return read;
  return written;
}

Result<void> Export::write(const db::ComplianceEvent& event) {
  pending_ += line_of(options_.format, event);
  state_.count(event);
  state_.through = event.event_id;
  if (pending_.size() < kWriteBytes) return {};
  progress_(state_.events);
  if (auto flushed = flush(); !flushed) return flushed;
  if (file_->bytes() - saved_bytes_ < kStateBytes) return {};
  return save();
}

Result<void> Export::flush() {
  if (auto appended = file_->append(pending_); !appended) return appended;
  pending_.clear();
  state_.bytes = file_->bytes();
  return {};
}

Result<void> Export::save() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto synced = file_->sync(); !synced) return synced;
  if (auto saved = write_file(state_path(), state_text(state_)); !saved) return saved;
  saved_bytes_ = state_.bytes;
  if (reach_failpoint("export.saved") == Failure::error)
    return Error{Action::stop, "failure point export.saved"};
  return {};
}

Result<void> Export::complete() {
  if (auto saved = save(); !saved) return saved;
  const auto sha256 = sha256_of_file(part_path());
  if (!sha256) return sha256.error();
  // The manifest last: where it is, the file is whole.
  std::error_code failed;
  fs::rename(part_path(), path(name()), failed);
  if (failed)
    return Error{Action::stop, fmt::format("{}: {}", path(name()).string(), failed.message())};
  if (reach_failpoint("export.before_manifest") == Failure::error)
    return Error{Action::stop, "failure point export.before_manifest"};
  if (auto made = write_file(path("manifest.json"), manifest_text(state_, name(), *sha256)); !made)
    return made;
  fs::remove(state_path(), failed);  // beside a manifest it means nothing any more
  return sync_directory(options_.dir);
}

Result<ExportReport> Export::run() {
  std::error_code failed;
  fs::create_directories(options_.dir, failed);
  if (failed)
    return Error{Action::stop, fmt::format("{}: {}", options_.dir.string(), failed.message())};
  auto done = find_complete();
  if (!done) return done.error();
  if (*done) return **done;
  if (auto begun = begin(); !begun) return begun.error();
  for (; state_.lane < state_.ends.size(); ++state_.lane, state_.through.reset()) {
    if (auto written = write_lane(); !written) return written.error();
    if (!stop_.stop_requested()) continue;
    if (auto saved = save(); !saved) return saved.error();
    return Error{Action::stop,
                 fmt::format("stopped after {} events; the same command goes on", state_.events)};
  }
  if (auto completed = complete(); !completed) return completed.error();
  return ExportReport{state_.events, state_.bytes, path(name()), false};
}

}  // namespace

Result<ExportReport> export_events(db::ComplianceReader& reader, const ExportOptions& options,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop) {
  return Export(reader, options, progress, stop).run();
}

}  // namespace mgc::audit
