#include "app/import_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "audit/import_file.hpp"
#include "consumer/batcher.hpp"
#include "consumer/writer.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/import_positions.hpp"
#include "db/pack_record.hpp"

namespace mgc::app {
namespace {

namespace fs = std::filesystem;

using Progress = std::function<void(const ImportTotals&, std::uint64_t, std::uint64_t)>;

/// What an export or an adapter keeps for itself in its folder.
bool is_list(const fs::path& file) {
  constexpr std::string_view kOwn[] = {"manifest.json", "adapter.state", "adapter.state.lock"};
  const std::string name = file.filename().string();
  return name.ends_with(".ATTACH") || std::ranges::find(kOwn, name) != std::end(kOwn);
}

/// One run of the import.
class Import {
 public:
  Import(const ImportOptions& options, const Clock& clock, std::stop_token stop,
         const Progress& progress, db::ImportPositions positions)
      : from_(options.from),
        stop_(std::move(stop)),
        progress_(progress),
        positions_(std::move(positions)),
        writer_(options.mgccomp,
                {.lane = std::string(kImportLane),
                 .holder = consumer::lease_holder(),
                 .lease = options.lease},
                clock),
        batcher_({}, clock) {}

  Result<ImportTotals> run() {
    if (auto listed = list_files(); !listed) return listed.error();
    auto done = writer_.take_lane(stop_);
    if (done) done = import_all();
    writer_.leave_lane();
    totals_.stopped = !done && stop_.stop_requested();
    if (!done && !totals_.stopped) return done.error();
    return std::move(totals_);
  }

 private:
  Result<void> list_files();
  void list(const fs::directory_entry& entry);
  Result<void> import_all();
  Result<void> import_file(const fs::path& path);
  Result<void> import_known(const audit::ImportFile& file);
  Result<void> add(consumer::DecodedRecord record);
  Result<void> add_pack(Bytes body);
  Result<void> add_letter(const audit::ImportFile& file, audit::Unreadable unreadable);
  Result<void> commit(consumer::Batch batch);
  Result<void> keep_on(std::uint64_t bytes_of_file);
  void note(const fs::path& path, std::uint64_t line, std::string reason);
  [[nodiscard]] std::string shown(const fs::path& path) const;

