#include "audit/adapter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <variant>

#include "audit/export_file.hpp"
#include "audit/export_writer.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

/// The next run begins where the one before ended. False when nothing is new.
bool begin_run(ExportState& state, std::vector<LaneEnd> ends) {
  bool any = false;
  for (LaneEnd& end : ends) {
    const auto before = std::ranges::find(state.ends, end.lane, &LaneEnd::lane);
    if (before != state.ends.end()) end.from = before->events;
    any = any || end.from < end.events;
  }
  if (!any) return false;
  state.ends = std::move(ends);
  state.begin_lane(0);
  return true;
}

}  // namespace

Result<Adapter> Adapter::open(fs::path dir, ExportFormat format) {
  std::error_code failed;
  fs::create_directories(dir, failed);
  if (failed) return Error{Action::stop, fmt::format("{}: {}", dir.string(), failed.message())};
  auto lock = spool::OwnerLock::take(dir / "adapter.state");
  if (!lock) return lock.error();
  Adapter adapter(std::move(dir), std::move(format), std::move(*lock));
  const auto state = adapter.load();
  if (!state) return state.error();
  if (auto removed = adapter.remove_unfinished(*state); !removed) return removed.error();
  return adapter;
}

Result<ExportState> Adapter::load() const {
  std::error_code unseen;
  if (!fs::exists(state_path(), unseen)) return ExportState{};
  const auto text = read_file(state_path());
  if (!text) return text.error();
  auto state = read_state(*text);
  if (state) return state;
  return Error{Action::stop, fmt::format("{}: {}; it says which events were written: put it back "
                                         "from a backup, or give an empty --out",
                                         state_path().string(), state.error().message)};
}

/// A format with other options may name the files of its slice differently, so that those of the
/// slice at which it was killed would stay.
Result<void> Adapter::remove_unfinished(const ExportState& state) const {
  if (state.ends.empty()) return {};  // it has written nothing here
  std::error_code failed;
  for (fs::recursive_directory_iterator at(dir_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() != ".new") continue;
    const std::string name = at->path().lexically_relative(dir_).replace_extension().string();
    if (std::ranges::find(state.renames, name) == state.renames.end())
      fs::remove(at->path(), failed);
  }
  if (failed) return Error{Action::stop, fmt::format("{}: {}", dir_.string(), failed.message())};
  return {};
}

Result<AdapterRun> Adapter::run(db::ComplianceReader& reader, const std::function<void()>& progress,
                                const std::stop_token& stop) {
  auto written = write(reader, progress, stop);
  if (!written) present_.clear();  // it may have read on without taking over what it read
  return written;
}

Result<AdapterRun> Adapter::write(db::ComplianceReader& reader,
                                  const std::function<void()>& progress,
                                  const std::stop_token& stop) {
  auto state = load();
  if (!state) return state.error();
  const db::EventQuery all;
  const OpenExport open{reader, all, dir_, state_path(), *state};
  if (auto same = check_ends(open); !same) return same.error();
  if (state->has_ended()) {
    auto ends = find_ends(reader);
    if (!ends) return ends.error();
    if (!begin_run(*state, std::move(*ends))) return AdapterRun{};
  }
  state->format = format_.name;
  state->options = format_.options;
  state->query = query_json(all);
  const AdapterRun before = {state->events, state->files, state->bytes};
  const auto writer = make_slice_writer(open, std::get<FileFormat>(format_.form), {}, present_,
                                        [&](std::uint64_t) { progress(); });
  if (auto opened = writer->open(); !opened) return opened.error();
  if (auto wrote = write_lanes(open, *writer, stop); !wrote) return wrote.error();
  if (stop.stop_requested()) return Error{Action::stop, "stopped"};
  if (auto saved = open.save(); !saved) return saved.error();
  return AdapterRun{state->events - before.events, state->files - before.files,
                    state->bytes - before.bytes};
}

}  // namespace mgc::audit
