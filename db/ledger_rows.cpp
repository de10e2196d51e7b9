#include "db/ledger_rows.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/utf8.hpp"
#include "db/id_windows.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

// In quotes: the name is a word of T-SQL.
constexpr std::string_view kSelectCheckpoint =
    "SELECT number, note, edge, signed_at FROM \"checkpoint\""
    " WHERE lane_id = (SELECT lane_id FROM lane WHERE name = ?1)";
constexpr std::int64_t kLetterIds = 1'000;

CheckpointRow read_checkpoint(const Row& row) {
  return {row.number(0), row.text(1), row.text(2), utc_from_micros(row.integer(3))};
}

LetterFacts read_letter(const Row& row) {
  LetterFacts letter{row.integer(0),
                     utc_from_micros(row.integer(1)),
                     row.text(2),
                     row.text(3),
                     row.text(4),
                     {},
                     {},
                     {}};
  if (!row.is_null(5)) letter.node = row.text(5);
  if (!row.is_null(6)) letter.epoch = row.number(6);
  if (!row.is_null(7)) letter.first_sequence = row.number(7);
  return letter;
}

std::string_view name_of(CountedTable table) {
  switch (table) {
    case CountedTable::event: return "event";
    case CountedTable::pack: return "pack";
    case CountedTable::block: return "block";
    case CountedTable::checkpoint: return "\"checkpoint\"";
    case CountedTable::dead_letter: return "dead_letter";
  }
  return "event";
}

}  // namespace

Result<std::vector<CheckpointRow>> LedgerRows::checkpoints(const std::string& lane,
                                                           std::uint64_t after,
                                                           std::uint64_t limit) {
  std::vector<CheckpointRow> rows;
  const auto read = session_.query(
      session_.first_rows(fmt::format("{} AND number > ?2 ORDER BY number", kSelectCheckpoint),
                          limit),
      {lane, after}, [&](const Row& row) {
        rows.push_back(read_checkpoint(row));
        return true;
      });
  if (!read) return read.error();
  return rows;
}

Result<std::optional<CheckpointRow>> LedgerRows::last_checkpoint(const std::string& lane) {
  std::optional<CheckpointRow> last;
  const auto read = session_.query(
      fmt::format("{} AND number = (SELECT max(number) FROM \"checkpoint\" WHERE lane_id ="
                  " (SELECT lane_id FROM lane WHERE name = ?1))",
                  kSelectCheckpoint),
      {lane}, [&](const Row& row) {
        last = read_checkpoint(row);
        return false;
      });
  if (!read) return read.error();
  return last;
}

Result<void> LedgerRows::each_letter(const std::string& lane,
                                     const std::function<bool(const LetterFacts&)>& visit) {
  return each_id_window(
      {}, kLetterIds,
      [&](std::int64_t from) {
        return session_.query_number(
            "SELECT min(dead_letter_id) FROM dead_letter WHERE dead_letter_id >= ?1", {from});
      },
      [&](const IdWindow& window) -> Result<bool> {
        bool more = true;
        const auto read = session_.stream(
            "SELECT d.dead_letter_id, d.received_at, d.message_id, d.reason, d.sha256, node.name,"
            " d.epoch, d.first_sequence FROM dead_letter AS d"
            " LEFT JOIN node ON node.node_id = d.node_id"
            " WHERE d.lane_id = (SELECT lane_id FROM lane WHERE name = ?1)"
            " AND d.dead_letter_id >= ?2 AND d.dead_letter_id <= ?3 ORDER BY d.dead_letter_id",
            {lane, window.first, window.last},
            [&](const Row& row) { return more = visit(read_letter(row)); });
        if (!read) return read.error();
        return more;
      });
}

Result<Bytes> LedgerRows::letter_bytes(std::int64_t id) {
  Bytes bytes;
  const auto read = session_.query("SELECT raw FROM dead_letter WHERE dead_letter_id = ?1", {id},
                                   [&](const Row& row) {
                                     bytes = row.text(0);
                                     return false;
                                   });
  if (!read) return read.error();
  return bytes;
}

Result<std::optional<std::int64_t>> LedgerRows::pack_with(const std::string& lane,
                                                          std::uint64_t event_id) {
  return session_.query_number(
      "SELECT max(first_event_id) FROM pack WHERE lane_id ="
      " (SELECT lane_id FROM lane WHERE name = ?1) AND first_event_id <= ?2",
      {lane, event_id});
}

Result<std::uint64_t> LedgerRows::count(CountedTable table) {
  const auto rows = session_.query_number(fmt::format("SELECT count(*) FROM {}", name_of(table)));
  if (!rows) return rows.error();
  return static_cast<std::uint64_t>(rows->value_or(0));
}

CheckpointWriter::CheckpointWriter(std::unique_ptr<Session> session)
    : session_(std::move(session)) {}
CheckpointWriter::CheckpointWriter(CheckpointWriter&&) noexcept = default;
CheckpointWriter& CheckpointWriter::operator=(CheckpointWriter&&) noexcept = default;
CheckpointWriter::~CheckpointWriter() = default;

Result<CheckpointWriter> CheckpointWriter::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::beside, Schema::mgccomp);
  if (!session) return session.error();
  return CheckpointWriter(std::move(*session));
}

Result<void> CheckpointWriter::add(const std::string& lane, const CheckpointRow& row) {
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  const auto lane_id = session_->query_number("SELECT lane_id FROM lane WHERE name = ?1", {lane});
  if (!lane_id) return lane_id.error();
  if (!*lane_id) {
    return Error{Action::stop, fmt::format("{}: it has no lane '{}'", printable(session_->name()),
                                           printable(lane))};
  }
  const auto last = session_->query_number(
      "SELECT max(number) FROM \"checkpoint\" WHERE lane_id = ?1", {**lane_id});
  if (!last) return last.error();
  if (last->value_or(0) + 1 != static_cast<std::int64_t>(row.number)) {
    return Error{Action::stop,
                 fmt::format("{}: checkpoint {} of lane '{}' is there already; is another program "
                             "signing it?",
                             printable(session_->name()), last->value_or(0), printable(lane))};
  }
  const Value values[] = {**lane_id, row.number, row.note, Blob{row.edge},
                          to_micros(row.signed_at)};
  const auto added = session_->insert_rows(
      "INSERT INTO \"checkpoint\" (lane_id, number, note, edge, signed_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      "lane_id", values);
  if (!added) return added;
  return transaction.commit();
}

}  // namespace mgc::db
