#include "audit/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "audit/checkpoint_rows.hpp"
#include "audit/checkpoint_trail.hpp"
#include "audit/duty_check.hpp"
#include "audit/kept_checkpoints.hpp"
#include "audit/ledger_check.hpp"
#include "audit/ledger_source.hpp"
#include "audit/letter_tree.hpp"
#include "audit/node_streams.hpp"
#include "audit/projection.hpp"
#include "core/bounded_queue.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

using db::CountedTable;
using schema::Digest;

/// Reads the pieces of a lane in a thread of its own, a few ahead. Nobody else uses the reader
/// meanwhile.
class PieceReader {
 public:
  PieceReader(db::ComplianceReader& reader, const std::string& lane)
      : source_(reader, lane, db::ComplianceReader::kFirst,
                {.projection = true, .checkpoints = true}),
        thread_([this] { run(); }) {}
  ~PieceReader() { pieces_.close(); }
  PieceReader(const PieceReader&) = delete;
  PieceReader& operator=(const PieceReader&) = delete;

  /// nullopt after the last one.
  Result<std::optional<LedgerPiece>> next() {
    auto piece = pieces_.pop();
    if (!piece) return std::optional<LedgerPiece>();
    return std::move(*piece);
  }

 private:
  static constexpr std::size_t kAhead = 2;

  void run() {
    while (true) {
      auto piece = source_.next();
      const bool is_last = !piece || !*piece;
      if (!pieces_.push(std::move(piece)) || is_last) break;
    }
    pieces_.close();
  }

  LedgerSource source_;
  BoundedQueue<Result<std::optional<LedgerPiece>>> pieces_{kAhead};
  std::jthread thread_;  // last: it uses everything above
};

/// The checkpoints of a lane: those of the table, and those that are kept elsewhere.
class LaneCheckpoints {
 public:
  LaneCheckpoints(std::string lane, const VerifyOptions& options,
                  std::span<const Digest> letter_roots, VerifyReport& report)
      : lane_(std::move(lane)),
        options_(options),
        report_(report),
        file_(options.kept == nullptr ? nullptr : options.kept->file_of(url_part(lane_))),
        stored_("", letter_roots, report, [this] { return next_stored(); }),
        kept_(place(), letter_roots, report, [this] { return next_kept(); }) {}

  void add(std::vector<db::CheckpointRow> rows) {
    for (db::CheckpointRow& row : rows) rows_.push_back(std::move(row));
  }
  void reach(const LedgerEdge& edge) {
    stored_.reach(edge);
    kept_.reach(edge);
  }
  /// @errors stop  the kept checkpoints cannot be read.
  Result<void> finish(const LedgerEdge& edge) {
    stored_.finish(edge, last_row_);
    kept_.finish(edge, last_row_);
    if (failed_) return *failed_;
    if (file_ != nullptr && kept_.last_number() > last_row_) {
      report_.add(fmt::format("checkpoint {}{}", kept_.last_number(), place()),
                  fmt::format("the table ends with checkpoint {} of this lane", last_row_));
    }
    if (options_.kept != nullptr && file_ == nullptr && last_row_ > 0) {
      report_.add("the checkpoints", "none of them is kept elsewhere");
    }
    return {};
  }

 private:
  [[nodiscard]] std::string place() const {
    return file_ == nullptr ? "" : fmt::format(" of {}", file_->file().string());
  }

  std::optional<Checkpoint> next_stored() {
    while (!rows_.empty()) {
      const db::CheckpointRow row = std::move(rows_.front());
      rows_.pop_front();
      const std::string where = fmt::format("checkpoint {}", row.number);
      if (row.number != last_row_ + 1) {
        report_.add(where, fmt::format("it follows checkpoint {}", last_row_));
      }
      last_row_ = row.number;
      ++report_.checkpoints;
      auto read = read_checkpoint_row(row, lane_, options_.keys);
      if (read) return std::move(read->checkpoint);
      report_.add(where, read.error().message);
    }
    return std::nullopt;
  }

  std::optional<Checkpoint> next_kept() {
    while (file_ != nullptr && !failed_ && !kept_ended_) {
      const auto note = file_->next();
      if (!note && note.error().action == Action::stop) failed_ = note.error();
      if (!note && !failed_) report_.add("kept checkpoints", note.error().message);
      kept_ended_ = !note || !*note;
      if (kept_ended_) break;
      // A file may hold those of several lanes.
      const auto text = unverified_text(**note);
      const auto believed = text ? read_checkpoint(*text) : Result<Checkpoint>(text.error());
      if (believed && !believed->origin.ends_with('/' + url_part(lane_))) continue;
      auto checkpoint = open_checkpoint(**note, lane_, options_.keys);
      if (checkpoint) return std::move(*checkpoint);
      report_.add("kept checkpoints",
                  fmt::format("{}: the one that ends with byte {}: {}", file_->file().string(),
                              file_->position(), checkpoint.error().message));
    }
    return std::nullopt;
  }

  const std::string lane_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  NoteFile* file_;
  std::deque<db::CheckpointRow> rows_;
  std::uint64_t last_row_ = 0;
  bool kept_ended_ = false;
  std::optional<Error> failed_;
  CheckpointTrail stored_;
  CheckpointTrail kept_;
};

class StoreCheck {
 public:
  StoreCheck(db::ComplianceReader& reader, const VerifyOptions& options,
             const std::function<void(std::uint64_t)>& progress)
      : reader_(reader), options_(options), progress_(progress) {}

