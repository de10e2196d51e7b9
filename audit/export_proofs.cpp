#include "audit/export_proofs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "audit/export_file.hpp"
#include "audit/kept_checkpoints.hpp"
#include "audit/ledger_entries.hpp"
#include "audit/signed_note.hpp"
#include "audit/tlog_proof.hpp"
#include "core/failpoint.hpp"
#include "core/utf8.hpp"
#include "schema/merkle.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Events whose leaves are read at once: a few whole tiles.
constexpr std::uint64_t kGroup = 32 * schema::ProofTree::kTile;

/// How far the proofs are.
struct Progress {
  std::size_t lane = 0;
  std::optional<std::uint64_t> through;  ///< the last event of that lane with a proof in the file
  std::uint64_t bytes = 0;               ///< of the file that count
  std::uint64_t proofs = 0;
};

std::string text_of(const Progress& progress) {
  const json document = {{"lane", progress.lane},
                         {"through", progress.through ? json(*progress.through) : json(nullptr)},
                         {"bytes", progress.bytes},
                         {"proofs", progress.proofs}};
  return document.dump() + '\n';
}

Result<Progress> read_progress(const fs::path& path) {
  std::error_code absent;
  if (!fs::exists(path, absent)) return Progress{};
  const auto text = read_file(path);
  if (!text) return text.error();
  try {
    const json document = json::parse(*text);
    Progress progress{document.at("lane"), std::nullopt, document.at("bytes"),
                      document.at("proofs")};
    if (!document.at("through").is_null()) progress.through = document.at("through");
    return progress;
  } catch (const json::exception& fault) {
    return Error{Action::stop, fmt::format("{}: {}", printable(path.string()), fault.what())};
  }
}

class ProofWriter {
 public:
  ProofWriter(db::ComplianceReader& reader, const fs::path& dir, const db::EventQuery& query,
              const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop)
      : reader_(reader), dir_(dir), query_(query), progress_(progress), stop_(stop) {}

  Result<void> run(const std::vector<LaneCheckpoint>& checkpoints);
  /// Of the file, when it has run.
  [[nodiscard]] std::uint64_t bytes() const { return state_.bytes; }
  [[nodiscard]] std::uint64_t proofs() const { return state_.proofs; }

 private:
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> write_lane(const LaneCheckpoint& of);
  [[nodiscard]] Result<schema::ProofTree> read_tree(const LaneCheckpoint& of,
                                                    LedgerEntries& entries);
  /// Writes the proofs of `ids`, all of one group.
  [[nodiscard]] Result<void> write_group(const std::vector<std::uint64_t>& ids,
                                         const schema::ProofTree& tree, const std::string& note,
                                         LedgerEntries& entries);
  [[nodiscard]] Result<void> save();
  [[nodiscard]] Error stopped() const {
    return Error{Action::stop,
                 fmt::format("stopped after {} proofs; the same command goes on", state_.proofs)};
  }

  db::ComplianceReader& reader_;
  const fs::path& dir_;
  const db::EventQuery& query_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  Progress state_;
  std::optional<ExportFile> file_;
  Bytes pending_;
  std::uint64_t saved_bytes_ = 0;
};

Result<void> ProofWriter::open() {
  auto state = read_progress(dir_ / kProofsState);
  if (!state) return state.error();
  state_ = *state;
  saved_bytes_ = state_.bytes;
  const fs::path part = dir_ / (std::string(kProofsFile) + ".part");
  // Killed between the two last steps: the file has its name, and no manifest says so.
  std::error_code none;
  if (!fs::exists(part, none) && state_.bytes > 0) fs::rename(dir_ / kProofsFile, part, none);
  auto file = ExportFile::open(part, state_.bytes);
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  return {};
}

Result<void> ProofWriter::run(const std::vector<LaneCheckpoint>& checkpoints) {
  if (auto opened = open(); !opened) return opened;
  for (; state_.lane < checkpoints.size(); ++state_.lane, state_.through.reset()) {
    if (auto written = write_lane(checkpoints[state_.lane]); !written) return written;
  }
  if (auto saved = save(); !saved) return saved;
  std::error_code failed;
  fs::rename(dir_ / (std::string(kProofsFile) + ".part"), dir_ / kProofsFile, failed);
  if (failed) return Error{Action::stop, fmt::format("{}: {}", kProofsFile, failed.message())};
  return {};
}

Result<schema::ProofTree> ProofWriter::read_tree(const LaneCheckpoint& of, LedgerEntries& entries) {
  schema::ProofTree tree;
  const auto read =
      entries.each(0, of.checkpoint.events.size, [&](const EntryOfEvent& event) -> Result<void> {
        tree.append(event.leaf);
        if (stop_.stop_requested()) return stopped();
        return {};
      });
  if (!read) return read.error();
  if (tree.root() == of.checkpoint.events.root) return tree;
  return Error{Action::stop,
               fmt::format("lane '{}' is not what checkpoint {} was signed of; mgc audit verify "
                           "says what was changed",
                           printable(of.lane), of.checkpoint.number)};
}

