#include "db/odbc/statement.hpp"

#include <sqlucode.h>

#include <algorithm>

#include "db/odbc/pointer.hpp"
#include "db/odbc/utf16.hpp"

namespace mgc::db::odbc {
namespace {

/// As what a column of `sql_type` is fetched.
SQLSMALLINT c_type_of(SQLLEN sql_type) {
  switch (sql_type) {
    case SQL_BIT:
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT: return SQL_C_SBIGINT;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY: return SQL_C_BINARY;
    default: return SQL_C_WCHAR;
  }
}

std::vector<SQLWCHAR> to_wide(std::string_view sql) {
  const std::u16string wide = to_utf16(sql);
  return {wide.begin(), wide.end()};
}

}  // namespace

Statement::Statement(const Connection& connection) {
  // Without memory for it, or on a connection that is gone, the handle stays null and each call on
  // it fails by itself with SQL_INVALID_HANDLE.
  static_cast<void>(SQLAllocHandle(SQL_HANDLE_STMT, connection.handle(), &handle_));
}

Statement::~Statement() {
  if (handle_ != nullptr) static_cast<void>(SQLFreeHandle(SQL_HANDLE_STMT, handle_));
}

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      bound_(std::move(other.bound_)),
      row_(std::move(other.row_)),
      chunk_(std::move(other.chunk_)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(bound_, other.bound_);
  std::swap(row_, other.row_);
  std::swap(chunk_, other.chunk_);
  return *this;
}

void Statement::set_timeout(std::chrono::seconds timeout) {
  // A driver without it leaves the waiting to the server's own time-outs.
  static_cast<void>(SQLSetStmtAttrW(handle_, SQL_ATTR_QUERY_TIMEOUT,
                                    as_pointer(static_cast<std::uintptr_t>(timeout.count())), 0));
}

bool Statement::prepare(std::string_view sql, Cursor cursor) {
  if (cursor == Cursor::in_server &&
      !SQL_SUCCEEDED(
          SQLSetStmtAttrW(handle_, SQL_ATTR_CURSOR_TYPE, as_pointer(SQL_CURSOR_STATIC), 0))) {
    return false;
  }
  std::vector<SQLWCHAR> text = to_wide(sql);
  return SQL_SUCCEEDED(SQLPrepareW(handle_, text.data(), static_cast<SQLINTEGER>(text.size())));
}

bool Statement::bind_one(SQLUSMALLINT place, const Value& value, Bound& bound) {
  SQLSMALLINT c_type = SQL_C_WCHAR;
  SQLSMALLINT sql_type = SQL_WVARCHAR;
  SQLULEN size = kShortTextUnits;
  SQLPOINTER data = nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value.state())) {
    bound.number = *number;
    bound.size = 0;
    c_type = SQL_C_SBIGINT;
    sql_type = SQL_BIGINT;
    size = 19;
    data = &bound.number;
  } else if (const auto* text = std::get_if<std::string_view>(&value.state())) {
    bound.text.clear();
    append_utf16(*text, bound.text);
    bound.size = static_cast<SQLLEN>(bound.text.size() * sizeof(char16_t));
    if (bound.text.size() > kShortTextUnits) {
      sql_type = SQL_WLONGVARCHAR;
      size = bound.text.size();
    }
    data = bound.text.data();
  } else if (const auto* blob = std::get_if<Blob>(&value.state())) {
    bound.bytes = blob->bytes;
    bound.size = static_cast<SQLLEN>(bound.bytes.size());
    c_type = SQL_C_BINARY;
    const bool is_long = bound.bytes.size() > kShortBytes;
    sql_type = is_long ? SQL_LONGVARBINARY : SQL_VARBINARY;
    size = is_long ? bound.bytes.size() : kShortBytes;
    data = bound.bytes.data();
  } else {
    // Of text: that is what servers convert to numbers without being asked, when it is NULL.
    bound.size = SQL_NULL_DATA;
    data = &bound.number;
  }
  return SQL_SUCCEEDED(SQLBindParameter(handle_, place, SQL_PARAM_INPUT, c_type, sql_type, size, 0,
                                        data, bound.size, &bound.size));
}

bool Statement::bind(std::span<const Value> values, std::span<const int> order) {
  bound_.resize(order.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    const Value& value = values[static_cast<std::size_t>(order[place] - 1)];
    if (!bind_one(static_cast<SQLUSMALLINT>(place + 1), value, bound_[place])) return false;
  }
  return true;
}

