#include "db/odbc/diagnostics.hpp"

#include <sqlext.h>
#include <sqlucode.h>

#include <algorithm>
#include <array>

#include "db/odbc/utf16.hpp"

namespace mgc::db::odbc {
namespace {

std::string from_wide(const SQLWCHAR* text, std::size_t units) {
  static_assert(sizeof(SQLWCHAR) == sizeof(char16_t), "unixODBC built with wchar_t");
  std::u16string copy(text, text + units);
  std::string utf8;
  append_utf8(copy, utf8);
  return utf8;
}

/// Of which row of an array the record is; 0 when the driver does not say.
std::int64_t row_of(SQLSMALLINT handle_type, SQLHANDLE handle, SQLSMALLINT record) {
  if (handle_type != SQL_HANDLE_STMT) return 0;
  SQLLEN row = 0;
  const SQLRETURN code = SQLGetDiagFieldW(handle_type, handle, record, SQL_DIAG_ROW_NUMBER, &row,
                                          SQL_IS_INTEGER, nullptr);
  return SQL_SUCCEEDED(code) ? row : 0;
}

}  // namespace

std::vector<Diagnostic> read_diagnostics(SQLSMALLINT handle_type, SQLHANDLE handle) {
  constexpr SQLSMALLINT kRecordsMax = 32;
  std::vector<Diagnostic> diagnostics;
  for (SQLSMALLINT record = 1; record <= kRecordsMax; ++record) {
    std::array<SQLWCHAR, 6> state{};
    std::array<SQLWCHAR, 1024> message{};
    SQLINTEGER native = 0;
    SQLSMALLINT size = 0;
    const SQLRETURN code =
        SQLGetDiagRecW(handle_type, handle, record, state.data(), &native, message.data(),
                       static_cast<SQLSMALLINT>(message.size()), &size);
    if (!SQL_SUCCEEDED(code)) break;
    const auto units = std::min<std::size_t>(
        static_cast<std::size_t>(std::max<SQLSMALLINT>(size, 0)), message.size() - 1);
    diagnostics.push_back({from_wide(state.data(), 5), native, from_wide(message.data(), units),
                           row_of(handle_type, handle, record)});
  }
  if (diagnostics.empty()) diagnostics.push_back({"HY000", 0, "the driver gave no reason", 0});
  return diagnostics;
}

const Diagnostic& main_diagnostic(const std::vector<Diagnostic>& diagnostics) {
  const auto error = std::ranges::find_if(diagnostics, [](const Diagnostic& diagnostic) {
    return !diagnostic.sqlstate.starts_with("01");
  });
  return error == diagnostics.end() ? diagnostics.front() : *error;
}

}  // namespace mgc::db::odbc
