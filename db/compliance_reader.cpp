#include "db/compliance_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "db/event_context.hpp"
#include "db/event_pages.hpp"
#include "db/event_search.hpp"
#include "db/id_windows.hpp"
#include "db/room_events.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

constexpr std::string_view kSelectBlock =
    "SELECT block, first_event_id, events, packs, previous_digest, root, digest, received_at"
    " FROM block WHERE lane_id = (SELECT lane_id FROM lane WHERE name = ?1)";
constexpr std::string_view kSelectPack =
    "SELECT (SELECT name FROM node WHERE node.node_id = pack.node_id), epoch, first_sequence,"
    " event_count, block, first_event_id, body, sha256, root"
    " FROM pack WHERE lane_id = (SELECT lane_id FROM lane WHERE name = ?1)";

/// Blocks, and first event ids of packs, that one statement reads: a few MiB, or 30 KiB for each
/// pack where every event came alone and large.
constexpr std::int64_t kWindowIds = 10'000;

BlockRow read_block(const Row& row) {
  return {row.number(0), row.number(1), row.number(2), row.number(3),
          row.text(4),   row.text(5),   row.text(6),   utc_from_micros(row.integer(7))};
}

class SqlComplianceReader final : public ComplianceReader {
 public:
  SqlComplianceReader(std::unique_ptr<Session> session, const std::string& dsn)
      : session_(std::move(session)),
        ledger_(*session_),
        duties_(*session_, dsn),
        snapshot_(*session_) {}

  [[nodiscard]] Result<StoreCounts> count() override;
  [[nodiscard]] Result<std::vector<ComplianceEvent>> search(const EventQuery& query) override {
    return find_page(*session_, query);
  }
  [[nodiscard]] Result<void> each_hit(
      const std::string& lane, const EventQuery& query,
      const std::function<bool(const ComplianceEvent&)>& visit) override {
    return show_hits(*session_, lane, query, visit);
  }
  [[nodiscard]] Result<std::vector<ContextGroup>> context(std::span<const ComplianceEvent> hits,
                                                          std::uint32_t count) override {
    return find_context(*session_, hits, count);
  }
  [[nodiscard]] Result<std::vector<RoomRow>> rooms(const std::string& room) override {
    return find_rooms(*session_, room);
  }
  [[nodiscard]] Result<void> each_room_event(
      const RoomQuery& query, const std::function<bool(const RoomEvent&)>& visit) override {
    return show_room_events(*session_, query, visit);
  }
  [[nodiscard]] Result<std::optional<UtcTime>> purged_through(const std::string& lane,
                                                              std::uint64_t event_id) override {
    return find_purged_through(*session_, lane, event_id);
  }
  [[nodiscard]] Result<std::vector<GapRow>> gaps(bool with_closed) override;
  [[nodiscard]] Result<std::vector<PositionRow>> positions() override;
  [[nodiscard]] Result<std::vector<NodeStatusRow>> nodes() override {
    return read_node_status(*session_);
  }
  [[nodiscard]] Result<std::vector<std::string>> lanes() override;
  [[nodiscard]] Result<void> each_block_from(const std::string& lane, std::int64_t block,
                                             const VisitBlock& visit) override;
  [[nodiscard]] Result<void> each_pack_from(const std::string& lane, std::int64_t event_id,
                                            const VisitPack& visit) override;
  [[nodiscard]] Result<std::optional<BlockRow>> last_block(const std::string& lane) override;
  [[nodiscard]] Result<std::optional<BlockRow>> block(const std::string& lane,
                                                      std::uint64_t number) override;
  [[nodiscard]] LedgerRows& ledger() override { return ledger_; }
  [[nodiscard]] DutyBook& duties() override { return duties_; }
  [[nodiscard]] Result<ProjectionReader> projection(const std::string& lane) override {
    return ProjectionReader::open(*session_, lane);
  }

 private:
  /// A table whose rows are numbered within a lane.
  struct IdTable {
    std::string_view name, id;
    std::string_view select;  ///< up to the condition on its lane, ?1
  };
  /// Shows the rows of `lane` from an id on in order of it, until `visit` returns false.
  [[nodiscard]] Result<void> each_row(const std::string& lane, const IdTable& table,
                                      std::int64_t from, const Session::Visit& visit);
  [[nodiscard]] Result<void> read_number(std::string_view sql, std::uint64_t& number);
  [[nodiscard]] Result<std::uint64_t> count_duplicates();
  [[nodiscard]] Result<std::uint64_t> count_repeated_sequences();

