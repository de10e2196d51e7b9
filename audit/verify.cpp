#include "audit/verify.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "audit/duty_check.hpp"
#include "audit/hold_check.hpp"
#include "audit/node_streams.hpp"
#include "audit/projection.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {
namespace {

using schema::bytes_of;
using schema::Digest;

constexpr std::uint64_t kProgressEvents = 10'000;

/// Walks one lane in ledger order, with everything recomputed beside it.
class LaneCheck {
 public:
  LaneCheck(db::ComplianceReader& reader, std::string lane, NodeStreams& streams, DutyCheck& duties,
            VerifyReport& report, const std::function<void(std::uint64_t)>& progress)
      : reader_(reader),
        lane_(std::move(lane)),
        streams_(streams),
        duties_(duties),
        report_(report),
        progress_(progress) {}

  Result<void> run() {
    if (auto blocks = reader_.each_block(lane_,
                                         [this](const db::BlockRow& row) {
                                           check_block(row);
                                           return true;
                                         });
        !blocks) {
      return blocks;
    }
    Result<void> inner;
    auto packs = reader_.each_pack(lane_, [this, &inner](const db::PackRow& row) {
      inner = check_pack(row);
      return inner.has_value();
    });
    if (!packs) return packs;
    if (!inner) return inner;
    return finish();
  }

 private:
  void check_block(const db::BlockRow& row) {
    const std::string where = fmt::format("block {}", row.block);
    if (row.block != blocks_ + 1) report_.add(where, fmt::format("it follows block {}", blocks_));
    if (row.first_event_id != block_events_) {
      report_.add(where, fmt::format("its first event is {}; the blocks before hold {}",
                                     row.first_event_id, block_events_));
    }
    if (row.previous_digest != bytes_of(digest_)) {
      report_.add(where, "it does not name the digest of the block before");
    }
    Digest previous{};
    Digest root{};
    if (row.previous_digest.size() == previous.size() && row.root.size() == root.size()) {
      row.previous_digest.copy(reinterpret_cast<char*>(previous.data()), previous.size());
      row.root.copy(reinterpret_cast<char*>(root.data()), root.size());
    }
    digest_ = hasher_.block(previous, root, {row.block, row.first_event_id, row.events, row.packs});
    if (row.digest != bytes_of(digest_)) report_.add(where, "its digest does not match its row");
    // Judge the next block by what this one says: one edit is one finding, not one for each later
    // block.
    if (row.digest.size() == digest_.size()) {
      row.digest.copy(reinterpret_cast<char*>(digest_.data()), digest_.size());
    }
    blocks_ = row.block;
    block_events_ = row.first_event_id + row.events;
    ++report_.blocks;
  }

  Result<void> check_pack(const db::PackRow& row) {
    const std::string where = fmt::format("pack {}/{}/{}", row.node, row.epoch, row.first_sequence);
    if (row.block != open_block_) {
      if (auto closed = close_block(); !closed) return closed;
      open_block_ = row.block;
    }
    if (row.first_event_id != next_event_) {
      report_.add(where, fmt::format("its first event is {}; the packs before hold {}",
                                     row.first_event_id, next_event_));
    }
    next_event_ = row.first_event_id + row.event_count;
    ++report_.packs;
    ++open_packs_;
    const Digest sha256 = hasher_.sha256(row.body);
    if (row.sha256 != bytes_of(sha256)) report_.add(where, "its bytes were changed");
    auto pack = schema::decode_pack(row.body);
    if (!pack) {
      report_.add(where, "it cannot be read: " + pack.error().message);
      open_roots_.push_back(Digest{});
      return {};
    }
    const schema::PackHeader& header = pack->header();
    if (header.node != row.node || header.epoch != row.epoch ||
        header.first_sequence != row.first_sequence || header.event_count != row.event_count) {
      report_.add(where, "its row does not match its bytes: they are pack " + header.message_id());
    }
    const Digest root = root_of(*pack);
    if (row.root != bytes_of(root)) report_.add(where, "its Merkle root does not match its events");
    open_roots_.push_back(root);
    streams_.add(header, bytes_of(sha256), report_);
    return check_events(row, *pack);
  }

  Digest root_of(const schema::Pack& pack) {
    std::vector<Digest> leaves;
    leaves.reserve(pack.size());
    for (std::size_t i = 0; i < pack.size(); ++i) leaves.push_back(hasher_.leaf(pack.event(i)));
    return hasher_.root(std::move(leaves));
  }