  Result<VerifyReport> run() {
    const auto lanes = reader_.lanes();
    if (!lanes) return lanes.error();
    for (const std::string& lane : *lanes) {
      if (lanes->size() > 1) report_.lane = lane;
      if (auto checked = check_lane(lane, *lanes); !checked) return checked.error();
    }
    report_.lane.clear();
    check_kept_lanes(*lanes);
    if (auto checked = check_duties(reader_.duties(), *lanes, report_); !checked) {
      return checked.error();
    }
    const auto positions = reader_.positions();
    if (!positions) return positions.error();
    const auto gaps = reader_.gaps(true);
    if (!gaps) return gaps.error();
    streams_.compare(*positions, *gaps, report_);
    if (auto counted = check_counts(); !counted) return counted.error();
    return std::move(report_);
  }

 private:
  Result<void> check_lane(const std::string& lane, const std::vector<std::string>& lanes);
  Result<void> check_strays(db::ProjectionReader& projection);
  void check_kept_lanes(const std::vector<std::string>& lanes);
  Result<void> check_counts();

  db::ComplianceReader& reader_;
  const VerifyOptions& options_;
  const std::function<void(std::uint64_t)>& progress_;
  VerifyReport report_;
  NodeStreams streams_;
  std::uint64_t letters_ = 0;
};

Result<void> StoreCheck::check_lane(const std::string& lane,
                                    const std::vector<std::string>& lanes) {
  const auto roots = letter_roots(reader_, lane, LetterBytes::check, report_);
  if (!roots) return roots.error();
  letters_ += roots->size() - 1;
  auto projection = reader_.projection(lane);
  if (!projection) return projection.error();
  if (auto checked = check_strays(*projection); !checked) return checked;

  auto taken = Taken::read(reader_.duties(), lanes, lane);
  if (!taken) return taken.error();
  LaneCheckpoints checkpoints(lane, options_, *roots, report_);
  ProjectionCheck rows(projection->segments(), *taken, report_);
  LedgerCheck ledger(
      {}, report_,
      [&](const CheckedPack& pack) {
        streams_.add(pack.pack.header(), schema::bytes_of(pack.sha256), report_);
        taken->check(pack.row, pack.stored, report_);
        rows.check(pack);
      },
      [&](const LedgerEdge& edge) { checkpoints.reach(edge); });
  if (auto read = reader_.each_block(lane,
                                     [&](const db::BlockRow& row) {
                                       ledger.check_block(row);
                                       return true;
                                     });
      !read) {
    return read;
  }
  PieceReader pieces(reader_, lane);
  while (true) {
    auto piece = pieces.next();
    if (!piece) return piece.error();
    if (!*piece) break;
    checkpoints.add(std::move((*piece)->checkpoints));
    // Dead letters may have been signed before there was any event.
    if (ledger.edge().events.size() == 0) checkpoints.reach(ledger.edge());
    rows.begin((*piece)->projection);
    ledger.check_packs(**piece);
    rows.end();
    if (progress_) progress_(report_.events);
  }
  ledger.finish();
  taken->finish(report_);
  rows.finish(ledger.edge().events.size());
  return checkpoints.finish(ledger.edge());
}

Result<void> StoreCheck::check_strays(db::ProjectionReader& projection) {
  for (const db::SegmentRow& segment : projection.segments()) {
    const auto strays = projection.strays(segment);
    if (!strays) return strays.error();
    if (strays->rows == 0) continue;
    report_.add(fmt::format("event {}", strays->least_id),
                fmt::format("a row of it is stored in segment {}, which does not say that it holds "
                            "it; {} such rows",
                            segment.segment, strays->rows));
  }
  return {};
}

void StoreCheck::check_kept_lanes(const std::vector<std::string>& lanes) {
  if (options_.kept == nullptr) return;
  for (const std::string& part : options_.kept->lanes()) {
    const bool is_there =
        std::ranges::any_of(lanes, [&](const std::string& lane) { return url_part(lane) == part; });
    if (is_there) continue;
    report_.add("lane " + printable(part),
                "checkpoints of it are kept, and the store has none such");
  }
}

// Rows that belong to no lane, block or segment were not seen by anything before.
Result<void> StoreCheck::check_counts() {
  const std::pair<CountedTable, std::pair<const char*, std::uint64_t>> tables[] = {
      {CountedTable::event, {"events", report_.events + report_.redacted_events}},
      {CountedTable::pack, {"packs", report_.packs}},
      {CountedTable::block, {"blocks", report_.blocks}},
      {CountedTable::checkpoint, {"checkpoints", report_.checkpoints}},
      {CountedTable::dead_letter, {"dead letters", letters_}}};
  for (const auto& [table, seen] : tables) {
    const auto stored = reader_.ledger().count(table);
    if (!stored) return stored.error();
    if (*stored == seen.second) continue;
    report_.add(seen.first, fmt::format("{} rows are stored; the lanes, as they were checked, have "
                                        "{}",
                                        *stored, seen.second));
  }
  return {};
}

}  // namespace

void Findings::add(std::string where, std::string what) {
  ++findings_total;
  if (findings.size() == kFindingsKept) return;
  if (!lane.empty()) where += " of lane " + lane;
  findings.push_back({std::move(where), std::move(what)});
}

Result<VerifyReport> verify_store(db::ComplianceReader& reader, const VerifyOptions& options,
                                  const std::function<void(std::uint64_t)>& progress) {
  return StoreCheck(reader, options, progress).run();
}

}  // namespace mgc::audit
