#include "db/odbc/array_insert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/assert.hpp"
#include "db/odbc/pointer.hpp"
#include "db/odbc/utf16.hpp"

namespace mgc::db::odbc {
namespace {

/// Where row `row` begins, by the ends of the rows.
std::size_t begin_at(const std::vector<std::size_t>& ends, std::size_t row) {
  return row == 0 ? 0 : ends[row - 1];
}
std::size_t size_at(const std::vector<std::size_t>& ends, std::size_t row, std::size_t end) {
  return end - begin_at(ends, row);
}

}  // namespace

ArrayInsert::ArrayInsert(const Connection& connection, std::vector<ColumnType> columns,
                         std::string_view insert, std::chrono::seconds timeout)
    : statement_(connection) {
  columns_.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns_[i].type = columns[i];
  statement_.set_timeout(timeout);
  prepared_ = statement_.prepare(insert);  // send() tells of a failure
}

void ArrayInsert::end_value(Column& column, bool null) {
  const std::size_t size = size_at(column.ends, column.ends.size(), column.bytes.size());
  column.ends.push_back(column.bytes.size());
  column.sizes.push_back(null ? SQL_NULL_DATA : static_cast<SQLLEN>(size));
  bytes_ += size + sizeof(std::int64_t);
  ++next_;
}

void ArrayInsert::add(std::optional<std::int64_t> number) {
  MGC_ASSERT(columns_[next_].type == ColumnType::integer);
  columns_[next_].numbers.push_back(number.value_or(0));
  end_value(columns_[next_], !number);
}

void ArrayInsert::add_text(std::optional<std::string_view> text) {
  Column& column = columns_[next_];
  MGC_ASSERT(column.type == ColumnType::text);
  wide_.clear();
  if (text) append_utf16(*text, wide_);
  column.bytes.append(reinterpret_cast<const char*>(wide_.data()), wide_.size() * sizeof(char16_t));
  end_value(column, !text);
}

void ArrayInsert::add_bytes(std::optional<ByteView> bytes) {
  Column& column = columns_[next_];
  MGC_ASSERT(column.type == ColumnType::bytes);
  if (bytes) column.bytes.append(*bytes);
  end_value(column, !bytes);
}

std::optional<ArrayFailure> ArrayInsert::end_row() {
  MGC_ASSERT(next_ == columns_.size());
  next_ = 0;
  ++rows_;
  if (rows_ < kRowsMax && bytes_ < kArrayBytes) return std::nullopt;
  return flush();
}

std::optional<ArrayFailure> ArrayInsert::flush() {
  std::optional<ArrayFailure> failed;
  for (std::size_t first = 0; first < rows_ && !failed;) {
    const Run run = next_run(first);
    failed = send(run);
    first += run.rows;
  }
  sent_ += std::exchange(rows_, 0);
  bytes_ = 0;
  for (Column& column : columns_) {
    const ColumnType type = column.type;
    column = Column();
    column.type = type;
  }
  return failed;
}

ArrayInsert::Run ArrayInsert::next_run(std::size_t first) const {
  std::vector<std::size_t> longest(columns_.size(), sizeof(std::int64_t));
  Run run{first, 0};
  while (first + run.rows < rows_) {
    const std::size_t row = first + run.rows;
    std::size_t width = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::vector<std::size_t>& ends = columns_[i].ends;
      longest[i] = std::max(longest[i], size_at(ends, row, ends[row]));
      width += longest[i];
    }
    if (run.rows > 0 && width * (run.rows + 1) > kArrayBytes) break;
    ++run.rows;
  }
  return run;
}