  Result<void> check_events(const db::PackRow& row, const schema::Pack& pack) {
    auto events = reader_.events(lane_, row.first_event_id, row.event_count);
    if (!events) return events.error();
    auto next = events->begin();
    for (std::size_t i = 0; i < pack.size(); ++i) {
      const std::uint64_t id = row.first_event_id + i;
      const std::string where = fmt::format("event {}", id);
      if (next == events->end() || next->event_id != id) {
        report_.add(where, "its row is missing");
        continue;
      }
      auto checked = check_event(where, row, i, pack.event(i), *next);
      if (!checked) return checked;
      ++next;
    }
    report_.events += pack.size();
    if (progress_ && report_.events / kProgressEvents != reported_) {
      reported_ = report_.events / kProgressEvents;
      progress_(report_.events);
    }
    return {};
  }

  Result<void> check_event(const std::string& where, const db::PackRow& row, std::size_t index,
                           ByteView wire, const db::ComplianceEvent& event) {
    if (event.node != row.node || event.epoch != row.epoch ||
        event.sequence != row.first_sequence + index || event.block != row.block) {
      report_.add(where, "its row names another place than its pack");
    }
    const auto view = schema::view_event(wire);
    if (!view) {
      report_.add(where, "it cannot be read: " + view.error().message);
      return {};
    }
    if (auto names = projection_differences(*view, event); !names.empty()) {
      report_.add(where, "its row says something else than its evidence: " + names);
    }
    return duties_.add(lane_, event.event_id, row.node, *view);
  }

  Result<void> close_block() {
    if (open_roots_.empty()) return {};
    const auto block = reader_.block(lane_, open_block_);
    if (!block) return block.error();
    const std::string where = fmt::format("block {}", open_block_);
    const Digest root = hasher_.root(std::exchange(open_roots_, {}));
    const std::uint64_t packs = std::exchange(open_packs_, 0);
    if (!block->has_value()) {
      report_.add(where, "its packs are stored and its row is missing");
    } else {
      if ((*block)->root != bytes_of(root)) report_.add(where, "its root does not match its packs");
      if ((*block)->packs != packs) {
        report_.add(where, fmt::format("it says {} packs; {} are stored", (*block)->packs, packs));
      }
    }
    ++closed_blocks_;
    return {};
  }

  Result<void> finish() {
    if (auto closed = close_block(); !closed) return closed;
    if (next_event_ != block_events_) {
      report_.add("lane " + lane_, fmt::format("the blocks hold {} events, the packs {}",
                                               block_events_, next_event_));
    }
    if (closed_blocks_ != report_.blocks - blocks_before_) {
      report_.add("lane " + lane_, fmt::format("{} blocks, and packs of {}",
                                               report_.blocks - blocks_before_, closed_blocks_));
    }
    return {};
  }

  db::ComplianceReader& reader_;
  const std::string lane_;
  NodeStreams& streams_;
  DutyCheck& duties_;
  VerifyReport& report_;
  const std::function<void(std::uint64_t)>& progress_;
  schema::Hasher hasher_;
  Digest digest_{};
  const std::uint64_t blocks_before_ = report_.blocks;
  std::uint64_t blocks_ = 0;        ///< number of the block before
  std::uint64_t block_events_ = 0;  ///< events of the blocks so far
  std::uint64_t next_event_ = 0;    ///< event id that the next pack begins with
  std::uint64_t open_block_ = 0;
  std::uint64_t open_packs_ = 0;
  std::uint64_t closed_blocks_ = 0;
  std::uint64_t reported_ = 0;
  std::vector<Digest> open_roots_;
};

}  // namespace

void VerifyReport::add(std::string where, std::string what) {
  ++findings_total;
  if (findings.size() < kFindingsKept) findings.push_back({std::move(where), std::move(what)});
}

Result<VerifyReport> verify_store(db::ComplianceReader& reader,
                                  const std::function<void(std::uint64_t)>& progress) {
  VerifyReport report;
  NodeStreams streams;
  DutyCheck duties(reader.duties(), report);
  auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  for (const std::string& lane : *lanes) {
    auto checked = LaneCheck(reader, lane, streams, duties, report, progress).run();
    if (!checked) return checked.error();
  }
  if (auto checked = duties.finish(); !checked) return checked.error();
  if (auto checked = check_holds(reader.duties(), report); !checked) return checked.error();
  auto positions = reader.positions();
  if (!positions) return positions.error();
  auto gaps = reader.gaps(false);
  if (!gaps) return gaps.error();
  streams.compare(*positions, *gaps, report);
  auto counts = reader.count();
  if (!counts) return counts.error();
  const std::uint64_t rows = counts->events + counts->duties;
  if (rows != report.events) {
    report.add("events", fmt::format("{} rows are stored; the packs hold {}", rows, report.events));
  }
  if (counts->packs != report.packs) {
    report.add("packs",
               fmt::format("{} rows are stored; the blocks reach {}", counts->packs, report.packs));
  }
  return report;
}

}  // namespace mgc::audit
