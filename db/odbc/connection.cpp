#include "db/odbc/connection.hpp"

#include <sqlucode.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "db/odbc/pointer.hpp"
#include "db/odbc/utf16.hpp"

namespace mgc::db::odbc {
std::variant<std::unique_ptr<Connection>, std::vector<Diagnostic>> Connection::open(
    std::string_view connection_string, std::chrono::seconds timeout) {
  auto connection = std::make_unique<Connection>();
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &connection->environment_))) {
    return std::vector<Diagnostic>{{"HY001", 0, "no memory for an ODBC environment", 0}};
  }
  const SQLHENV environment = connection->environment_;
  if (!SQL_SUCCEEDED(
          SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, as_pointer(SQL_OV_ODBC3), 0)) ||
      !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection->connection_))) {
    return read_diagnostics(SQL_HANDLE_ENV, environment);
  }
  const SQLHDBC handle = connection->connection_;
  const auto seconds = static_cast<std::uintptr_t>(timeout.count());
  // A driver without it waits for as long as the system's TCP does.
  static_cast<void>(SQLSetConnectAttrW(handle, SQL_ATTR_LOGIN_TIMEOUT, as_pointer(seconds), 0));
  const std::u16string wide = to_utf16(connection_string);
  std::vector<SQLWCHAR> text(wide.begin(), wide.end());
  const SQLRETURN code =
      SQLDriverConnectW(handle, nullptr, text.data(), static_cast<SQLSMALLINT>(text.size()),
                        nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
  std::fill(text.begin(), text.end(), SQLWCHAR{0});
  if (!SQL_SUCCEEDED(code)) return read_diagnostics(SQL_HANDLE_DBC, handle);
  connection->connected_ = true;
  return connection;
}

Connection::~Connection() {
  // Nothing can be done about a failure: a connection that is lost is gone already.
  if (connected_) static_cast<void>(SQLDisconnect(connection_));
  if (connection_ != nullptr) static_cast<void>(SQLFreeHandle(SQL_HANDLE_DBC, connection_));
  if (environment_ != nullptr) static_cast<void>(SQLFreeHandle(SQL_HANDLE_ENV, environment_));
}

std::string Connection::info(SQLUSMALLINT what) const {
  std::array<SQLWCHAR, 256> text{};
  SQLSMALLINT bytes = 0;
  const SQLRETURN code =
      SQLGetInfoW(connection_, what, text.data(), static_cast<SQLSMALLINT>(sizeof(text)), &bytes);
  if (!SQL_SUCCEEDED(code)) return {};
  std::u16string wide;
  for (std::size_t at = 0; at < text.size() && text[at] != 0; ++at)
    wide += static_cast<char16_t>(text[at]);
  std::string utf8;
  append_utf8(wide, utf8);
  return utf8;
}

}  // namespace mgc::db::odbc
