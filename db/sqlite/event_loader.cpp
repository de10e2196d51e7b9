#include "db/sqlite/event_loader.hpp"

#include <fmt/format.h>

#include <utility>

namespace mgc::db::sqlite {
namespace {

int bind_id(Statement& insert, int parameter, std::int64_t id) {
  return id == 0 ? insert.bind_null(parameter) : insert.bind_integer(parameter, id);
}

int bind_row(Statement& insert, const EventRow& row) {
  // Only out of memory, or a text above SQLite's own limit, can make one of these fail; the codes
  // are positive, so or-ing them keeps the fact.
  int failed = insert.bind_integer(1, static_cast<std::int64_t>(row.event_id));
  failed |= insert.bind_integer(2, row.kind);
  failed |= insert.bind_integer(3, row.occurred_at);
  failed |= bind_id(insert, 4, row.names.room_id);
  failed |= bind_id(insert, 5, row.names.actor_id);
  failed |= bind_id(insert, 6, row.names.target_id);
  failed |= insert.bind_text(7, row.content);
  failed |= insert.bind_integer(8, row.chat_id);
  failed |= row.file_name ? insert.bind_text(9, *row.file_name) : insert.bind_null(9);
  failed |= row.file_sha256 ? insert.bind_blob(10, *row.file_sha256) : insert.bind_null(10);
  failed |= insert.bind_integer(11, row.node_id);
  failed |= insert.bind_integer(12, static_cast<std::int64_t>(row.epoch));
  failed |= insert.bind_integer(13, static_cast<std::int64_t>(row.sequence));
  failed |= insert.bind_integer(14, static_cast<std::int64_t>(row.block));
  return failed == SQLITE_OK ? SQLITE_OK : SQLITE_NOMEM;
}

}  // namespace

int EventLoader::prepare(std::uint64_t segment) {
  if (insert_ && segment == segment_) return SQLITE_OK;
  auto [code, insert] = Statement::prepare(
      handle_, fmt::format("INSERT INTO event_{} (event_id, kind, occurred_at, room_id, actor_id,"
                           " target_id, content, chat_id, file_name, file_sha256, node_id, epoch,"
                           " sequence, block) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                           " ?12, ?13, ?14)",
                           segment));
  if (code != SQLITE_OK) return code;
  insert_ = std::move(insert);
  segment_ = segment;
  return SQLITE_OK;
}

int EventLoader::load(std::uint64_t segment, std::span<const EventRow> rows) {
  if (const int code = prepare(segment); code != SQLITE_OK) return code;
  int code = SQLITE_OK;
  for (const EventRow& row : rows) {
    code = bind_row(*insert_, row);
    if (code != SQLITE_OK) break;
    code = insert_->step();
    insert_->reset();
    if (code != SQLITE_DONE) break;
    code = SQLITE_OK;
  }
  insert_->clear();
  return code;
}

}  // namespace mgc::db::sqlite
