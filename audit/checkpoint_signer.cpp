#include "audit/checkpoint_signer.hpp"

#include <fmt/format.h>

#include <utility>

#include "audit/ledger_check.hpp"
#include "audit/ledger_source.hpp"
#include "audit/letter_tree.hpp"
#include "core/failpoint.hpp"

namespace mgc::audit {
namespace {

std::string where(std::uint64_t number) { return fmt::format("checkpoint {}", number); }

/// Whether the block that a checkpoint was signed at is there as it was.
Result<void> check_anchor(db::ComplianceReader& reader, const std::string& lane,
                          const Checkpoint& last, VerifyReport& report) {
  if (last.block == 0) return {};
  const auto block = reader.block(lane, last.block);
  if (!block) return block.error();
  if (!*block) {
    const auto newest = reader.last_block(lane);
    if (!newest) return newest.error();
    report.add(where(last.number),
               fmt::format("it was signed at block {}; the ledger ends with block {}: its end was "
                           "cut off",
                           last.block, *newest ? (*newest)->block : 0));
  } else if ((*block)->digest != schema::bytes_of(last.block_digest) ||
             (*block)->first_event_id + (*block)->events != last.events.size) {
    report.add(
        where(last.number),
        fmt::format("block {} is not the one that it was signed at: the ledger was rewritten",
                    last.block));
  }
  return {};
}

}  // namespace

CheckpointSigner::CheckpointSigner(Options options, SigningKey key, const Clock& clock)
    : options_(std::move(options)), key_(std::move(key)), clock_(clock), keys_(options_.old_keys) {
  keys_.push_back(key_.verifier());
}

Result<SignReport> CheckpointSigner::sign(const std::function<void(std::uint64_t)>& progress) {
  progress_ = progress;
  auto reader = db::ComplianceReader::open(options_.mgccomp);
  if (!reader) return reader.error();
  const auto lanes = (*reader)->lanes();
  if (!lanes) return lanes.error();
  SignReport report;
  for (const std::string& lane : *lanes) {
    if (lanes->size() > 1) report.checked.lane = lane;
    auto done = sign_lane(**reader, lane, report.checked);
    if (!done) {
      writer_.reset();
      logs_.clear();  // what is on the disk counts, not what was tried
      return done.error();
    }
    report.lanes.push_back(std::move(*done));
  }
  return report;
}

Result<SignedLane> CheckpointSigner::sign_lane(db::ComplianceReader& reader,
                                               const std::string& lane, VerifyReport& report) {
  const std::uint64_t findings = report.findings_total;
  const auto log = log_of(lane);
  if (!log) return log.error();
  const auto found = last_of(reader, lane, **log, report);
  if (!found) return found.error();
  SignedLane done{lane};
  if (!*found) return done;
  const Last& last = **found;
  if (last) {
    done.number = last->checkpoint.number;
    done.events = last->checkpoint.events.size;
    if (auto checked = check_anchor(reader, lane, last->checkpoint, report); !checked) {
      return checked.error();
    }
    if (report.findings_total > findings) return done;
  }
  const auto letters = letter_roots(reader, lane, LetterBytes::believe, report);
  if (!letters) return letters.error();
  const schema::TreeHead before = last ? last->checkpoint.letters : schema::TreeHead{};
  if (last && (before.size >= letters->size() || (*letters)[before.size] != before.root)) {
    report.add(where(last->checkpoint.number),
               fmt::format("the {} dead letters that it was signed with are not those that are "
                           "stored",
                           before.size));
  }
  const auto edge = recompute(reader, lane, last, report);
  if (!edge) return edge.error();
  const bool has_more = edge->events.size() > done.events || letters->size() - 1 > before.size;
  if (report.findings_total > findings || !has_more) return done;
  const Checkpoint checkpoint{.origin = origin_of(key_.verifier().name(), lane),
                              .events = {edge->events.size(), edge->events.root()},
                              .number = done.number + 1,
                              .block = edge->block,
                              .block_digest = edge->block_digest,
                              .letters = {letters->size() - 1, letters->back()}};
  if (auto kept = keep(lane, checkpoint, edge->events, **log); !kept) return kept.error();
  return SignedLane{lane, checkpoint.number, checkpoint.events.size, true};
}

Result<CheckpointLog*> CheckpointSigner::log_of(const std::string& lane) {
  const auto known = logs_.find(lane);
  if (known != logs_.end()) return &known->second;
  auto log = CheckpointLog::open(options_.dir, lane);
  if (!log) return log.error();
  return &logs_.emplace(lane, std::move(*log)).first->second;
}

Result<std::optional<CheckpointSigner::Last>> CheckpointSigner::last_of(
    db::ComplianceReader& reader, const std::string& lane, CheckpointLog& log,
    VerifyReport& report) {
  std::optional<Last> none;
  auto row = reader.ledger().last_checkpoint(lane);
  if (!row) return row.error();
  Last last;
  if (*row) {
    auto read = read_checkpoint_row(**row, lane, keys_);
    if (!read) {
      report.add(where((*row)->number), read.error().message);
      return none;
    }
    last = std::move(*read);
  }
  const std::uint64_t through = last ? last->checkpoint.number : 0;
  std::uint64_t kept_number = 0;
  if (log.last()) {
    const auto kept = open_checkpoint(*log.last(), lane, keys_);
    if (!kept) {
      report.add("the last checkpoint of " + log.path().string(), kept.error().message);
      return none;
    }
    kept_number = kept->number;
  }
  if (kept_number > through) {
    report.add(
        where(kept_number) + " of " + log.path().string(),
        fmt::format("the table ends with checkpoint {}: the store is an older backup, or its "
                    "end was cut off; mgc audit verify says more",
                    through));
    return none;
  }
  const std::uint64_t findings = report.findings_total;
  if (auto followed = follow(reader, lane, kept_number, log, report); !followed) {
    return followed.error();
  }
  if (report.findings_total > findings) return none;
  return std::optional<Last>(std::move(last));
}

// The table is written first, so it may be ahead of the directory.
Result<void> CheckpointSigner::follow(db::ComplianceReader& reader, const std::string& lane,
                                      std::uint64_t kept, CheckpointLog& log,
                                      VerifyReport& report) {
  constexpr std::uint64_t kAtOnce = 200;
  std::uint64_t after = kept == 0 ? 0 : kept - 1;
  bool agrees = kept == 0;  // about the last one that both have
  while (true) {
    const auto rows = reader.ledger().checkpoints(lane, after, kAtOnce);
    if (!rows) return rows.error();
    if (rows->empty()) return {};
    for (const db::CheckpointRow& row : *rows) {
      after = row.number;
      if (row.number == kept && row.note == *log.last()) {
        agrees = true;
        continue;
      }
      if (!agrees || row.number != kept + 1) {
        report.add(where(row.number),
                   fmt::format("{} and the table do not say the same of it", log.path().string()));
        return {};
      }
      if (const auto opened = open_checkpoint(row.note, lane, keys_); !opened) {
        report.add(where(row.number), opened.error().message);
        return {};
      }
      if (auto appended = log.append(row.note); !appended) return appended;
      kept = row.number;
    }
  }
}

Result<LedgerEdge> CheckpointSigner::recompute(db::ComplianceReader& reader,
                                               const std::string& lane, const Last& last,
                                               VerifyReport& report) {
  LedgerEdge from;
  if (last) from = {last->edge, last->checkpoint.block, last->checkpoint.block_digest};
  const auto first_event = static_cast<std::int64_t>(from.events.size());
  const auto first_block = static_cast<std::int64_t>(from.block) + 1;
  LedgerCheck check(std::move(from), report, {}, {});
  if (auto read = reader.each_block_from(lane, first_block,
                                         [&](const db::BlockRow& row) {
                                           check.check_block(row);
                                           return true;
                                         });
      !read) {
    return read.error();
  }
  LedgerSource source(reader, lane, first_event, {});
  while (true) {
    const auto piece = source.next();
    if (!piece) return piece.error();
    if (!*piece) break;
    check.check_packs(**piece);
    if (progress_) progress_(report.events);
  }
  check.finish();
  return check.edge();
}

Result<void> CheckpointSigner::keep(const std::string& lane, const Checkpoint& checkpoint,
                                    const schema::CompactRange& edge, CheckpointLog& log) {
  if (!writer_) {
    auto writer = db::CheckpointWriter::open(options_.mgccomp);
    if (!writer) return writer.error();
    writer_.emplace(std::move(*writer));
  }
  const std::string note = sign_note(checkpoint_text(checkpoint), key_);
  auto added = writer_->add(lane, {checkpoint.number, note, edge_bytes(edge), clock_.utc_now()});
  if (!added) return added;
  if (reach_failpoint("checkpoint.in_table") == Failure::error) {
    return Error{Action::stop, "failure point checkpoint.in_table"};
  }
  return log.append(note);
}

}  // namespace mgc::audit