  std::unique_ptr<Session> session_;
  LedgerRows ledger_;
  DutyBook duties_;
  Transaction snapshot_;  // ends before the session does
};

Result<void> SqlComplianceReader::read_number(std::string_view sql, std::uint64_t& number) {
  const auto read = session_->query_number(sql);
  if (!read) return read.error();
  number = static_cast<std::uint64_t>(read->value_or(0));
  return {};
}

/// Sequences that a pack repeats of the packs before it, of the same node and epoch.
Result<std::uint64_t> SqlComplianceReader::count_repeated_sequences() {
  std::uint64_t repeated = 0;
  std::int64_t node = 0;
  std::uint64_t epoch = 0;
  std::uint64_t through = 0;
  const auto read = session_->stream(
      "SELECT node_id, epoch, first_sequence, event_count FROM pack"
      " ORDER BY node_id, epoch, first_sequence",
      {}, [&](const Row& row) {
        if (row.integer(0) != node || row.number(1) != epoch) through = 0;
        node = row.integer(0);
        epoch = row.number(1);
        const std::uint64_t first = row.number(2);
        const std::uint64_t last = first + row.number(3) - 1;
        if (through >= first) repeated += std::min(through, last) - first + 1;
        through = std::max(through, last);
        return true;
      });
  if (!read) return read.error();
  return repeated;
}

/// Identities (node, epoch, sequence) that are there twice: in the projection, whatever made it,
/// and in packs whose sequences overlap. Both are looked at, since neither key forbids it.
Result<std::uint64_t> SqlComplianceReader::count_duplicates() {
  std::uint64_t in_events = 0;
  const auto events = read_number(
      "SELECT count(*) FROM (SELECT count(*) AS copies FROM event"
      " GROUP BY node_id, epoch, sequence HAVING count(*) > 1) AS twice",
      in_events);
  if (!events) return events.error();
  const auto in_packs = count_repeated_sequences();
  if (!in_packs) return in_packs.error();
  return std::max(in_events, *in_packs);
}

Result<StoreCounts> SqlComplianceReader::count() {
  StoreCounts counts;
  const std::pair<std::string_view, std::uint64_t&> numbers[] = {
      {"SELECT count(*) FROM pack", counts.packs},
      {"SELECT count(*) FROM block", counts.blocks},
      {"SELECT count(*) FROM gap WHERE closed_at IS NULL", counts.gaps},
      {"SELECT count(*) FROM dead_letter", counts.dead_letters},
  };
  for (const auto& [sql, number] : numbers) {
    if (const auto read = read_number(sql, number); !read) return read.error();
  }
  const auto duplicates = count_duplicates();
  if (!duplicates) return duplicates.error();
  counts.duplicates = *duplicates;
  const auto by_kind =
      session_->query("SELECT kind, count(*) FROM event GROUP BY kind", {}, [&](const Row& row) {
        const auto kind = static_cast<schema::EventKind>(row.integer(0));
        counts.by_kind[schema::kind_name(kind)] = row.number(1);
        (schema::is_duty(kind) ? counts.duties : counts.events) += row.number(1);
        return true;
      });
  if (!by_kind) return by_kind.error();
  return counts;
}

Result<std::vector<GapRow>> SqlComplianceReader::gaps(bool with_closed) {
  std::vector<GapRow> gaps;
  const auto listed = session_->stream(
      "SELECT coalesce(node.name, ''), gap.epoch, gap.first_sequence, gap.last_sequence,"
      " gap.first_seen_at, gap.closed_at, gap.acknowledged"
      " FROM gap LEFT JOIN node ON node.node_id = gap.node_id"
      " WHERE gap.closed_at IS NULL OR ?1 = 1"
      " ORDER BY node.name, gap.epoch, gap.first_sequence",
      {with_closed ? 1 : 0}, [&](const Row& row) {
        GapRow gap{row.text(0),
                   row.number(1),
                   row.number(2),
                   row.number(3),
                   utc_from_micros(row.integer(4)),
                   std::nullopt,
                   std::nullopt};
        if (!row.is_null(5)) gap.closed_at = utc_from_micros(row.integer(5));
        if (!row.is_null(6)) gap.acknowledged = row.text(6);
        gaps.push_back(std::move(gap));
        return true;
      });
  if (!listed) return listed.error();
  return gaps;
}

