#include "db/mssql/bulk_load.hpp"

#include <utility>
#include <vector>

#include "db/mssql/dialect.hpp"
#include "db/mssql/statements.hpp"

namespace mgc::db::mssql {
namespace {

using odbc::ArrayInsert;
using odbc::ColumnType;

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::optional<std::int64_t> id_or_null(std::int64_t id) {
  return id == 0 ? std::nullopt : std::optional(id);
}

void add_row(ArrayInsert& insert, const NewPackRow& row) {
  insert.add(row.node_id);
  insert.add(signed_of(row.epoch));
  insert.add(signed_of(row.first_sequence));
  insert.add(signed_of(row.event_count));
  insert.add(row.lane_id);
  insert.add(signed_of(row.block));
  insert.add(signed_of(row.first_event_id));
  insert.add_bytes(row.body);
  insert.add_bytes(row.sha256);
  insert.add_bytes(row.root);
}

void add_row(ArrayInsert& insert, const EventRow& row) {
  insert.add(signed_of(row.event_id));
  insert.add(row.kind);
  insert.add(row.occurred_at);
  insert.add(id_or_null(row.names.room_id));
  insert.add(id_or_null(row.names.actor_id));
  insert.add(id_or_null(row.names.target_id));
  insert.add_text(row.content);
  insert.add(row.chat_id);
  insert.add_text(row.file_name);
  insert.add_bytes(row.file_sha256);
  insert.add(row.node_id);
  insert.add(signed_of(row.epoch));
  insert.add(signed_of(row.sequence));
  insert.add(signed_of(row.block));
}

template <typename R>
std::optional<odbc::ArrayFailure> load(ArrayInsert& insert, std::span<const R> rows) {
  for (const R& row : rows) {
    add_row(insert, row);
    if (auto failed = insert.end_row()) return failed;
  }
  return insert.flush();
}

}  // namespace

std::optional<odbc::ArrayFailure> load_packs(const odbc::Connection& connection,
                                             std::span<const NewPackRow> rows,
                                             std::chrono::seconds timeout) {
  std::vector<ColumnType> columns(10, ColumnType::integer);
  columns[7] = columns[8] = columns[9] = ColumnType::bytes;
  ArrayInsert insert(connection, std::move(columns), kLoadPacks, timeout);
  return load(insert, rows);
}

std::optional<odbc::ArrayFailure> load_events(const odbc::Connection& connection,
                                              std::uint64_t segment, std::span<const EventRow> rows,
                                              std::chrono::seconds timeout) {
  std::vector<ColumnType> columns(14, ColumnType::integer);
  columns[6] = columns[8] = ColumnType::text;
  columns[9] = ColumnType::bytes;
  ArrayInsert insert(connection, std::move(columns), for_segment(kLoadEvents, segment), timeout);
  return load(insert, rows);
}

}  // namespace mgc::db::mssql