bool Statement::execute() {
  const SQLRETURN code = SQLExecute(handle_);
  // SQL_NO_DATA: an UPDATE that found no row.
  return (SQL_SUCCEEDED(code) || code == SQL_NO_DATA) && describe_columns();
}

bool Statement::run_directly(std::string_view sql) {
  std::vector<SQLWCHAR> text = to_wide(sql);
  const SQLRETURN code = SQLExecDirectW(handle_, text.data(), static_cast<SQLINTEGER>(text.size()));
  return (SQL_SUCCEEDED(code) || code == SQL_NO_DATA) && finish();
}

bool Statement::describe_columns() {
  SQLSMALLINT columns = 0;
  if (!SQL_SUCCEEDED(SQLNumResultCols(handle_, &columns))) return false;
  row_.cells_.resize(static_cast<std::size_t>(columns));
  for (SQLSMALLINT column = 1; column <= columns; ++column) {
    SQLLEN type = 0;
    if (!SQL_SUCCEEDED(SQLColAttributeW(handle_, static_cast<SQLUSMALLINT>(column),
                                        SQL_DESC_CONCISE_TYPE, nullptr, 0, nullptr, &type))) {
      return false;
    }
    row_.cells_[static_cast<std::size_t>(column - 1)].c_type = c_type_of(type);
  }
  return true;
}

Statement::Fetch Statement::fetch() {
  const SQLRETURN code = SQLFetch(handle_);
  if (code == SQL_NO_DATA) return Fetch::done;
  if (!SQL_SUCCEEDED(code)) return Fetch::failed;
  SQLUSMALLINT column = 0;
  // In order: few drivers give a column that lies before one that was read.
  for (FetchedRow::Cell& cell : row_.cells_) {
    if (!read_cell(++column, cell)) return Fetch::failed;
  }
  return Fetch::row;
}

bool Statement::read_cell(SQLUSMALLINT column, FetchedRow::Cell& cell) {
  SQLLEN size = 0;
  cell.number = 0;
  cell.bytes.clear();
  if (cell.c_type == SQL_C_SBIGINT) {
    const SQLRETURN code =
        SQLGetData(handle_, column, SQL_C_SBIGINT, &cell.number, sizeof(cell.number), &size);
    cell.null = size == SQL_NULL_DATA;
    return SQL_SUCCEEDED(code);
  }
  constexpr std::size_t kChunkBytes = 64U << 10U;
  const bool is_text = cell.c_type == SQL_C_WCHAR;
  const std::size_t terminator = is_text ? sizeof(SQLWCHAR) : 0;  // drivers end text with one
  std::string whole;
  chunk_.resize(kChunkBytes);
  while (true) {
    const SQLRETURN code = SQLGetData(handle_, column, cell.c_type, chunk_.data(),
                                      static_cast<SQLLEN>(chunk_.size()), &size);
    if (code == SQL_NO_DATA) break;
    if (!SQL_SUCCEEDED(code)) return false;
    cell.null = size == SQL_NULL_DATA;
    if (cell.null) return true;
    const std::size_t room = chunk_.size() - terminator;
    const bool more = size == SQL_NO_TOTAL || static_cast<std::size_t>(size) > room;
    whole.append(chunk_.data(), more ? room : static_cast<std::size_t>(size));
    if (!more) break;
  }
  if (is_text) {
    std::u16string text(whole.size() / sizeof(char16_t), u'\0');
    std::copy_n(whole.data(), text.size() * sizeof(char16_t), reinterpret_cast<char*>(text.data()));
    append_utf8(text, cell.bytes);
  } else {
    cell.bytes = std::move(whole);
  }
  return true;
}

std::int64_t Statement::changed_rows() const {
  SQLLEN rows = -1;
  return SQL_SUCCEEDED(SQLRowCount(handle_, &rows)) ? rows : -1;
}

bool Statement::finish() {
  while (true) {
    const SQLRETURN code = SQLMoreResults(handle_);
    if (code == SQL_NO_DATA) return true;
    if (!SQL_SUCCEEDED(code)) return false;
  }
}

void Statement::close() {
  // They only fail on a handle that is none, where there is nothing to close.
  static_cast<void>(SQLFreeStmt(handle_, SQL_CLOSE));
  static_cast<void>(SQLFreeStmt(handle_, SQL_RESET_PARAMS));
}

}  // namespace mgc::db::odbc