  const fs::path from_;
  const std::stop_token stop_;
  const Progress& progress_;
  db::ImportPositions positions_;
  consumer::Writer writer_;
  consumer::Batcher batcher_;
  db::PackReader reader_;
  std::vector<fs::path> files_;
  std::set<std::uint64_t> epochs_;  ///< of the files of this run
  std::uint64_t bytes_total_ = 0;   ///< each file is read twice
  std::uint64_t bytes_done_ = 0;    ///< of the files before
  std::optional<Error> failure_;    ///< not of a file, but of the run
  ImportTotals totals_;
};

std::string Import::shown(const fs::path& path) const {
  const fs::path below = path.lexically_relative(from_);
  return printable(below.empty() || below == "." ? path.string() : below.string());
}

void Import::note(const fs::path& path, std::uint64_t line, std::string reason) {
  ++totals_.troubles_total;
  if (totals_.troubles.size() < ImportTotals::kListed)
    totals_.troubles.push_back({shown(path), line, std::move(reason)});
}

void Import::list(const fs::directory_entry& entry) {
  std::error_code error;
  const fs::path& path = entry.path();
  if (entry.is_symlink(error)) {
    ++totals_.unreadable_files;
    return note(path, 0, "is a symbolic link, which is not followed: it could lead anywhere");
  }
  if (entry.is_directory(error)) return;
  if (!entry.is_regular_file(error)) {
    ++totals_.unreadable_files;
    return note(path, 0, error ? error.message() : "is no regular file");
  }
  if (is_list(path)) {
    ++totals_.lists;
    return;
  }
  bytes_total_ += 2 * entry.file_size(error);
  files_.push_back(path);
}

Result<void> Import::list_files() {
  std::error_code error;
  if (fs::is_regular_file(from_, error)) {
    list(fs::directory_entry(from_));
    return {};
  }
  fs::recursive_directory_iterator at(from_, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) list(*at);
  if (error) {
    return Error{Action::stop, fmt::format("{}: cannot be listed: {}", printable(from_.string()),
                                           error.message())};
  }
  // The order of the original's files, whose names begin with their time or number.
  std::ranges::sort(files_);
  return {};
}

Result<void> Import::import_all() {
  for (const fs::path& path : files_) {
    if (auto done = import_file(path); !done) return done;
  }
  if (auto done = commit(batcher_.take()); !done) return done;
  while (writer_.tend_segments([](std::uint64_t) { return true; })) {
  }
  return {};
}

/// Between two pieces of a file: the lane is kept, and a stop is heard.
Result<void> Import::keep_on(std::uint64_t bytes_of_file) {
  progress_(totals_, bytes_done_ + bytes_of_file, bytes_total_);
  if (stop_.stop_requested()) {
    failure_ = Error{Action::retry, "stopped"};
  } else if (auto kept = writer_.keep_lane(); !kept) {
    failure_ = kept.error();
  }
  return failure_ ? Result<void>(*failure_) : Result<void>();
}

Result<void> Import::import_file(const fs::path& path) {
  if (auto kept = keep_on(0); !kept) return kept;
  const auto file = audit::look_at_import(path, [&](std::uint64_t at) { return keep_on(at); });
  if (!file) {
    if (failure_) return *failure_;
    ++totals_.unreadable_files;
    note(path, 0, file.error().message);
    return {};
  }
  bytes_done_ += file->content.bytes;
  auto done = import_known(*file);
  bytes_done_ += file->content.bytes;
  return done;
}

Result<void> Import::import_known(const audit::ImportFile& file) {
  if (!epochs_.insert(file.epoch).second) {
    ++totals_.repeated;
    return {};
  }
  if (file.content.fault) {
    ++totals_.unreadable_files;
    auto faulty = audit::keep_faulty(file);
    if (faulty) return add_letter(file, *std::move(faulty));
    note(file.path, file.content.fault->line, file.content.fault->what);
    return {};
  }
  for (const auto& [what, times] : file.content.left_out) totals_.left_out[what] += times;
  if (file.content.is_attachments) {
    ++totals_.lists;
    return {};
  }
  auto position = positions_.find(schema::kLyncImportNode, file.epoch);
  if (!position) return position.error();
  ++totals_.files;
  totals_.events += file.events;
  totals_.unreadable_messages += file.unreadable;
  if (position->through > file.events) {
    note(file.path, 0,
         fmt::format("{} events of it are stored, and only {} can be read now; use the version of "
                     "mgc that imported it",
                     position->through, file.events));
  }
  if (position->through >= file.events && file.unreadable == 0) return {};
  auto read =
      audit::read_import(file, position->through, std::move(position->last_sha256),
                         {[&](Bytes body) { return add_pack(std::move(body)); },
                          [&](audit::Unreadable one) { return add_letter(file, std::move(one)); },
                          [&](std::uint64_t at) { return keep_on(at); }});
  // What waits for its commit may be of what the file was before: it is not stored.
  if (!read && !failure_)
    failure_ = Error{read.error().action, shown(file.path) + ": " + read.error().message};
  return failure_ ? Result<void>(*failure_) : Result<void>();
}

Result<void> Import::add_pack(Bytes body) {
  auto pack = db::read_pack_record(body, reader_);
  if (!pack) return Error{Action::stop, pack.error().message};
  consumer::DecodedRecord record;
  record.pack = std::move(*pack);
  return add(std::move(record));
}

/// Its name is made of the file's bytes, so that the same letter is not kept twice.
Result<void> Import::add_letter(const audit::ImportFile& file, audit::Unreadable unreadable) {
  note(file.path, unreadable.line, unreadable.reason);
  const std::string id = fmt::format("import:{:016x}:{}", file.epoch, unreadable.line);
  consumer::DecodedRecord record;
  record.dead_letter = db::DeadLetterRecord{
      id,
      fmt::format("imported file {}, line {}: {}", file.name(), unreadable.line, unreadable.reason),
      std::move(unreadable.raw)};
  return add(std::move(record));
}

Result<void> Import::add(consumer::DecodedRecord record) {
  if (auto full = batcher_.add(std::move(record))) return commit(*std::move(full));
  return {};
}

Result<void> Import::commit(consumer::Batch batch) {
  if (batch.empty()) return {};
  const auto packs = static_cast<std::uint64_t>(
      std::ranges::count_if(batch, [](const auto& one) { return one.pack.has_value(); }));
  const auto counts = writer_.commit(batch, stop_);
  if (!counts) {
    failure_ = counts.error();
    return *failure_;
  }
  totals_.added += counts->events_stored;
  const std::uint64_t kept = counts->packs_stored + counts->packs_duplicate;
  if (kept < packs) {
    totals_.refused_packs += packs - kept;
    note(from_, 0, "packs were refused by the database and kept: mgc audit dead-letters list");
  }
  // What comes next has a segment to go to, and full ones get their indexes.
  while (writer_.tend_segments([](std::uint64_t) { return true; })) {
  }
  return {};
}

}  // namespace

Result<ImportTotals> import_lync_xml(const ImportOptions& options, const Clock& clock,
                                     std::stop_token stop, const Progress& progress) {
  // The writer waits for a database as long as it takes; somebody who types a command does not.
  auto positions = db::ImportPositions::open(options.mgccomp);
  if (!positions) return positions.error();
  return Import(options, clock, std::move(stop), progress, std::move(*positions)).run();
}

}  // namespace mgc::app