bool ArrayInsert::bind(SQLUSMALLINT place, Column& column, Run run) {
  SQLSMALLINT c_type = SQL_C_SBIGINT;
  SQLSMALLINT sql_type = SQL_BIGINT;
  SQLULEN size = 19;
  SQLPOINTER data = column.numbers.data() + run.first;
  std::size_t width = sizeof(std::int64_t);
  if (column.type != ColumnType::integer) {
    for (std::size_t row = run.first; row < run.first + run.rows; ++row) {
      width = std::max(width, size_at(column.ends, row, column.ends[row]));
    }
    // ODBC's arrays have elements of one width.
    column.array.assign(width * run.rows, '\0');
    for (std::size_t i = 0; i < run.rows; ++i) {
      const std::size_t begin = begin_at(column.ends, run.first + i);
      const std::size_t bytes = column.ends[run.first + i] - begin;
      if (bytes > 0) std::memcpy(&column.array[i * width], &column.bytes[begin], bytes);
    }
    data = column.array.data();
    const bool is_text = column.type == ColumnType::text;
    const std::size_t units = width / (is_text ? sizeof(char16_t) : 1);
    const std::size_t short_units = is_text ? kShortTextUnits : kShortBytes;
    c_type = is_text ? SQL_C_WCHAR : SQL_C_BINARY;
    size = std::max(units, short_units);
    sql_type = is_text ? SQL_WVARCHAR : SQL_VARBINARY;
    if (units > short_units) sql_type = is_text ? SQL_WLONGVARCHAR : SQL_LONGVARBINARY;
  }
  return SQL_SUCCEEDED(SQLBindParameter(statement_.handle(), place, SQL_PARAM_INPUT, c_type,
                                        sql_type, size, 0, data, static_cast<SQLLEN>(width),
                                        column.sizes.data() + run.first));
}

ArrayFailure ArrayInsert::failure(Run run, std::optional<std::size_t> row) const {
  ArrayFailure failure{statement_.diagnostics(), std::nullopt};
  if (!row) {
    const std::int64_t blamed = main_diagnostic(failure.diagnostics).row;
    if (blamed > 0) row = static_cast<std::size_t>(blamed - 1);
  }
  if (row) failure.row = sent_ + run.first + *row;
  return failure;
}

std::optional<ArrayFailure> ArrayInsert::send(Run run) {
  if (!prepared_) return failure(run, std::nullopt);
  const SQLHSTMT handle = statement_.handle();
  std::vector<SQLUSMALLINT> status(run.rows, SQL_PARAM_UNUSED);
  SQLULEN processed = 0;
  const auto set = [&](SQLINTEGER attribute, SQLPOINTER value) {
    return SQL_SUCCEEDED(SQLSetStmtAttrW(handle, attribute, value, 0));
  };
  bool ready = set(SQL_ATTR_PARAMSET_SIZE, as_pointer(run.rows)) &&
               set(SQL_ATTR_PARAM_STATUS_PTR, status.data()) &&
               set(SQL_ATTR_PARAMS_PROCESSED_PTR, &processed);
  SQLUSMALLINT place = 0;
  for (Column& column : columns_) ready = ready && bind(++place, column, run);
  // An error of a later row may hide behind the results of the earlier ones.
  const bool sent = ready && SQL_SUCCEEDED(SQLExecute(handle)) && statement_.finish();
  const auto bad = std::ranges::find_if(status, [](SQLUSMALLINT row) {
    return row != SQL_PARAM_SUCCESS && row != SQL_PARAM_SUCCESS_WITH_INFO;
  });
  std::optional<ArrayFailure> failed;
  if (!sent || bad != status.end() || processed != run.rows) {
    std::optional<std::size_t> row;
    if (bad != status.end() && *bad == SQL_PARAM_ERROR) {
      row = static_cast<std::size_t>(bad - status.begin());
    }
    failed = failure(run, row);
  }
  // Both point at variables of this function.
  static_cast<void>(set(SQL_ATTR_PARAM_STATUS_PTR, nullptr));
  static_cast<void>(set(SQL_ATTR_PARAMS_PROCESSED_PTR, nullptr));
  statement_.close();
  return failed;
}

}  // namespace mgc::db::odbc