Result<void> ProofWriter::write_lane(const LaneCheckpoint& of) {
  LedgerEntries entries(reader_, of.lane);
  const auto tree = read_tree(of, entries);
  if (!tree) return tree.error();
  db::EventQuery query = query_;
  if (state_.through) {
    query.after_event_id = std::max(query.after_event_id.value_or(0), *state_.through);
  }
  const std::uint64_t end = of.checkpoint.events.size;
  query.before_event_id = std::min(query.before_event_id.value_or(end), end);
  std::vector<std::uint64_t> ids;
  Result<void> written;
  const auto flush = [&] {
    if (written && !ids.empty()) written = write_group(ids, *tree, of.note, entries);
    ids.clear();
  };
  const auto read = reader_.each_hit(of.lane, query, [&](const db::ComplianceEvent& event) {
    if (!ids.empty() && ids.front() / kGroup != event.event_id / kGroup) flush();
    ids.push_back(event.event_id);
    return written.has_value();
  });
  if (!read) return read;
  flush();
  return written;
}

Result<void> ProofWriter::write_group(const std::vector<std::uint64_t>& ids,
                                      const schema::ProofTree& tree, const std::string& note,
                                      LedgerEntries& entries) {
  constexpr std::uint64_t kTile = schema::ProofTree::kTile;
  const std::uint64_t first = ids.front() / kTile * kTile;
  const std::uint64_t end = std::min((ids.back() / kTile + 1) * kTile, tree.size());
  std::vector<schema::Digest> leaves;
  leaves.reserve(end - first);
  auto read = entries.each(first, end, [&](const EntryOfEvent& event) -> Result<void> {
    leaves.push_back(event.leaf);
    return {};
  });
  if (!read) return read;
  std::optional<schema::ProofTile> tile;  // of the last event
  auto wanted = ids.begin();
  read = entries.each(ids.front(), ids.back() + 1, [&](const EntryOfEvent& event) -> Result<void> {
    if (event.event_id != *wanted) return {};
    ++wanted;
    const std::uint64_t begin = event.event_id / kTile * kTile;
    if (!tile || tile->first() != begin) {
      const auto size = std::min(kTile, tree.size() - begin);
      tile = tree.tile(begin, std::span(leaves).subspan(begin - first, size));
    }
    pending_ += proof_text({schema::write_entry(event.entry).append(event.event), event.event_id,
                            tile->proof(event.event_id), note});
    pending_ += '\n';
    ++state_.proofs;
    if (pending_.size() < kWriteBytes) return {};
    auto appended = file_->append(pending_);
    pending_.clear();
    return appended;
  });
  if (!read) return read;
  state_.through = ids.back();
  progress_(state_.proofs);
  if (stop_.stop_requested()) {
    if (auto saved = save(); !saved) return saved;
    return stopped();
  }
  return file_->bytes() - saved_bytes_ < kStateBytes ? Result<void>() : save();
}

Result<void> ProofWriter::save() {
  if (auto appended = file_->append(pending_); !appended) return appended;
  pending_.clear();
  if (auto synced = file_->sync(); !synced) return synced;
  state_.bytes = saved_bytes_ = file_->bytes();
  if (auto saved = write_file(dir_ / kProofsState, text_of(state_)); !saved) return saved;
  if (reach_failpoint("proofs.saved") == Failure::error) {
    return Error{Action::stop, "failure point proofs.saved"};
  }
  return {};
}

/// The one with the greatest number.
Result<std::optional<LaneCheckpoint>> newest_of(NoteFile& file, const std::string& lane) {
  std::optional<LaneCheckpoint> newest;
  while (true) {
    auto note = file.next();
    if (!note) return note.error();
    if (!*note) return newest;
    const auto text = unverified_text(**note);
    auto read = text ? read_checkpoint(*text) : Result<Checkpoint>(text.error());
    if (!read) {
      return Error{Action::stop,
                   fmt::format("{}: {}", printable(file.file().string()), read.error().message)};
    }
    if (!read->origin.ends_with('/' + url_part(lane))) continue;
    if (newest && newest->checkpoint.number >= read->number) continue;
    newest = LaneCheckpoint{lane, std::move(**note), std::move(*read)};
  }
}