Result<std::vector<PositionRow>> SqlComplianceReader::positions() {
  std::vector<PositionRow> positions;
  const auto listed = session_->stream(
      "SELECT coalesce(node.name, ''), p.epoch, p.contiguous_through, p.max_seen"
      " FROM node_position AS p LEFT JOIN node ON node.node_id = p.node_id"
      " ORDER BY node.name, p.epoch",
      {}, [&](const Row& row) {
        positions.push_back({row.text(0), row.number(1), row.number(2), row.number(3)});
        return true;
      });
  if (!listed) return listed.error();
  return positions;
}

Result<std::vector<std::string>> SqlComplianceReader::lanes() {
  std::vector<std::string> lanes;
  const auto listed =
      session_->query("SELECT name FROM lane ORDER BY lane_id", {}, [&](const Row& row) {
        lanes.push_back(row.text(0));
        return true;
      });
  if (!listed) return listed.error();
  return lanes;
}

Result<void> SqlComplianceReader::each_row(const std::string& lane, const IdTable& table,
                                           std::int64_t first, const Session::Visit& visit) {
  const std::string least = fmt::format(
      "SELECT min({0}) FROM {1} WHERE lane_id = (SELECT lane_id FROM lane WHERE name = ?1)"
      " AND {0} >= ?2",
      table.id, table.name);
  const std::string within =
      fmt::format("{0} AND {1} >= ?2 AND {1} <= ?3 ORDER BY {1}", table.select, table.id);
  return each_id_window(
      {.first = first}, kWindowIds,
      [&](std::int64_t from) {
        return session_->query_number(least, {lane, from});
      },
      [&](const IdWindow& window) -> Result<bool> {
        bool more = true;
        const auto read = session_->stream(within, {lane, window.first, window.last},
                                           [&](const Row& row) { return more = visit(row); });
        if (!read) return read.error();
        return more;
      });
}

Result<void> SqlComplianceReader::each_block_from(const std::string& lane, std::int64_t block,
                                                  const VisitBlock& visit) {
  return each_row(lane, {"block", "block", kSelectBlock}, block,
                  [&](const Row& row) { return visit(read_block(row)); });
}

Result<void> SqlComplianceReader::each_pack_from(const std::string& lane, std::int64_t event_id,
                                                 const VisitPack& visit) {
  return each_row(lane, {"pack", "first_event_id", kSelectPack}, event_id, [&](const Row& row) {
    return visit({row.text(0), row.number(1), row.number(2), row.number(3), row.number(4),
                  row.number(5), row.text(6), row.text(7), row.text(8)});
  });
}

Result<std::optional<BlockRow>> SqlComplianceReader::last_block(const std::string& lane) {
  std::optional<BlockRow> found;
  const auto read =
      session_->query(fmt::format("{} AND block = (SELECT max(block) FROM block WHERE lane_id ="
                                  " (SELECT lane_id FROM lane WHERE name = ?1))",
                                  kSelectBlock),
                      {lane}, [&](const Row& row) {
                        found = read_block(row);
                        return true;
                      });
  if (!read) return read.error();
  return found;
}

Result<std::optional<BlockRow>> SqlComplianceReader::block(const std::string& lane,
                                                           std::uint64_t number) {
  std::optional<BlockRow> block;
  const auto found = session_->query(std::string(kSelectBlock) + " AND block = ?2", {lane, number},
                                     [&](const Row& row) {
                                       block = read_block(row);
                                       return false;
                                     });
  if (!found) return found.error();
  return block;
}

}  // namespace

Result<std::unique_ptr<ComplianceReader>> ComplianceReader::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  if (const auto begun = (*session)->begin_snapshot(); !begun) return begun.error();
  return std::unique_ptr<ComplianceReader>(
      std::make_unique<SqlComplianceReader>(std::move(*session), dsn));
}

}  // namespace mgc::db
