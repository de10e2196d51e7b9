#include "db/mariadb/statement.hpp"

#include <errmsg.h>

#include <variant>

#include "db/parameters.hpp"

namespace mgc::db::mariadb {
namespace {

/// The library only reads through the pointers of a parameter, though they are not const.
void bind_bytes(MYSQL_BIND& bind, enum_field_types type, ByteView bytes) {
  bind.buffer_type = type;
  bind.buffer = const_cast<char*>(bytes.data() == nullptr ? "" : bytes.data());
  bind.buffer_length = static_cast<unsigned long>(bytes.size());
}

void bind_value(MYSQL_BIND& bind, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.state())) {
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = const_cast<std::int64_t*>(number);
  } else if (const auto* text = std::get_if<std::string_view>(&value.state())) {
    bind_bytes(bind, MYSQL_TYPE_STRING, *text);
  } else if (const auto* blob = std::get_if<Blob>(&value.state())) {
    bind_bytes(bind, MYSQL_TYPE_BLOB, blob->bytes);
  } else {
    bind.buffer_type = MYSQL_TYPE_NULL;
  }
}

bool is_number(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:  // a sum of whole numbers
      return true;
    default: return false;
  }
}

}  // namespace

Fault Statement::fault() const {
  if (!stmt_) return {CR_OUT_OF_MEMORY, "no memory for a statement"};
  return {mysql_stmt_errno(stmt_.get()), mysql_stmt_error(stmt_.get())};
}

bool Statement::prepare(std::string_view sql) {
  if (!stmt_) return false;
  PositionalSql positional = to_positional(sql);
  order_ = std::move(positional.order);
  return mysql_stmt_prepare(stmt_.get(), positional.text.data(),
                            static_cast<unsigned long>(positional.text.size())) == 0;
}

bool Statement::execute(std::span<const Value> values) {
  std::vector<MYSQL_BIND> binds(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    bind_value(binds[i], values[static_cast<std::size_t>(order_[i]) - 1]);
  }
  if (!binds.empty() && mysql_stmt_bind_param(stmt_.get(), binds.data()) != 0) return false;
  return mysql_stmt_execute(stmt_.get()) == 0;
}

bool Statement::keep_rows_at_server() {
  constexpr unsigned long kType = CURSOR_TYPE_READ_ONLY;
  constexpr unsigned long kRows = 64;  // in memory here at a time
  return mysql_stmt_attr_set(stmt_.get(), STMT_ATTR_CURSOR_TYPE, &kType) == 0 &&
         mysql_stmt_attr_set(stmt_.get(), STMT_ATTR_PREFETCH_ROWS, &kRows) == 0;
}

bool Statement::take_all_rows() { return mysql_stmt_store_result(stmt_.get()) == 0; }

bool Statement::bind_row() {
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> columns(
      mysql_stmt_result_metadata(stmt_.get()), mysql_free_result);
  if (!columns) return false;
  cells_.resize(mysql_num_fields(columns.get()));
  std::vector<MYSQL_BIND> binds(cells_.size());
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    cell.is_number = is_number(*mysql_fetch_field_direct(columns.get(), static_cast<unsigned>(i)));
    binds[i].is_null = &cell.null;
    binds[i].length = &cell.size;
    binds[i].buffer_type = cell.is_number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_BLOB;
    // Texts are fetched when their size is known: no bytes of them go here.
    if (cell.is_number) binds[i].buffer = &cell.number;
  }
  return mysql_stmt_bind_result(stmt_.get(), binds.data()) == 0;
}

Statement::Next Statement::next() {
  const int fetched = mysql_stmt_fetch(stmt_.get());
  if (fetched == MYSQL_NO_DATA) return Next::end;
  if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) return Next::failed;
  return fetch_texts() ? Next::row : Next::failed;
}

bool Statement::fetch_texts() {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    if (cell.null != 0) {
      cell.number = 0;
      cell.text.clear();
    }
    if (cell.is_number || cell.null != 0) continue;
    cell.text.resize(cell.size);
    if (cell.size == 0) continue;
    MYSQL_BIND bind{};
    unsigned long size = 0;
    bind.buffer_type = MYSQL_TYPE_BLOB;
    bind.buffer = cell.text.data();
    bind.buffer_length = cell.size;
    bind.length = &size;
    if (mysql_stmt_fetch_column(stmt_.get(), &bind, static_cast<unsigned>(i), 0) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace mgc::db::mariadb