/// Whether the store holds the block that a checkpoint was signed at.
Result<void> check_block(db::ComplianceReader& reader, const LaneCheckpoint& of) {
  if (of.checkpoint.block == 0) return {};
  const auto block = reader.block(of.lane, of.checkpoint.block);
  if (!block) return block.error();
  if (*block && (*block)->digest == schema::bytes_of(of.checkpoint.block_digest)) return {};
  return Error{Action::stop,
               fmt::format("checkpoint {} of lane '{}' is not of this store: its block "
                           "{} is missing or another",
                           of.checkpoint.number, printable(of.lane), of.checkpoint.block)};
}

Result<std::vector<LaneCheckpoint>> read_newest(db::ComplianceReader& reader,
                                                const fs::path& place) {
  auto kept = KeptCheckpoints::open(place);
  if (!kept) return kept.error();
  auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  std::ranges::sort(*lanes);
  std::vector<LaneCheckpoint> all;
  for (const std::string& lane : *lanes) {
    NoteFile* const file = kept->file_of(url_part(lane));
    auto newest = file == nullptr ? Result<std::optional<LaneCheckpoint>>(std::nullopt)
                                  : newest_of(*file, lane);
    if (!newest) return newest.error();
    const auto last = reader.last_block(lane);
    if (!last) return last.error();
    if (!*newest && !*last) continue;
    if (!*newest) {
      return Error{Action::stop, fmt::format("{}: no checkpoint of lane '{}' is in it; name the "
                                             "directory of mgc audit checkpoint",
                                             printable(place.string()), printable(lane))};
    }
    if (auto checked = check_block(reader, **newest); !checked) return checked.error();
    all.push_back(std::move(**newest));
  }
  if (all.empty())
    return Error{Action::stop, "nothing of the store was signed: there is nothing to prove"};
  return all;
}

}  // namespace

Result<void> check_removals(db::DutyBook& book, const std::vector<LaneCheckpoint>& checkpoints) {
  if (checkpoints.empty()) return {};
  const auto places = book.places(schema::EventKind::removal, 1, INT64_MAX);
  if (!places) return places.error();
  for (const db::DutyPlace& place : *places) {
    const auto of = std::ranges::find(checkpoints, place.lane, &LaneCheckpoint::lane);
    if (of != checkpoints.end() && place.event_id < of->checkpoint.events.size) continue;
    return Error{Action::stop,
                 fmt::format("events were removed after the newest checkpoint: event {} of lane "
                             "'{}' says so, and is not signed yet. Sign (mgc audit checkpoint), "
                             "and export again, to another --out",
                             place.event_id, printable(place.lane))};
  }
  return {};
}

Result<std::vector<LaneCheckpoint>> begin_proofs(db::ComplianceReader& reader,
                                                 const fs::path& place, const fs::path& dir) {
  if (place.empty()) return std::vector<LaneCheckpoint>();
  const fs::path kept = dir / kCheckpointsFile;
  std::error_code absent;
  if (fs::exists(kept, absent)) return read_newest(reader, kept);
  auto checkpoints = read_newest(reader, place);
  if (!checkpoints) return checkpoints;
  std::string notes;
  for (const LaneCheckpoint& of : *checkpoints) notes += of.note + '\n';
  if (auto written = write_file(kept, notes); !written) return written.error();
  return checkpoints;
}

std::vector<LaneEnd> ends_of(const std::vector<LaneCheckpoint>& checkpoints) {
  std::vector<LaneEnd> ends;
  for (const LaneCheckpoint& of : checkpoints) {
    ends.push_back({of.lane, of.checkpoint.block, of.checkpoint.events.size,
                    schema::to_hex(schema::bytes_of(of.checkpoint.block_digest)), 0});
  }
  return ends;
}

json notes_of(const std::vector<LaneCheckpoint>& checkpoints) {
  json notes = json::array();
  for (const LaneCheckpoint& of : checkpoints) notes.push_back(of.note);
  return notes;
}

Result<ExportedFile> write_proofs(const OpenExport& open,
                                  const std::vector<LaneCheckpoint>& checkpoints,
                                  const std::function<void(std::uint64_t)>& progress,
                                  const std::stop_token& stop) {
  ProofWriter writer(open.reader, open.dir, open.query, progress, stop);
  if (auto written = writer.run(checkpoints); !written) return written.error();
  if (writer.proofs() != open.state.events) {
    return Error{Action::stop,
                 fmt::format("{} events were exported, and {} of them are in the record now: some "
                             "were removed meanwhile. Delete {}, and export again",
                             open.state.events, writer.proofs(), open.dir.string())};
  }
  const auto sha256 = sha256_of_file(open.path(kProofsFile));
  if (!sha256) return sha256.error();
  return ExportedFile{kProofsFile, writer.bytes(), *sha256};
}

std::string sum_line(const std::string& manifest) {
  const auto digest = schema::Hasher().sha256(manifest);
  return fmt::format("{}  manifest.json\n", schema::to_hex(schema::bytes_of(digest)));
}

}  // namespace mgc::audit
